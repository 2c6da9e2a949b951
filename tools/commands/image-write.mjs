// @ts-check
/** The commands that make images, and what signs them. */
import { createPublicKey } from "node:crypto";
import { MODULE, RESOURCE } from "../lib/archive.mjs";
import { assembleFlash } from "../lib/flash.mjs";
import { APPLICATION, SETUP, VIRTUAL_CHIP, writeImage } from "../lib/image.mjs";
import { makePart } from "../lib/javascript-part.mjs";
import { keyId, makeKey, pointOf, signingKey } from "../lib/keys.mjs";
import { FLAG, message, numberOption, parseOptions, readInput, TEXT, TEXTS, writeOutput } from "../lib/options.mjs";
import { Complaint } from "../lib/run.mjs";
import { signImage } from "../lib/trailer.mjs";

/** @param {{ key?: string, unsigned?: boolean }} values */
function signature({ key, unsigned }) {
  return unsigned ? {} : { key: signingKey(key) };
}

/** @param {string[]} pairs @param {number} kind */
function entries(pairs, kind) {
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new Complaint(`"${pair}" is not NAME=FILE`);
    return { kind, name: pair.slice(0, at), data: readInput(pair.slice(at + 1)) };
  });
}

/**
 * Work whose complaints about values are for the person who gave them.
 * @template T
 * @param {() => T} work
 */
function checked(work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof Complaint ? error : new Complaint(message(error));
  }
}

/** @param {string[]} args */
export function pack(args) {
  const { values } = parseOptions(args, {
    ...{ out: TEXT, kind: TEXT, app: TEXT, version: TEXT, minimum: TEXT, model: TEXT, builder: TEXT, unixtime: TEXT },
    ...{ chip: TEXT, module: TEXTS, resource: TEXTS, key: TEXT, unsigned: FLAG },
  });
  const { kind = "application", app = "app", version = "0", minimum, model, builder } = values;
  if (kind !== "setup" && kind !== "application") throw new Complaint(`--kind ${kind}: it is setup or application`);
  const info = {
    ...{ app, version, minimum, model, builder, kind: kind === "setup" ? SETUP : APPLICATION },
    unixtime: numberOption("unixtime", values.unixtime, 0),
    chip: numberOption("chip", values.chip, VIRTUAL_CHIP),
  };
  const contents = [...entries(values.module ?? [], MODULE), ...entries(values.resource ?? [], RESOURCE)];
  writeOutput(
    values.out,
    signImage(
      checked(() => writeImage(info, contents)),
      signature(values),
    ),
  );
  return 0;
}

/** @param {string[]} args */
export function sign(args) {
  const { values, positionals } = parseOptions(args, { out: TEXT, key: TEXT });
  const [file] = positionals;
  const image = readInput(file);
  if (image.length < 14) throw new Complaint(`${file}: it is too short for an image`);
  writeOutput(
    values.out ?? file,
    checked(() => signImage(image, signature(values))),
  );
  return 0;
}

/** @param {string[]} args */
export function js(args) {
  const { values } = parseOptions(args, { base: TEXT, image: TEXT, out: TEXT, key: TEXT, unsigned: FLAG });
  if (!values.base || !values.image) throw new Complaint("--base and --image are needed; see --help");
  const [base, next] = [readInput(values.base), readInput(values.image)];
  const part = checked(() => makePart(base, next, signature(values)));
  writeOutput(values.out, part);
  process.stdout.write(`${values.out}: ${part.length} bytes instead of ${next.length}\n`);
  return 0;
}

/** @param {string[]} args */
export function keygen(args) {
  const { values } = parseOptions(args, { out: TEXT, public: TEXT });
  if (!values.out) throw new Complaint("--out is missing");
  const key = makeKey(values.out);
  if (values.public)
    writeOutput(values.public, Buffer.from(createPublicKey(key).export({ type: "spki", format: "pem" })));
  process.stdout.write(`${values.out}: key ${keyId(pointOf(key)).toString("hex")}\n`);
  return 0;
}

/** @param {string[]} args */
export function flash(args) {
  const { values } = parseOptions(args, { out: TEXT, factory: TEXT, ota_0: TEXT });
  const { factory, ota_0 } = values;
  const contents = { ...(factory && { factory: readInput(factory) }), ...(ota_0 && { ota_0: readInput(ota_0) }) };
  writeOutput(values.out, assembleFlash(contents));
  return 0;
}
