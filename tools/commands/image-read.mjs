// @ts-check
/** The commands that look into images. */
import { existsSync } from "node:fs";
import { PRELOADED, REMOVED, RESOURCE } from "../lib/archive.mjs";
import { APPLICATION, JAVASCRIPT, readImage, SETUP, verifyImage } from "../lib/image.mjs";
import { DEVELOPMENT_KEY, pointOf, publicKeyIn } from "../lib/keys.mjs";
import { FLAG, message, numberOption, parseOptions, readInput, TEXT, TEXTS, writeOutput } from "../lib/options.mjs";
import { Complaint } from "../lib/run.mjs";
import { readTrailer, verifyTrailer } from "../lib/trailer.mjs";

const KINDS = new Map([
  [SETUP, "setup image"],
  [APPLICATION, "application image"],
  [JAVASCRIPT, "JavaScript part"],
]);
const CONTENTS = new Map([
  [RESOURCE, "resource"],
  [PRELOADED, "preload"],
  [REMOVED, "removed"],
]);

/** @param {string | undefined} file */
function open(file) {
  const bytes = readInput(file);
  try {
    if (bytes.length < 14) throw new Error("it is too short for an image");
    return { bytes, about: readImage(bytes, bytes.readUInt16LE(12)) };
  } catch (error) {
    throw new Complaint(`${file}: ${message(error)}`);
  }
}

/** @param {string[]} args */
export function info(args) {
  const { values, positionals } = parseOptions(args, { json: FLAG });
  const { bytes, about } = open(positionals[0]);
  const { entries, numbers, minimum, ...facts } = about;
  const trailer = readTrailer(bytes);
  const hex = (/** @type {Buffer | undefined} */ field) =>
    field?.some((byte) => byte !== 0) ? field.toString("hex") : "";
  const said = {
    ...facts,
    numbers: numbers.join("."),
    minimum: minimum.join("."),
    trailer: trailer !== undefined,
    digest: hex(trailer?.digest),
    base: hex(trailer?.base),
    signedBy: hex(trailer?.key),
  };
  const contents = entries.map(({ kind, name, data }) => ({
    kind: CONTENTS.get(kind) ?? "module",
    name,
    bytes: data.length,
  }));
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ ...said, contents })}\n`);
    return 0;
  }
  const shown = { ...said, kind: KINDS.get(said.kind) ?? said.kind, chip: `0x${said.chip.toString(16)}` };
  const lines = [
    ...Object.entries(shown).map(([key, value]) => `${key.padEnd(14)} ${value}`.trimEnd()),
    ...contents.map(({ kind, name, bytes }) => `${kind.padEnd(8)} ${String(bytes).padStart(8)}  ${name}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** @param {string[]} args */
export function verify(args) {
  const { values, positionals } = parseOptions(args, { key: TEXTS, chip: TEXT });
  const [file] = positionals;
  const bytes = readInput(file);
  const usual = process.env.LWS_XS_KEY ?? (existsSync(DEVELOPMENT_KEY) ? DEVELOPMENT_KEY : undefined);
  const points = (values.key ?? [usual].flatMap((each) => each ?? [])).map((each) => pointOf(publicKeyIn(each)));
  const chip = numberOption("chip", values.chip, bytes.length < 14 ? 0 : bytes.readUInt16LE(12));
  const problem =
    verifyImage(bytes, chip).problem === "chip" ? "the image is for another chip" : verifyTrailer(bytes, points);
  if (problem) throw new Complaint(`${file}: ${problem}`);
  const { key, version } = /** @type {import("../lib/trailer.mjs").Trailer} */ (readTrailer(bytes));
  process.stdout.write(`${file}: valid, version ${version}, signed by ${key.toString("hex")}, ${bytes.length} bytes\n`);
  return 0;
}

/** @param {string[]} args */
export function extract(args) {
  const { values, positionals } = parseOptions(args, { out: TEXT });
  const [file, name] = positionals;
  const entry = open(file).about.entries.find((each) => each.name === name && each.kind !== REMOVED);
  if (!entry) throw new Complaint(`${file} has nothing called ${name}`);
  if (values.out) writeOutput(values.out, entry.data);
  else process.stdout.write(entry.data);
  return 0;
}
