// @ts-check
/** Versions: what an image says of its origin (equal sources say equal things), and the numbers in it that devices compare. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.mjs";
import { Complaint, output } from "./run.mjs";

/** Bytes that the version field of an image has room for. */
const LENGTH = 31;
/** As `git describe` writes it: up to three numbers, then the commits since. */
const TEXT = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[.-](\d+)(?!\w))?/;

/**
 * The numbers in a version: `1.2.3-14-gabc1234` and `v1.2.3.14` are [1, 2, 3, 14]; those that are missing are 0.
 * @param {string} text
 * @returns {number[]} four
 */
export function versionNumbers(text) {
  const numbers = (TEXT.exec(text) ?? []).slice(1).map((digits) => Number(digits ?? 0));
  if (numbers.some((number) => number > 0xffff)) throw new Complaint(`a number in the version ${text} is above 65535`);
  return numbers.length === 0 ? [0, 0, 0, 0] : numbers;
}

/** @param {number[]} a @param {number[]} b @returns {number} negative, 0 or positive, as for sorting */
export function compareVersions(a, b) {
  return a.map((number, i) => number - b[i]).find((difference) => difference !== 0) ?? 0;
}

/**
 * The version in package.json, with the number of commits that led here: each one makes it a later version.
 * @param {string[]} sources
 * @returns {{ version: string, unixtime: number }}
 */
export function origin(sources) {
  const number = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
  const commit = output("git", ["describe", "--always", "--dirty", "--exclude=*"]);
  const count = output("git", ["rev-list", "--count", "HEAD"]);
  const version = (commit && count ? `${number}-${count}-g${commit}` : number).slice(0, LENGTH);
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
