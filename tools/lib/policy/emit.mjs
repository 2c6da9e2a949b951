// @ts-check
/**
 * A policy as the firmware takes it: a module of code, which lies in flash as it is, and its certificates as files. A list of objects would lie in the heap
 * in an image whose modules are not preloaded; a function that makes one entry when it is asked for does not.
 */
import { STREAM } from "./fields.mjs";

/**
 * @typedef {import("./check.mjs").Policy} Policy
 * @typedef {import("./check.mjs").StreamEntry} StreamEntry
 */

const WIDTH = 120;

/** A value in the quotes that need fewer escapes, as the formatter has it. @param {unknown} value */
function simple(value) {
  const text = JSON.stringify(value);
  if (typeof value !== "string" || value.split('"').length <= value.split("'").length) return text;
  return `'${text.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** @param {unknown} value @param {string} indent @param {number} before characters in front of it @returns {string} formatted as the rest of the sources */
function literal(value, indent, before) {
  if (!Array.isArray(value)) return simple(value);
  const items = value.map(simple);
  const line = `[${items.join(", ")}]`;
  if (before + line.length + 1 <= WIDTH) return line;
  return `[\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}]`;
}

/** @param {[string, unknown][]} pairs @param {string} indent of the braces */
function object(pairs, indent) {
  const lines = pairs.map(([key, value]) => {
    const start = `${indent}  ${key}: `;
    const text = typeof value === "function" ? value(`${indent}  `) : literal(value, `${indent}  `, start.length);
    return `${text.startsWith("\n") ? start.trimEnd() : start}${text},\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/** @param {string[]} names of StreamFlag @param {string} indent @param {number} before */
function bits(names, indent, before) {
  if (names.length === 0) return "0";
  const all = names.map((name) => `StreamFlag.${name}`);
  if (before + all.join(" | ").length + 1 <= WIDTH) return all.join(" | ");
  return `\n${indent}  ${all.join(` |\n${indent}  `)}`;
}

/** @param {Policy} policy @param {StreamEntry} entry @returns {[string, unknown][]} */
function pairsOf(policy, { name, values }) {
  const isFile = String(values.get("endpoint") ?? "").startsWith("file://");
  const protocol = values.get("local_sink") === true ? "sink" : isFile ? "file" : values.get("protocol");
  /** @type {string[]} */
  const flags = [];
  /** @type {[string, unknown][]} */
  const pairs = [];
  for (const [key, field] of Object.entries(STREAM)) {
    const value = values.get(key);
    if (field.flag && value === true) flags.push(field.flag);
    if (!field.to || field.to === "protocol" || value === undefined) continue;
    if (key === "retry" || key === "use_auth") {
      const scheme = key === "retry" ? policy.retry.get(String(value)) : policy.auth.get(String(value));
      pairs.push([field.to, (/** @type {string} */ indent) => object(Object.entries(scheme ?? {}), indent)]);
    } else pairs.push([field.to, value]);
  }
  return [
    ["name", name],
    ["protocol", protocol],
    ["flags", (/** @type {string} */ indent) => bits(flags, indent, indent.length + "flags: ".length)],
    ...pairs,
  ];
}

/** A case per name, with what it returns. @param {[string, (indent: string) => string][]} cases @param {string} indent */
function choose(cases, indent) {
  if (cases.length === 0) return `${indent}return undefined;\n`;
  const lines = cases.map(
    ([name, make]) => `${indent}  case ${simple(name)}:\n${indent}    return ${make(`${indent}    `)};\n`,
  );
  return `${indent}switch (name) {\n${lines.join("")}${indent}  default:\n${indent}    return undefined;\n${indent}}\n`;
}

/** The module. @param {Policy} policy without errors @param {string} source name of the file that it comes from */
export function moduleOf(policy, source) {
  const streams = Array.from(policy.s.values());
  /** @type {[string, (indent: string) => string][]} */
  const types = streams.map((entry) => [entry.name, (indent) => object(pairsOf(policy, entry), indent)]);
  /** @type {[string, (indent: string) => string][]} */
  const stores = Array.from(policy.trust_stores, ([name, stack]) => [
    name,
    (indent) => literal(stack, indent, indent.length + "return ".length),
  ]);
  const hasFlags = streams.some(({ values }) =>
    Array.from(values).some(([key, value]) => STREAM[key].flag && value === true),
  );
  const parameter = (/** @type {unknown[]} */ cases) => (cases.length === 0 ? "_name" : "name");
  return `/** Made from ${source} by \`lws-xs policy compile\`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
${hasFlags ? 'import { StreamFlag } from "lws/secure-streams/policy";\n' : ""}
export const policy: Policy = {
  release: ${simple(policy.release)},
  product: ${simple(policy.product)},
  stream(${parameter(types)}: string): StreamType | undefined {
${choose(types, "    ")}  },
  store(${parameter(stores)}: string): readonly string[] | undefined {
${choose(stores, "    ")}  },
};
`;
}

/** Files of the certificates and keys that are used, by name. @param {Policy} policy @returns {Map<string, Buffer>} */
export function resourcesOf(policy) {
  return new Map(
    Array.from(policy.certs)
      .filter(([, { isUsed, isGiven }]) => isUsed && !isGiven)
      .map(([name, { der }]) => [`${name}.der`, der]),
  );
}
