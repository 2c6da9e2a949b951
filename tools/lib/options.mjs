// @ts-check
/** What commands share: switches, and files that are named in them, with one sentence for each thing that may be wrong. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Complaint } from "./run.mjs";

/** A switch with a value, and one that may be given several times. */
export const TEXT = /** @type {const} */ ({ type: "string" });
export const TEXTS = /** @type {const} */ ({ type: "string", multiple: true });
export const FLAG = /** @type {const} */ ({ type: "boolean" });

/**
 * @template {import("node:util").ParseArgsConfig["options"]} T
 * @param {string[]} args
 * @param {T} options beside `--help`
 */
export function parseOptions(args, options) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { ...options, help: /** @type {const} */ ({ type: "boolean", short: "h" }) },
    });
  } catch (error) {
    throw new Complaint(`${message(error)[0].toLowerCase()}${message(error).slice(1).split(". ")[0]}; see --help`);
  }
}

/** @param {string | undefined} file */
export function readInput(file) {
  if (!file) throw new Complaint("which file? see --help");
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new Complaint(code === "ENOENT" ? `there is no file ${file}` : `can't read ${file}: ${message(error)}`);
  }
}

/**
 * @param {string | undefined} file
 * @param {Buffer} bytes
 */
export function writeOutput(file, bytes) {
  if (!file) throw new Complaint("--out is missing");
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    throw new Complaint(`can't write ${file}: ${message(error)}`);
  }
}

/**
 * @param {string} name of the switch
 * @param {string | undefined} text
 * @param {number} fallback
 */
export function numberOption(name, text, fallback) {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(number) || number < 0)
    throw new Complaint(`--${name} ${text}: that is no number`);
  return number;
}

/** @param {unknown} error */
export function message(error) {
  return error instanceof Error ? error.message : String(error);
}
