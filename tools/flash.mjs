// @ts-check
/** npm run flash: what npm run build:esp32 has made, onto a chip. */
import { builtFiles } from "./lib/esp32/built.mjs";
import { targetNamed } from "./lib/esp32/targets.mjs";
import { planFlash } from "./lib/flash-plan.mjs";
import { flashChip } from "./lib/flasher.mjs";
import { locked } from "./lib/lock.mjs";
import { installPackages } from "./lib/npm.mjs";
import { FLAG, numberOption, parseOptions, TEXT } from "./lib/options.mjs";
import { Complaint, main, say, step } from "./lib/run.mjs";

const HELP = `npm run flash -- --port PORT [switches]

Writes boot loader, partition table, setup image and application of npm run build:esp32 to a chip on a serial port, and lets it start. Before anything
is written the files, the chip and the size of its flash are checked; afterwards it is all compared.

  --port PORT        as in /dev/ttyUSB0
  --chip NAME        esp32, esp32c3 or esp32s3; if not given, esp32
  --image NAME       what goes into the slot of the application; if not given, ota, and none leaves the slot as it is
  --boot NAME        what starts: factory or the application; if not given, factory
  --nvs FILE         settings, as CSV (docs/provisioning.md); those in the chip are replaced
  --erase            the whole chip first: what was on it before is gone
  --baud N           speed of the data; if not given, 460800
`;

const BAUD = 460_800;

main(async () => {
  const { values, positionals } = parseOptions(process.argv.slice(2), {
    ...{ port: TEXT, chip: TEXT, image: TEXT, boot: TEXT, nvs: TEXT, erase: FLAG, baud: TEXT },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals.length > 0) throw new Complaint(`what is ${positionals[0]}? see --help`);
  const { port: path, image, boot, nvs, erase } = values;
  const target = targetNamed(values.chip);
  const plan = planFlash({ ...builtFiles(target, { image, boot }), nvs });
  if (!path) throw new Complaint("--port is missing");
  const baud = numberOption("baud", values.baud, BAUD);
  await locked(installPackages);
  await step(path, () => flashChip(plan, { path, baud, erase, say }));
});
