// @ts-check
/** The JSON schema (draft 2020-12) of policies, from the table that the check goes by. What a schema can't say is left to the check. */
import { AUTH, LIMITS, NAME, RETRY, SCHEMA_VERSION, STREAM, TOP } from "./fields.mjs";

/** @typedef {import("./fields.mjs").Field} Field */
/** @typedef {Record<string, unknown>} Schema */

const name = { type: "string", pattern: NAME.source };

/** A number, or its digits. @param {Pick<Field, "min" | "max">} range @returns {Schema} */
function count({ min = 0, max = 0xffffffff }) {
  return {
    anyOf: [
      { type: "integer", minimum: min, maximum: max },
      { type: "string", pattern: "^[0-9]{1,10}$" },
    ],
  };
}

/** @param {Schema} key @param {Schema} value @returns {Schema} an object with one member */
function single(key, value) {
  return { type: "object", minProperties: 1, maxProperties: 1, propertyNames: key, additionalProperties: value };
}

/** @param {Schema} items @param {Schema} [more] @returns {Schema} */
function list(items, more) {
  return { type: "array", items, ...more };
}

/** @param {Field} field @returns {Schema} */
function typeOf({ kind, min, max, form, values, of }) {
  switch (kind) {
    case "count":
      return count({ ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
    case "flag":
      return { type: "boolean" };
    case "choice":
      return { enum: values };
    case "reference":
      return of === "metadata" ? { type: "string", minLength: 1 } : name;
    case "metadata":
      return list(
        single({ type: "string", minLength: 1 }, { type: "string", maxLength: LIMITS.header, pattern: "^$|:$" }),
      );
    case "options":
      return list(single({ type: "string" }, { type: "string" }));
    case "responses":
      return list(single({ pattern: "^[1-5][0-9][0-9]$" }, count({ min: 1, max: 65535 })), {
        maxItems: LIMITS.responses,
      });
    case "ignored":
      return {};
    default:
      return {
        type: "string",
        ...(min && { minLength: min }),
        maxLength: max,
        ...(form === "header" && { pattern: ":$" }),
      };
  }
}

/** @param {Record<string, Field>} fields @param {Record<string, Schema>} [own] @returns {Schema} */
function entry(fields, own = {}) {
  const properties = Object.entries(fields).map(([key, field]) => {
    const comment = field.protocols ? ` (${field.protocols.join(", ")})` : "";
    return [key, { description: field.about + comment, ...(own[key] ?? typeOf(field)) }];
  });
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

/** @returns {Schema} */
export function policySchema() {
  const certificate = {
    anyOf: [
      { type: "string", description: "Base64 of DER, or PEM" },
      {
        type: "object",
        properties: { file: { type: "string", description: "PEM or DER, beside the policy" } },
        required: ["file"],
        additionalProperties: false,
      },
      {
        type: "object",
        properties: { given: { const: true, description: "The image gives it to its streams when it runs" } },
        required: ["given"],
        additionalProperties: false,
      },
    ],
  };
  const stack = list(name, { minItems: 1, maxItems: LIMITS.stack, uniqueItems: true });
  const store = {
    anyOf: [
      { type: "object", properties: { name, stack }, required: ["name", "stack"], additionalProperties: false },
      single(name, stack),
    ],
  };
  const backoff = list(count({ max: 0x3fffffff }), { maxItems: LIMITS.backoff });
  /** @type {Record<string, Schema>} */
  const types = {
    $schema: { type: "string" },
    release: { type: "string", maxLength: 64 },
    product: { type: "string", maxLength: 64 },
    "schema-version": count({ min: 1, max: SCHEMA_VERSION }),
    "via-socks5": { not: {} },
    retry: list(single(name, entry(RETRY, { backoff }))),
    certs: list(single(name, certificate)),
    trust_stores: list(store),
    metrics: list({ type: "object" }),
    auth: list({ ...entry(AUTH), required: ["name", "type"] }),
    s: list(single(name, entry(STREAM))),
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A policy of Secure Streams",
    type: "object",
    properties: Object.fromEntries(
      Object.entries(TOP).map(([key, description]) => [key, { description, ...types[key] }]),
    ),
    required: ["s"],
    additionalProperties: false,
  };
}
