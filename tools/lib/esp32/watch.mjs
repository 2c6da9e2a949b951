// @ts-check
/** Shows what an emulated chip has to say, until it ends, is asked to, or has run a suite of tests. */
import { Complaint } from "../run.mjs";

/** The last line of a suite, and that of the boot ROM after a reset that is not power on. */
const SUITE_END = /\bunit: \d+ passed, (\d+) failed$/;
const RESET = /^rst:0x(?!1 )/;

/**
 * @param {import("./emulator.mjs").Emulator} emulator
 * @param {{ tests?: boolean, print?: (line: string) => void }} [options] tests: end with the suite
 * @returns {Promise<number>} exit code
 */
export async function watch(emulator, { tests = false, print = (line) => process.stdout.write(`${line}\n`) } = {}) {
  let code = 0;
  let asked = false;
  const end = (value = 0) => {
    code = value;
    asked = true;
    emulator.close();
  };
  const ended = new Promise((resolve) => emulator.once("off", resolve));
  emulator.on("line", (line) => {
    print(line);
    if (!tests || asked) return;
    const [isEnd, failed] = SUITE_END.exec(line) ?? [];
    if (isEnd) end(failed === "0" ? 0 : 1);
    else if (RESET.test(line)) end(1);
  });
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const stop = () => end();
  for (const signal of signals) process.on(signal, stop);
  await ended;
  for (const signal of signals) process.off(signal, stop);
  if (!asked && emulator.exit !== 0) throw new Complaint(`QEMU ended (${emulator.exit}): ${emulator.complaint}`);
  return code;
}
