// @ts-check
/** Reads a policy and finds all that is wrong with it. What is defined must stand before what names it, as firmware that reads policies needs it. */
import { checkAuthority, readCertificate } from "./certificates.mjs";
import { AUTH, LIMITS, RETRY, SCHEMA_VERSION, TOP } from "./fields.mjs";
import { JsonError, parseJson } from "./json.mjs";
import { hint, Report } from "./report.mjs";
import { checkSharing, checkStream } from "./stream.mjs";
import { countOf, isFreshName, itemsOf, membersOf, singles, textOf } from "./values.mjs";

/**
 * @typedef {import("./json.mjs").Json} Json
 * @typedef {import("./json.mjs").Member} Member
 * @typedef {import("./certificates.mjs").Cert} Cert
 * @typedef {{ backoff: number[], conceal: number, jitter: number, ping: number, hangup: number }} Retry
 * @typedef {{ name: string, type: string, stream?: string, blob: number }} Auth
 * @typedef {{ name: string, values: Map<string, unknown>, places: Map<string, Json> }} StreamEntry values: by key of the policy
 * @typedef {"retry" | "certs" | "trust_stores" | "auth" | "s"} Section
 */

export class Policy {
  report = new Report();
  release = "";
  product = "";
  /** @type {Map<string, Retry>} */
  retry = new Map();
  /** @type {Map<string, Cert>} */
  certs = new Map();
  /** @type {Map<string, string[]>} */
  trust_stores = new Map();
  /** @type {Map<string, Auth>} */
  auth = new Map();
  /** @type {Map<string, StreamEntry>} */
  s = new Map();
  /** Whether anything was wrong with an entry, so that it is no use to complain about those who name it. @type {Set<string>} */
  #broken = new Set();
  /** All names of a section, and where; known before they are read. @type {Map<string, Json | Member>} */
  #later = new Map();

  /** @param {string} file */
  constructor(file) {
    this.file = file;
  }

  /** @param {Json} root */
  read(root) {
    const { report } = this;
    const members = membersOf(report, root);
    for (const member of members) {
      if (["retry", "certs", "trust_stores", "auth", "s"].includes(member.key)) this.#lookAhead(member);
    }
    /** @type {Record<string, (member: Member) => void>} */
    const readers = {
      $schema: ({ value }) => textOf(report, value, {}),
      release: ({ value }) => {
        this.release = textOf(report, value, { max: 64 }) ?? "";
      },
      product: ({ value }) => {
        this.product = textOf(report, value, { max: 64 }) ?? "";
      },
      "schema-version": ({ value }) => {
        const version = countOf(report, value, { min: 1 });
        if (version !== undefined && version > SCHEMA_VERSION) {
          report.error(value, `this is version ${version} of the schema; version ${SCHEMA_VERSION} is known`);
        }
      },
      "via-socks5": (member) => report.error(member, "connections through a SOCKS5 proxy are not supported"),
      metrics: (member) => report.warn(member, "metrics are not reported by this firmware"),
      retry: (member) => this.#section(member, (entry) => this.#retry(entry)),
      certs: (member) => this.#section(member, (entry) => this.#cert(entry)),
      trust_stores: (member) => this.#stores(member.value),
      auth: (member) => this.#auths(member.value),
      s: (member) => this.#section(member, (entry) => checkStream(this, entry)),
    };
    for (const member of members) {
      const reader = readers[member.key];
      if (reader) reader(member);
      else report.error(member, `there is no key "${member.key}" here${hint(member.key, Object.keys(TOP))}`);
    }
    if (root.kind === "object" && !root.members.some(({ key }) => key === "s"))
      report.error(root, 'there are no streams: "s" is missing');
    checkSharing(this);
    for (const [name, { place, isUsed }] of this.certs)
      if (!isUsed) report.warn(place, `nothing uses "${name}": it is left out`);
  }

