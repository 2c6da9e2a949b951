// @ts-check
/** The CSV of Espressif's nvs_partition_gen.py: key,type,encoding,value (ESP-IDF, "NVS Partition Generator Utility"). */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { NUMBERS } from "./nvs.mjs";
import { Complaint } from "./run.mjs";

const HEADER = "key,type,encoding,value";

/** Settings that may be shown to anybody, by namespace. All else is taken for a secret. @type {Record<string, RegExp>} */
const PUBLIC = {
  "lws-station":
    /^(?:[0-3](?:ssid|use)|serial|opts|group|role|region|label|ap-ca\.der|ntp-server|update-(?:url|auto|ca)|cpd-url)$/,
};

/**
 * The records of a CSV text (RFC 4180) with the number of the line that each begins in. Comments and empty lines are left out.
 * @param {string} text
 * @param {string} name of the file, for complaints
 */
function records(text, name) {
  /** @type {{ line: number, fields: string[] }[]} */
  const found = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const start = line;
    const comment = /(?:#[^\n]*|[ \t\r]*)(?:\n|$)/y;
    comment.lastIndex = at;
    if (comment.test(text)) {
      at = comment.lastIndex;
      line++;
      continue;
    }
    /** @type {string[]} */
    const fields = [];
    for (let end = ","; end === ","; ) {
      field.lastIndex = at;
      const match = field.exec(text);
      if (!match) throw new Complaint(`${name}:${start}: a quote is missing, or stands where none can`);
      at = field.lastIndex;
      line += match[0].split("\n").length - 1;
      fields.push(match[1] === undefined ? match[2].trim() : match[1].replaceAll('""', '"'));
      end = match[3];
    }
    found.push({ line: start, fields });
  }
  return found;
}

/** @param {string} encoding @param {string} text @returns {bigint} */
function number(encoding, text) {
  if (!/^-?(?:\d+|0x[\da-f]+)$/i.test(text)) throw new Complaint(`"${text}" is no number`);
  const value = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  const bits = 8 * (NUMBERS[encoding] & 15);
  const wrapped = encoding.startsWith("i") ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  if (wrapped !== value) throw new Complaint(`${text} is out of the range of ${encoding}`);
  return value;
}

/** @param {string} encoding @param {Buffer} bytes as they stand in the table or in the file @returns {Buffer} */
function decode(encoding, bytes) {
  const text = bytes.toString("latin1").replace(/\s+$/, "");
  switch (encoding) {
    case "string":
      if (bytes.includes(0)) throw new Complaint("a string can't hold a NUL");
      return bytes;
    case "binary":
      return bytes;
    case "hex2bin":
      if (!/^(?:[\da-f]{2})*$/i.test(text)) throw new Complaint("hex2bin wants pairs of hex digits");
      return Buffer.from(text, "hex");
    case "base64":
      if (!/^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(text) || text.includes("_"))
        throw new Complaint("this is no base64");
      return Buffer.from(text, "base64");
    default:
      throw new Complaint(`unknown encoding "${encoding}"`);
  }
}

/** The value of one row. @param {string} type @param {string} encoding @param {string} text @param {string} folder that file names count from */
function readValue(type, encoding, text, folder) {
  if (type !== "data" && type !== "file") throw new Complaint(`unknown type "${type}"`);
  if (type === "data" && encoding in NUMBERS) return { type: encoding, value: number(encoding, text) };
  if (type === "data" && encoding === "binary") throw new Complaint("binary is for files");
  const bytes = type === "file" ? readFileSync(resolve(folder, text)) : Buffer.from(text);
  return { type: encoding === "string" ? "string" : "blob", value: decode(encoding, bytes) };
}

/**
 * @param {string} text
 * @param {string} [name] of its file
 * @returns {import("./nvs.mjs").Value[]}
 */
export function parseCsv(text, name = "settings") {
  const [header, ...rows] = records(text.replace(/^\ufeff/, ""), name);
  if (header?.fields.join(",") !== HEADER) throw new Complaint(`${name}: the first row has to be ${HEADER}`);
  /** @type {import("./nvs.mjs").Value[]} */
  const values = [];
  let space = "";
  for (const { line, fields } of rows) {
    try {
      if (fields.length > 4) throw new Complaint("more than 4 fields; a value with a comma stands in quotes");
      const [key, type = "", encoding = "", value = ""] = fields;
      if (!/^[\x21-\x7e]{1,15}$/.test(key)) throw new Complaint("a key has 1 to 15 characters");
      if (type === "namespace") {
        space = key;
        continue;
      }
      if (space === "") throw new Complaint("a namespace has to come first");
      if (values.some((each) => each.space === space && each.key === key)) throw new Complaint(`a second ${key}`);
      values.push({ space, key, ...readValue(type, encoding, value, dirname(name)) });
    } catch (error) {
      throw new Complaint(`${name}:${line}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return values;
}

/** @param {string} text */
const quoted = (text) => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** @param {import("./nvs.mjs").Value} value */
function row({ key, type, value }) {
  if (typeof value === "bigint") return `${key},data,${type},${value}`;
  if (type === "blob") return `${key},data,base64,${value.toString("base64")}`;
  return `${key},data,string,${quoted(value.toString())}`;
}

/**
 * The values as CSV. Of secrets only the names are told, in comments.
 * @param {import("./nvs.mjs").Value[]} values
 */
export function formatCsv(values) {
  const lines = [HEADER];
  for (const space of new Set(values.map((value) => value.space))) {
    lines.push(`${space},namespace,,`);
    for (const value of values.filter((each) => each.space === space))
      lines.push(PUBLIC[space]?.test(value.key) ? row(value) : `# ${value.key}: not written out`);
  }
  return `${lines.join("\n")}\n`;
}
