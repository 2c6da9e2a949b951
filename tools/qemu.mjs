// @ts-check
/** npm run qemu: an image of npm run build:esp32 in QEMU. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { imageFolder } from "./lib/esp32/build.mjs";
import { EMULATED_SETTINGS, emulatedFiles } from "./lib/esp32/built.mjs";
import { Emulator, findEmulator, flashImage } from "./lib/esp32/emulator.mjs";
import { targetNamed } from "./lib/esp32/targets.mjs";
import { watch } from "./lib/esp32/watch.mjs";
import { planFlash } from "./lib/flash-plan.mjs";
import { FLAG, numberOption, parseOptions, TEXT, TEXTS } from "./lib/options.mjs";
import { shown } from "./lib/paths.mjs";
import { Complaint, main, say } from "./lib/run.mjs";

const HELP = `npm run qemu -- [switches] [-- arguments of QEMU]

Starts an image of npm run build:esp32 -- --qemu in Espressif's QEMU, shows its serial line, and leads ports of 127.0.0.1 to it. Ctrl-C ends it.

  --image NAME       factory, ota, or one of test/images; if not given, factory
  --chip NAME        esp32 or esp32c3; if not given, esp32
  --port-base N      what is added to a port of the chip; if not given, 8000: its port 80 is 8080 here
  --forward PORT     a port of the chip beside 80 and 443, as in 7 or udp:53; may be given several times
  --nvs FILE         settings, as CSV (docs/provisioning.md); if not given, tools/air/qemu.csv: the cable is a network that the unit knows
  --tests            ends when a suite of tests has: with code 1 if one failed, or if the chip was reset
  --keep             the flash as it was at the end of the last time
  --board            the image for boards, which finds no network here
  --program FILE     the emulator; if not given, that which LWS_XS_QEMU names, or the one on PATH
`;

/** Ports that both images have. */
const USUAL = ["80", "443"];

/** @param {string} text @returns {import("./lib/esp32/emulator.mjs").Forward} */
function forward(text) {
  const [, protocol = "tcp", digits] = /^(?:(tcp|udp):)?(\d{1,5})$/.exec(text) ?? [];
  if (!digits || Number(digits) < 1 || Number(digits) > 65535)
    throw new Complaint(`--forward ${text}: it is a port, perhaps behind tcp: or udp:`);
  return { protocol: /** @type {"tcp" | "udp"} */ (protocol), port: Number(digits) };
}

main(async () => {
  const { values, positionals: more } = parseOptions(process.argv.slice(2), {
    ...{
      image: TEXT,
      chip: TEXT,
      "port-base": TEXT,
      forward: TEXTS,
      nvs: TEXT,
      keep: FLAG,
      tests: FLAG,
      board: FLAG,
      program: TEXT,
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { image = "factory", nvs = EMULATED_SETTINGS, board } = values;
  const target = targetNamed(values.chip);
  const portBase = numberOption("port-base", values["port-base"], 8000);
  const forwards = [...USUAL, ...(values.forward ?? [])].map(forward);
  const program = findEmulator(target, values.program);
  const flash = join(imageFolder(target, !board), "flash.bin");
  if (!values.keep || !existsSync(flash)) {
    const plan = planFlash({ ...emulatedFiles(target, image, { qemu: !board }), nvs });
    mkdirSync(dirname(flash), { recursive: true });
    writeFileSync(flash, flashImage(plan));
  }
  const emulator = new Emulator({ target, program, flash, portBase, forwards, more });
  for (const { protocol, port } of forwards) say(`${protocol} port ${port} is 127.0.0.1:${portBase + port}`);
  say(`flash is ${shown(flash)}`);
  return watch(emulator, { tests: values.tests });
});
