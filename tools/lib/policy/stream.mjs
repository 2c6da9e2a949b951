// @ts-check
/** Reads one stream type of a policy, and finds what contradicts itself in it. */
import { HEADER, LAST_STATE, LIMITS, STREAM, USER_STATE } from "./fields.mjs";
import { hint } from "./report.mjs";
import { checkClient, checkServer } from "./sides.mjs";
import { choiceOf, countOf, flagOf, membersOf, namesIn, placeOf, singles, textOf } from "./values.mjs";

/**
 * @typedef {import("./json.mjs").Json} Json
 * @typedef {import("./json.mjs").Member} Member
 * @typedef {import("./check.mjs").Policy} Policy
 * @typedef {import("./check.mjs").StreamEntry} StreamEntry
 */

/** @param {Policy} policy @param {Member} entry */
export function checkStream(policy, { key: name, value: node }) {
  const { report } = policy;
  /** @type {StreamEntry} */
  const entry = { name, values: new Map(), places: new Map([["", node]]) };
  for (const { key, value, ...place } of membersOf(report, node)) {
    const field = STREAM[key];
    if (key === "via-socks5") report.error(place, "connections through a SOCKS5 proxy are not supported");
    else if (!field) report.error(place, `there is no key "${key}" here${hint(key, Object.keys(STREAM))}`);
    else if (field.kind === "ignored") report.warn(place, "this key means nothing");
    else {
      entry.places.set(key, value);
      const read = readValue(policy, value, key);
      if (read !== undefined) entry.values.set(key, read);
    }
  }
  checkMeaning(policy, entry);
  if (entry.values.get("server") === true) checkServer(policy, entry);
  else checkClient(policy, entry);
  checkExpansions(policy, entry);
  policy.s.set(name, entry);
}

/** @param {Policy} policy @param {Json} node @param {string} key */
function readValue(policy, node, key) {
  const { report } = policy;
  const field = STREAM[key];
  switch (field.kind) {
    case "count":
      return countOf(report, node, field);
    case "flag":
      return flagOf(report, node);
    case "choice":
      if (node.kind === "string" && node.value === "h3") {
        report.error(node, "h3 is not supported: there is no QUIC on devices");
        return undefined;
      }
      return choiceOf(report, node, field.values ?? []);
    case "reference":
      return field.of === "metadata"
        ? textOf(report, node, { min: 1 })
        : policy.reference(node, /** @type {"s"} */ (field.of));
    case "metadata":
      return metadataOf(policy, node);
    case "options":
      return singles(report, node).flatMap((option) => {
        if (Buffer.byteLength(option.key) > LIMITS.value || option.key.includes("\0"))
          report.error(option, `${JSON.stringify(option.key)} is no name of an option`);
        return [option.key, textOf(report, option.value, {}) ?? ""];
      });
    case "responses":
      return responsesOf(policy, node);
    default:
      return textOf(report, node, field);
  }
}

/** Names and headers by turns. @param {Policy} policy @param {Json} node @returns {string[]} */
function metadataOf({ report }, node) {
  /** @type {Map<string, string>} */
  const items = new Map();
  for (const { key, value, ...place } of singles(report, node)) {
    const header = textOf(report, value, { max: LIMITS.header });
    if (key === "" || Buffer.byteLength(key) > LIMITS.value || /[\0{}]/.test(key)) {
      report.error(place, `${JSON.stringify(key)} is no name of a value`);
    }
    if (items.has(key)) report.error(place, `"${key}" is there twice`);
    if (header && !HEADER.test(header)) {
      report.error(value, `${JSON.stringify(header)} is no name of a header with a colon behind it, as "x-serial:"`);
    }
    items.set(key, header ?? "");
  }
  return Array.from(items).flat();
}

/** Statuses and states by turns. @param {Policy} policy @param {Json} node @returns {number[]} */
function responsesOf({ report }, node) {
  /** @type {Map<number, number>} */
  const states = new Map();
  for (const { key, value, ...place } of singles(report, node, LIMITS.responses)) {
    const state = countOf(report, value, { min: 1, max: 65535 });
    if (!/^[1-5]\d\d$/.test(key)) report.error(place, `"${key}" is no status of HTTP`);
    else if (states.has(Number(key))) report.error(place, `status ${key} is there twice`);
    else if (state !== undefined && state > LAST_STATE && state < USER_STATE) {
      report.error(value, `there is no state ${state}; those of your own begin at ${USER_STATE}`);
    } else if (state !== undefined) {
      if (state < USER_STATE)
        report.warn(value, "a state of the system is reported only where it may follow the one before");
      states.set(Number(key), state);
    }
  }
  return Array.from(states).flat();
}

/** Keys that mean nothing for this protocol, or this side of it. @param {Policy} policy @param {StreamEntry} entry */
function checkMeaning({ report }, { values, places }) {
  const protocol = /** @type {string | undefined} */ (values.get("protocol"));
  const isServer = values.get("server") === true;
  for (const [key, place] of places) {
    const field = STREAM[key];
    if (field?.protocols && protocol !== undefined && !field.protocols.includes(protocol)) {
      report.error(place, `${key} means nothing for ${protocol}`);
    } else if (field?.side && (field.side === "server") !== isServer) {
      report.error(place, `${key} means nothing for a ${isServer ? "server" : "client"}`);
    }
  }
}

/** Each `${name}` is the name of a value. @param {Policy} policy @param {StreamEntry} entry */
function checkExpansions({ report }, { values, places }) {
  const metadata = /** @type {string[]} */ (values.get("metadata") ?? []).filter((_, i) => i % 2 === 0);
  for (const [key, value] of values) {
    const place = placeOf(places, key);
    if (STREAM[key].of === "metadata" && !metadata.includes(String(value))) {
      report.error(place, `"${value}" is not in metadata${hint(String(value), metadata)}`);
    }
    if (STREAM[key].form !== "expands") continue;
    const names = namesIn(String(value));
    if (!names) report.error(place, "a ${ has no }");
    for (const name of names ?? []) {
      if (!metadata.includes(name)) report.error(place, `"${name}" is not in metadata${hint(name, metadata)}`);
    }
  }
}

/** Streams that share the connection to a broker agree on what they say when it is made. @param {Policy} policy */
export function checkSharing({ report, s }) {
  /** @type {Map<string, StreamEntry>} */
  const first = new Map();
  for (const entry of s.values()) {
    const { values } = entry;
    if (values.get("protocol") !== "mqtt") continue;
    const place = ["endpoint", "port", "tls_trust_store"].map((key) => values.get(key)).join(" ");
    const other = first.get(place);
    if (!other) first.set(place, entry);
    else {
      for (const key of ["client_cert", ...Object.keys(STREAM).filter((key) => STREAM[key].shared)]) {
        if ((values.get(key) || 0) === (other.values.get(key) || 0)) continue;
        const at = placeOf(entry.places, key);
        report.error(at, `${key} differs from that of "${other.name}", which shares the connection`);
      }
    }
  }
}
