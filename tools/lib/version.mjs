// @ts-check
/** What an image says of its origin; equal sources say equal things. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.mjs";
import { output } from "./run.mjs";

/** Bytes that the version field of an image has room for. */
const LENGTH = 31;

/**
 * @param {string[]} sources
 * @returns {{ version: string, unixtime: number }}
 */
export function origin(sources) {
  const number = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
  const commit = output("git", ["describe", "--always", "--dirty", "--exclude=*"]);
  const version = (commit ? `${number}+${commit}` : number).slice(0, LENGTH);
  return { version, unixtime: sourceTime(commit, sources) };
}

/**
 * The commit's time where the tree is that of a commit: a clone's own file times tell nothing.
 * @param {string | undefined} commit
 * @param {string[]} sources
 */
function sourceTime(commit, sources) {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  if (commit && !commit.endsWith("-dirty")) {
    const time = output("git", ["log", "-1", "--format=%ct"]);
    if (time) return Number(time);
  }
  return Math.floor(Math.max(0, ...sources.map((file) => statSync(file).mtimeMs)) / 1000);
}
