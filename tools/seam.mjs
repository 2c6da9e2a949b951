// @ts-check
/** npm run seam: the suite of the seam, here or in QEMU. */
import { spawnSync } from "node:child_process";
import { findEmulator } from "./lib/esp32/emulator.mjs";
import { targetNamed } from "./lib/esp32/targets.mjs";
import { FLAG, parseOptions, TEXT } from "./lib/options.mjs";
import { ROOT } from "./lib/paths.mjs";
import { Complaint, main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

const HELP = `npm run seam -- [switches]

Runs the suite of the seam (test/seam) and compares its log with test/seam/expected.txt: on the virtual device, or in QEMU the image that
npm run build:esp32 -- --qemu --image seam has made.

  --qemu         in QEMU
  --chip NAME    esp32 or esp32c3; if not given, esp32
  --log          shows the whole console
`;

main(async () => {
  const { values, positionals } = parseOptions(process.argv.slice(2), { qemu: FLAG, chip: TEXT, log: FLAG });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length > 0) throw new Complaint(`what is ${positionals[0]}? see --help`);
  const target = targetNamed(values.chip);
  if (values.qemu) findEmulator(target);
  else await setUp();
  const env = {
    ...process.env,
    ...(values.qemu && { LWS_XS_PLACE: `qemu ${target.name}` }),
    ...(values.log && { LWS_XS_SEAM_LOG: "1" }),
  };
  const args = ["--test", "--test-reporter=spec", "test/seam/seam.test.mjs"];
  return spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;
});
