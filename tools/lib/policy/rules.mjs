// @ts-check
/** The table that the check goes by, as the firmware has it that reads policies itself: code, which lies in flash, that makes a rule when it is asked for one. */
import { AUTH, RETRY, STREAM } from "./fields.mjs";

/** @typedef {import("./fields.mjs").Field} Field */

const WIDTH = 120;

/** @param {Field} field */
function rule({ kind, to, flag, min, max, values, of, form, protocols, side, shared }) {
  /** @type {[string, unknown][]} */
  const pairs = [
    ["kind", kind],
    ["to", to],
    ["flag", flag],
    ["min", min],
    ["max", max],
    ["values", values],
    ["of", of],
    ["form", form === "line" ? undefined : form],
    ["protocols", protocols],
    ["side", side],
    ["shared", shared],
  ];
  const texts = pairs
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      if (key === "flag") return `flag: StreamFlag.${value}`;
      return `${key}: ${Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(", ")}]` : JSON.stringify(value)}`;
    });
  const line = `      return { ${texts.join(", ")} };\n`;
  if (line.length <= WIDTH) return line;
  return `      return {\n${texts.map((text) => `        ${text},\n`).join("")}      };\n`;
}

/** Keys with the same rule stand together. @param {string} name @param {string} about @param {Record<string, Field>} fields */
function choose(name, about, fields) {
  /** @type {Map<string, string[]>} */
  const keys = new Map();
  for (const [key, field] of Object.entries(fields)) keys.set(rule(field), [...(keys.get(rule(field)) ?? []), key]);
  const cases = Array.from(
    keys,
    ([text, same]) => `${same.map((key) => `    case ${JSON.stringify(key)}:\n`).join("")}${text}`,
  );
  return `/** ${about}; undefined: there is no such key. */
export function ${name}(key: string): Rule | undefined {
  switch (key) {
${cases.join("")}    default:
      return undefined;
  }
}
`;
}

/** The module. */
export function rulesModule() {
  return `/** Made from tools/lib/policy/fields.mjs by \`lws-xs policy rules\`: change that, not this. */
import { type AuthScheme, type RetryScheme, StreamFlag, type StreamType } from "./policy";

/** What a policy may say under a key. */
export interface Rule {
  readonly kind: "text" | "count" | "flag" | "choice" | "reference" | "metadata" | "options" | "responses" | "ignored";
  /** Where the value goes; absent: nowhere. */
  readonly to?: keyof StreamType | keyof RetryScheme | keyof AuthScheme;
  readonly flag?: StreamFlag;
  /** Of a count, or of the bytes of a text. */
  readonly min?: number;
  readonly max?: number;
  /** Of a choice. */
  readonly values?: readonly string[];
  /** Where it is defined what a reference names. */
  readonly of?: "retry" | "trust_stores" | "auth" | "certs" | "s" | "metadata";
  readonly form?: "header" | "expands" | "tokens";
  /** Which it has a meaning for; absent: all, or both. */
  readonly protocols?: readonly string[];
  readonly side?: "client" | "server";
  /** It must be the same on all streams that share a connection. */
  readonly shared?: boolean;
}

${choose("retryRule", "Of a retry scheme", RETRY)}
${choose("authRule", "Of an authorization scheme", AUTH)}
${choose("streamRule", "Of a stream type", STREAM)}`;
}
