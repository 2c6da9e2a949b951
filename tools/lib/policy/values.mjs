// @ts-check
/** Reads single values of a policy: each is of its kind and in its range, or there is a complaint and undefined. */
import { HEADER, LIMITS, NAME, TOKENS } from "./fields.mjs";
import { hint } from "./report.mjs";

/**
 * @typedef {import("./json.mjs").Json} Json
 * @typedef {import("./json.mjs").Member} Member
 * @typedef {import("./json.mjs").Place} Place
 * @typedef {import("./report.mjs").Report} Report
 * @typedef {import("./fields.mjs").Field} Field
 */

/** @type {Record<Json["kind"], string>} */
const WORDS = {
  object: "an object",
  array: "a list",
  string: "a text",
  number: "a number",
  boolean: "true or false",
  null: "null",
};

/** @param {Report} report @param {Json} node @param {string} wanted */
function wrongKind(report, node, wanted) {
  report.error(node, `${wanted} expected instead of ${WORDS[node.kind]}`);
  return undefined;
}

/** @param {Report} report @param {Json} node */
export function membersOf(report, node) {
  return node.kind === "object" ? node.members : (wrongKind(report, node, "an object") ?? []);
}

/** @param {Report} report @param {Json} node @param {number} max @param {string} what */
export function itemsOf(report, node, max = Number.POSITIVE_INFINITY, what = "entries") {
  if (node.kind !== "array") return wrongKind(report, node, "a list") ?? [];
  if (node.items.length > max) report.error(node, `${node.items.length} ${what}, but there may be ${max}`);
  return node.items;
}

/** The one member of each object of a list. @param {Report} report @param {Json} node @param {number} [max] @returns {Member[]} */
export function singles(report, node, max) {
  return itemsOf(report, node, max).flatMap((item) => {
    const members = membersOf(report, item);
    if (item.kind === "object" && members.length !== 1) {
      report.error(item, `an object with one name expected instead of ${members.length}`);
    }
    return members.slice(0, 1);
  });
}

/** @param {Report} report @param {Json} node @param {Pick<Field, "min" | "max">} range */
export function countOf(report, node, { min = 0, max = 0xffffffff }) {
  const isDigits = node.kind === "string" && /^\d{1,10}$/.test(node.value);
  if (node.kind !== "number" && !isDigits) return wrongKind(report, node, "a number");
  const value = Number(node.value);
  if (!Number.isInteger(value)) report.error(node, "a whole number expected");
  else if (value < min || value > max) report.error(node, `${value} is not between ${min} and ${max}`);
  else return value;
  return undefined;
}

/** @param {Report} report @param {Json} node */
export function flagOf(report, node) {
  return node.kind === "boolean" ? node.value : wrongKind(report, node, "true or false");
}

/** @param {Report} report @param {Json} node @param {Pick<Field, "min" | "max" | "form">} field */
export function textOf(report, node, { min = 0, max = LIMITS.text, form }) {
  if (node.kind !== "string") return wrongKind(report, node, "a text");
  const { value } = node;
  const length = Buffer.byteLength(value);
  if (length < min) report.error(node, "a text expected, not an empty one");
  else if (length > max) report.error(node, `the text has ${length} bytes, but there may be ${max}`);
  else if (/[\0-\x1f\x7f]/.test(value)) report.error(node, "the text has a control character");
  else if (form === "header" && !HEADER.test(value)) {
    report.error(node, `${JSON.stringify(value)} is no name of a header with a colon behind it, as "x-serial:"`);
  } else if (form === "tokens" && !TOKENS.test(value)) {
    report.error(node, `${JSON.stringify(value)} is no name, nor several with commas between them`);
  } else return value;
  return undefined;
}

/** @param {Report} report @param {Json} node @param {string[]} values */
export function choiceOf(report, node, values) {
  if (node.kind !== "string") return wrongKind(report, node, `one of ${values.join(", ")}`);
  if (values.includes(node.value)) return node.value;
  const known = `one of ${values.join(", ")}`;
  report.error(node, `${JSON.stringify(node.value)} is not ${known}${hint(node.value, values)}`);
  return undefined;
}

/** Complains about a name that could not be that of a file, or is taken. @param {Report} report @param {Place} place @param {string} name @param {Map<string, unknown>} taken */
export function isFreshName(report, place, name, taken) {
  if (!NAME.test(name)) {
    report.error(place, `${JSON.stringify(name)} is no name: 1 to ${LIMITS.name} letters, digits, "_", "-" and "."`);
  } else if (taken.has(name)) report.error(place, `"${name}" is there twice`);
  else return true;
  return false;
}

/** Names of `${…}` in a text. @param {string} text @returns {string[] | undefined} undefined where one has no end */
export function namesIn(text) {
  const parts = text.split("${").slice(1);
  if (parts.some((part) => !part.includes("}"))) return undefined;
  return parts.map((part) => part.slice(0, part.indexOf("}")));
}

/** Where a key of a stream type is; where it is not there, the stream type. @param {Map<string, Json>} places @param {string} key @returns {Json} */
export function placeOf(places, key) {
  return places.get(key) ?? /** @type {Json} */ (places.get(""));
}
