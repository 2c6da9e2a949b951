// @ts-check
/** Settings of a unit in and out: NVS partitions from the CSV of Espressif's tools, and back. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readPartition, rewritePartition } from "./lib/flash.mjs";
import { readNvs, writeNvs } from "./lib/nvs.mjs";
import { formatCsv, parseCsv } from "./lib/nvs-csv.mjs";
import { partition, projectPartitions } from "./lib/partitions.mjs";
import { Complaint, main } from "./lib/run.mjs";

const HELP = `node tools/nvs.mjs COMMAND

  make CSV --out FILE [--size BYTES]
                          a partition for esptool.py write_flash; if not given, of the size that partitions.csv says
  put CSV --flash FILE [--keep]
                          into a flash file, whose settings are replaced; --keep: those that the CSV does not name stay
  read --flash FILE | --bin FILE [--out CSV]
                          the settings as CSV; of passphrases, keys and all that is not known to be public only the names
`;

function parse() {
  const text = /** @type {const} */ ({ type: "string" });
  return parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      keep: { type: "boolean" },
      out: { type: "string", short: "o" },
      size: text,
      flash: text,
      bin: text,
    },
  });
}

/** @param {string | undefined} file */
function present(file) {
  if (!file) throw new Complaint("which file? see --help");
  if (!existsSync(file)) throw new Complaint(`there is no file ${file}`);
  return file;
}

main(async () => {
  const { values, positionals } = parse();
  const [command, file] = positionals;
  if (values.help || !command) {
    process.stdout.write(HELP);
    return values.help ? 0 : 1;
  }
  const { offset, size } = partition(projectPartitions(), "nvs");
  const settings = () => parseCsv(readFileSync(present(file), "utf8"), file);
  switch (command) {
    case "make": {
      if (!values.out) throw new Complaint("--out is missing");
      writeFileSync(values.out, writeNvs(settings(), Number(values.size ?? size)));
      process.stdout.write(`${values.out}: for address 0x${offset.toString(16)}\n`);
      return 0;
    }
    case "put": {
      const flash = present(values.flash);
      const wanted = settings();
      const kept = (values.keep ? readNvs(readPartition(flash, "nvs")) : []).filter(
        (old) => !wanted.some(({ space, key }) => space === old.space && key === old.key),
      );
      rewritePartition(flash, "nvs", writeNvs([...kept, ...wanted], size));
      return 0;
    }
    case "read": {
      const bytes = values.bin ? readFileSync(present(values.bin)) : readPartition(present(values.flash), "nvs");
      const csv = formatCsv(readNvs(bytes));
      if (values.out) writeFileSync(values.out, csv);
      else process.stdout.write(csv);
      return 0;
    }
    default:
      throw new Complaint(`unknown command ${command}; see --help`);
  }
});
