/**
 * Settings as the CSV that ESP-IDF's nvs_partition_gen.py makes partitions from: `key,type,encoding,value`. Secrets go in but never out.
 * What comes in is read to its end and checked before anything is stored.
 */
import { LwsError } from "lws/core/errors";
import { isName } from "./identity";
import type { Changes, CountKey, Settings, SlotNumber, TextKey } from "./settings";
import { isPassphrase, isSsid, SLOTS, type Slots } from "./slots";

const HEADER = "key,type,encoding,value";
const NAMESPACE = "lws-station";

type PlainKey =
  | "serial"
  | "opts"
  | "group"
  | "role"
  | "region"
  | "ntp-server"
  | "update-url"
  | "update-auto"
  | "cpd-url";
const PLAIN: readonly PlainKey[] = [
  "serial",
  "opts",
  "group",
  "role",
  "region",
  "ntp-server",
  "update-url",
  "update-auto",
  "cpd-url",
];

/** What a CSV says; keys that it does not name are left as they are. */
export type Wanted = Changes;

export interface Unit {
  readonly settings: Settings;
  readonly slots: Slots;
}

/** The settings as CSV. In place of each passphrase stands a comment that says where it goes. */
export function formatSettings({ settings, slots }: Unit): string {
  let text = `${HEADER}\n${NAMESPACE},namespace,,\n`;
  for (const n of SLOTS) {
    const ssid = slots.ssid(n);
    if (ssid === "") continue;
    text += textRow(`${n}ssid`, ssid);
    text += slots.secured(n) ? `# ${n}password,data,string,\n` : textRow(`${n}password`, "");
    text += `${n}use,data,u32,${slots.use(n)}\n`;
  }
  for (const key of PLAIN) {
    const value = settings.get(key);
    if (value !== "") text += textRow(key, value);
  }
  return text;
}