  /** @param {Member} section */
  #lookAhead({ key, value }) {
    for (const item of value.kind === "array" ? value.items : []) {
      if (item.kind !== "object") continue;
      const named = item.members.find((member) => member.key === "name" && member.value.kind === "string");
      if (named?.value.kind === "string") this.#later.set(`${key} ${named.value.value}`, named);
      else if (item.members[0]) this.#later.set(`${key} ${item.members[0].key}`, item.members[0]);
    }
  }

  /** @param {Member} section @param {(entry: Member) => void} read */
  #section({ key, value }, read) {
    const names = this[/** @type {"retry"} */ (key)];
    for (const entry of singles(this.report, value)) {
      if (!isFreshName(this.report, entry, entry.key, names)) continue;
      read(entry);
      if (!names.has(entry.key)) this.#broken.add(`${key} ${entry.key}`);
    }
  }

  /**
   * The name of something that is defined; undefined, with a complaint, where it is not.
   * @param {Json} node @param {Section} section @param {boolean} [mayFollow] it may be defined behind
   */
  reference(node, section, mayFollow = false) {
    const name = textOf(this.report, node, { min: 1, max: LIMITS.name });
    if (name === undefined || this[section].has(name) || this.#broken.has(`${section} ${name}`)) return name;
    const later = this.#later.get(`${section} ${name}`);
    if (later && mayFollow) return name;
    const known = hint(name, this[section].keys());
    this.report.error(
      node,
      later
        ? `"${name}" is defined only behind, in line ${later.line}: define it before`
        : `there is no "${name}" in ${section}${known}`,
    );
    return undefined;
  }

  /** @param {Member} entry */
  #retry({ key: name, value: node }) {
    const { report } = this;
    /** @type {Retry} */
    const retry = { backoff: [], conceal: 0, jitter: 0, ping: 0, hangup: 0 };
    for (const { key, value, ...place } of membersOf(report, node)) {
      const field = RETRY[key];
      if (!field) report.error(place, `there is no key "${key}" here${hint(key, Object.keys(RETRY))}`);
      else if (key === "backoff") {
        const items = itemsOf(report, value, LIMITS.backoff, "waits");
        retry.backoff = items.map((item) => countOf(report, item, { max: 0x3fffffff }) ?? 0);
      } else retry[/** @type {"conceal"} */ (field.to)] = countOf(report, value, field) ?? 0;
    }
    const { ping, hangup } = retry;
    if (ping > 0 && hangup > 0 && ping >= hangup)
      report.warn(node, "svalidping is not before svalidhup: nothing is ever asked");
    if (retry.conceal > 0 && retry.backoff.length === 0) report.warn(node, "without backoff each attempt waits 3 s");
    this.retry.set(name, retry);
  }

  /** @param {Member} entry */
  #cert({ key, value }) {
    const cert = readCertificate(this.report, value, this.file);
    if (cert) this.certs.set(key, cert);
  }

  /** @param {Json} node */
  #stores(node) {
    const { report } = this;
    for (const item of itemsOf(report, node)) {
      const members = membersOf(report, item);
      const named = members.find(({ key, value }) => key === "name" && value.kind !== "array");
      const stack = named ? members.find(({ key }) => key === "stack") : members[0];
      for (const each of members) {
        if (each !== named && each !== stack)
          report.error(each, `there is no key "${each.key}" here${hint(each.key, ["name", "stack"])}`);
      }
      const name = named ? textOf(report, named.value, { min: 1, max: LIMITS.name }) : stack?.key;
      if (!stack) report.error(item, "a trust store has a name and a stack of certificates");
      if (name === undefined || !stack || !isFreshName(report, named?.value ?? stack, name, this.trust_stores))
        continue;
      const names = itemsOf(report, stack.value, LIMITS.stack, "certificates");
      if (stack.value.kind === "array" && names.length === 0)
        report.error(stack.value, "a trust store has at least one certificate");
      const trusted = names.flatMap((each) => this.#trusted(each) ?? []);
      if (new Set(trusted).size < trusted.length) report.error(stack.value, "a certificate is there twice");
      this.trust_stores.set(name, trusted);
    }
  }

  /** @param {Json} node */
  #trusted(node) {
    const name = this.reference(node, "certs");
    const cert = name === undefined ? undefined : this.certs.get(name);
    if (name === undefined || !cert) return undefined;
    cert.isUsed = true;
    checkAuthority(this.report, node, name, cert);
    return name;
  }

  /** @param {Json} node */
  #auths(node) {
    const { report } = this;
    for (const item of itemsOf(report, node)) {
      /** @type {Auth} */
      const auth = { name: "", type: "", blob: 0 };
      for (const { key, value, ...place } of membersOf(report, item)) {
        const field = AUTH[key];
        if (!field) report.error(place, `there is no key "${key}" here${hint(key, Object.keys(AUTH))}`);
        else if (key === "blob") auth.blob = countOf(report, value, field) ?? 0;
        else if (key === "streamtype") auth.stream = this.reference(value, "s", true) ?? "";
        else auth[/** @type {"name"} */ (key)] = textOf(report, value, field) ?? "";
      }
      if (auth.name === "" || auth.type === "") report.error(item, "an authorization has a name and a type");
      else if (isFreshName(report, item, auth.name, this.auth)) this.auth.set(auth.name, auth);
    }
  }
}

/** @param {string} text @param {string} file where it stands: certificates may lie beside it @returns {Policy} with what is wrong in its report */
export function checkPolicy(text, file) {
  const policy = new Policy(file);
  try {
    policy.read(parseJson(text));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    policy.report.error(error.place, error.message);
  }
  policy.report.problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return policy;
}
