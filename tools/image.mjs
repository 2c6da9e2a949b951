// @ts-check
/** Looks into images and packs single ones by hand; `npm run build` packs those of the project. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { MODULE, RESOURCE } from "./lib/archive.mjs";
import { assembleFlash } from "./lib/flash.mjs";
import { APPLICATION, readImage, SETUP, VIRTUAL_CHIP, verifyImage, writeImage } from "./lib/image.mjs";
import { Complaint, main } from "./lib/run.mjs";

const HELP = `node tools/image.mjs COMMAND

  info FILE [--json]      what an image says of itself, and what it contains
  verify FILE [--chip N]  checks it as the boot loader does; exit code 1 and the reason if it would not boot
  extract FILE NAME       writes the contents of one module or resource to standard output
  pack --out FILE [--kind setup|application] [--app NAME] [--version TEXT] [--model NAME] [--builder NAME] [--unixtime N]
       [--chip N] [--module SPECIFIER=FILE …] [--resource PATH=FILE …]
                          packs JavaScript and files as they are; --chip is 0x5658, the virtual device, if not given
  flash --out FILE [--factory FILE] [--ota_0 FILE]
                          a whole flash chip: partition table, images, otadata that selects ota_0 if there is one
`;

function parse() {
  const text = /** @type {const} */ ({ type: "string" });
  const texts = /** @type {const} */ ({ type: "string", multiple: true });
  return parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      json: { type: "boolean" },
      out: { type: "string", short: "o" },
      kind: text,
      app: text,
      version: text,
      model: text,
      builder: text,
      unixtime: text,
      chip: text,
      module: texts,
      resource: texts,
      factory: text,
      ota_0: text,
    },
  });
}

/** @param {string | undefined} file */
function read(file) {
  if (!file) throw new Complaint("which file? see --help");
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Complaint(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string | undefined} file
 * @param {Buffer} bytes
 */
function write(file, bytes) {
  if (!file) throw new Complaint("--out is missing");
  writeFileSync(file, bytes);
}

/**
 * @param {Buffer} image
 * @param {boolean} json
 */
function info(image, json) {
  const { entries, ...about } = readImage(image, image.readUInt16LE(12));
  const contents = entries.map(({ kind, name, data }) => ({
    kind: kind === RESOURCE ? "resource" : kind === MODULE ? "module" : "preload",
    name,
    bytes: data.length,
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...about, contents })}\n`);
    return;
  }
  const kinds = new Map([
    [SETUP, "setup image"],
    [APPLICATION, "application image"],
  ]);
  const lines = [
    ...Object.entries({
      ...about,
      kind: kinds.get(about.kind) ?? about.kind,
      chip: `0x${about.chip.toString(16)}`,
    }).map(([key, value]) => `${key.padEnd(14)} ${value}`),
    ...contents.map(({ kind, name, bytes }) => `${kind.padEnd(8)} ${String(bytes).padStart(8)}  ${name}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** @param {string[]} pairs @param {number} kind */
function entries(pairs, kind) {
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new Complaint(`"${pair}" is not NAME=FILE`);
    return { kind, name: pair.slice(0, at), data: read(pair.slice(at + 1)) };
  });
}

main(async () => {
  const { values, positionals } = parse();
  const [command, file, name] = positionals;
  const chip = values.chip === undefined ? VIRTUAL_CHIP : Number(values.chip);
  if (values.help || !command) {
    process.stdout.write(HELP);
    return values.help ? 0 : 1;
  }
  switch (command) {
    case "info":
      info(read(file), values.json ?? false);
      return 0;
    case "verify": {
      const { problem, length } = verifyImage(read(file), chip);
      process.stdout.write(problem ? `${file}: ${problem}\n` : `${file}: valid, ${length} bytes\n`);
      return problem ? 1 : 0;
    }
    case "extract": {
      const image = read(file);
      const entry = readImage(image, image.readUInt16LE(12)).entries.find((each) => each.name === name);
      if (!entry) throw new Complaint(`${file} has nothing called ${name}`);
      process.stdout.write(entry.data);
      return 0;
    }
    case "pack": {
      const { app = "app", version = "0", model, builder, module = [], resource = [] } = values;
      const image = writeImage(
        {
          app,
          version,
          kind: values.kind === "setup" ? SETUP : APPLICATION,
          unixtime: Number(values.unixtime ?? 0),
          chip,
          ...(model !== undefined && { model }),
          ...(builder !== undefined && { builder }),
        },
        [...entries(module, MODULE), ...entries(resource, RESOURCE)],
      );
      write(values.out, image);
      return 0;
    }
    case "flash": {
      const { factory, ota_0 } = values;
      write(
        values.out,
        assembleFlash({ ...(factory && { factory: read(factory) }), ...(ota_0 && { ota_0: read(ota_0) }) }),
      );
      return 0;
    }
    default:
      throw new Complaint(`unknown command ${command}; see --help`);
  }
});