function textRow(key: string, value: string): string {
  const plain = !/[",\r\n]|^\s|\s$|^#/.test(value);
  return `${key},data,string,${plain ? value : `"${value.replaceAll('"', '""')}"`}\n`;
}

/**
 * Reads a CSV.
 * @throws LwsError BAD_REQUEST, with the number of the line that is wrong.
 */
export function parseSettings(text: string, slots: Slots): Wanted {
  const wanted: Wanted = {};
  const rows = new Rows(text);
  let place = 0;
  for (let row = rows.next(); row; row = rows.next()) {
    if (place === 0 && row.join(",") !== HEADER) bad(rows.line, `the first row has to be ${HEADER}`);
    else if (place === 1 && (row[1] !== "namespace" || row[0] !== NAMESPACE))
      bad(rows.line, `the namespace has to be ${NAMESPACE}`);
    else if (place > 1 && row[1] === "namespace") bad(rows.line, "there is one namespace only");
    else if (place > 1) take(row, rows.line, wanted);
    place++;
  }
  if (place < 2) bad(rows.line, "there is nothing in it");
  for (const n of SLOTS) {
    const ssid = wanted[`${n}ssid`];
    if (ssid && ssid !== slots.ssid(n) && wanted[`${n}password`] === undefined)
      bad(rows.line, `${n}ssid names another network, so ${n}password has to be there, empty if it is open`);
  }
  return wanted;
}

function take(row: readonly string[], line: number, wanted: Wanted): void {
  const [key = "", type, encoding, value = ""] = row;
  if (row.length > 4) bad(line, "more than four fields: a value with a comma stands in quotes");
  if (type !== "data") bad(line, "the type has to be data");
  if (key in wanted) bad(line, `a second ${key}`);
  if (/^[0-3]use$/.test(key)) {
    if (encoding !== "u32" || !/^\d{1,10}$/.test(value) || Number(value) > 0xffffffff) bad(line, `${key} is a u32`);
    wanted[key as CountKey] = Number(value);
    return;
  }
  const fits = check(key, value);
  if (fits === undefined) bad(line, "there is no such setting");
  if (encoding !== "string") bad(line, `${key} is a string`);
  if (!fits) bad(line, `this is no ${key}`);
  wanted[key as TextKey] = value;
}

/** Whether the value is one that the key may have; undefined where there is no such key. */
function check(key: string, value: string): boolean | undefined {
  if (/^[0-3]ssid$/.test(key)) return value === "" || isSsid(value);
  if (/^[0-3]password$/.test(key)) return isPassphrase(value);
  if (key === "opts") return value.length <= 14 && !value.includes("\0");
  if (key === "region") return /^[0-3]?$/.test(value);
  if (key === "ntp-server") return /^[\w.-]{0,127}$/.test(value);
  if (key === "update-url") return value === "" || isUrl(value, "https://");
  if (key === "cpd-url") return value === "" || isUrl(value, "http://");
  if (key === "update-auto") return value === "" || value === "1";
  return PLAIN.includes(key as PlainKey) ? isName(value) : undefined;
}

/** A host, perhaps a port and a path behind the scheme. */
function isUrl(text: string, scheme: string): boolean {
  if (text.length > 200 || !text.startsWith(scheme)) return false;
  return /^[\w.-]+(?::\d{1,5})?(?:\/[\w.~/-]*)?$/.test(text.slice(scheme.length));
}

/**
 * Stores all as one, so that neither a full memory nor a power cut leaves a part of it. Returns the slots whose network or passphrase may have
 * changed.
 * @throws LwsError STORAGE_FULL or STORAGE_FAILED.
 */
export function storeSettings(wanted: Wanted, { settings, slots }: Unit): SlotNumber[] {
  const changes: Changes = {};
  const changed = SLOTS.filter((n) => {
    if (!touches(wanted, n)) return false;
    const ssid = wanted[`${n}ssid`] ?? slots.ssid(n);
    const passphrase = ssid === "" ? "" : (wanted[`${n}password`] ?? slots.passphrase(n));
    const own = slots.changes(n, ssid, passphrase);
    Object.assign(changes, own);
    const use = wanted[`${n}use`];
    if (use !== undefined && ssid !== "" && use !== slots.use(n)) changes[`${n}use`] = use;
    return Object.keys(own).length > 0;
  });
  for (const key of PLAIN) {
    const value = wanted[key];
    if (value !== undefined && value !== settings.get(key)) changes[key] = value;
  }
  settings.change(changes);
  slots.take(changes);
  return changed;
}

function touches(wanted: Wanted, n: SlotNumber): boolean {
  return [wanted[`${n}ssid`], wanted[`${n}password`], wanted[`${n}use`]].some((value) => value !== undefined);
}

function bad(line: number, why: string): never {
  throw new LwsError("BAD_REQUEST", `line ${line}: ${why}; nothing was changed`);
}

/** The rows of a CSV (RFC 4180) but for comments and empty lines. */
class Rows {
  /** Of the row that was read last. */
  line = 0;
  private at = 0;
  private following = 1;

  constructor(private readonly text: string) {
    if (text.startsWith("\ufeff")) this.at = 1;
  }

  next(): string[] | undefined {
    const { text } = this;
    while (this.at < text.length) {
      const end = this.lineEnd();
      const start = text.slice(this.at, end).trim();
      this.line = this.following;
      if (start !== "" && !start.startsWith("#")) return this.fields();
      this.at = end + 1;
      this.following++;
    }
    return undefined;
  }

  private lineEnd(): number {
    const end = this.text.indexOf("\n", this.at);
    return end < 0 ? this.text.length : end;
  }

  private fields(): string[] {
    const fields: string[] = [];
    for (;;) {
      fields.push(this.text[this.at] === '"' ? this.quoted() : this.plain());
      const next = this.text[this.at++];
      if (next === ",") continue;
      this.following++;
      return fields;
    }
  }

  private plain(): string {
    const end = this.lineEnd();
    const comma = this.text.indexOf(",", this.at);
    const field = this.text.slice(this.at, comma >= 0 && comma < end ? comma : end);
    if (field.includes('"')) bad(this.line, "a value with a quote stands in quotes");
    this.at += field.length;
    return field.trim();
  }

  private quoted(): string {
    const { text } = this;
    let field = "";
    for (;;) {
      const end = text.indexOf('"', this.at + 1);
      if (end < 0) bad(this.line, "a quote is missing");
      field += text.slice(this.at + 1, end);
      this.at = end;
      if (text[end + 1] !== '"') break;
      field += '"';
      this.at++;
    }
    for (let i = field.indexOf("\n"); i >= 0; i = field.indexOf("\n", i + 1)) this.following++;
    this.at++;
    if (text[this.at] === "\r") this.at++;
    if (this.at < text.length && text[this.at] !== "," && text[this.at] !== "\n") bad(this.line, "a comma is missing");
    return field;
  }
}
