// @ts-check
/** lws-xs flash. */
import { planFlash } from "../lib/flash-plan.mjs";
import { flashChip } from "../lib/flasher.mjs";
import { locked } from "../lib/lock.mjs";
import { installPackages } from "../lib/npm.mjs";
import { FLAG, numberOption, parseOptions, TEXT } from "../lib/options.mjs";
import { Complaint, say, step } from "../lib/run.mjs";

const HELP = `lws-xs flash --port PORT [switches]

Writes to a chip on a serial port, and lets it start. Before anything is written the files, the chip, the size of its flash and its
partition table are checked; afterwards it is all compared.

  --port PORT          as in /dev/ttyUSB0
  --factory FILE       setup image
  --app FILE           application image, which is what will start
  --nvs FILE           settings, as CSV (docs/provisioning.md); those in the chip are replaced
  --bootloader FILE    boot loader, for a blank chip
  --partitions FILE    partition table, as CSV or in binary; the project's is partitions.csv
  --erase              the whole chip first: what was on it before is gone
  --baud N             speed of the data; if not given, 460800
`;

const BAUD = 460_800;

/** @param {string[]} args */
export async function run(args) {
  const { values, positionals } = parseOptions(args, {
    ...{ port: TEXT, factory: TEXT, app: TEXT, nvs: TEXT, bootloader: TEXT, partitions: TEXT, erase: FLAG, baud: TEXT },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length > 0) throw new Complaint(`what is ${positionals[0]}? see --help`);
  const { port: path, erase } = values;
  if (!path) throw new Complaint("--port is missing");
  const plan = planFlash(values);
  const baud = numberOption("baud", values.baud, BAUD);
  await locked(installPackages);
  await step(path, () => flashChip(plan, { path, baud, erase, say }));
  return 0;
}
