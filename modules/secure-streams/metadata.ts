/** Values that a stream has for the names that its type declares, in their order. */
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import type { StreamType } from "./policy";

export type Value = string | Uint8Array;

/** Place of `name` among the values of a stream of this type; -1 if it is not declared. */
export function placeOf({ metadata = [] }: StreamType, name: string): number {
  for (let i = 0; i < metadata.length; i += 2) if (metadata[i] === name) return i >> 1;
  return -1;
}

/** Values that are not set. There is one for each name: an array with holes is what the engine's collector reads beyond the end of. */
export function noValues({ metadata = [] }: StreamType): (Value | undefined)[] {
  const values: (Value | undefined)[] = [];
  for (let i = 0; i < metadata.length; i += 2) values.push(undefined);
  return values;
}

/** The header that the value at `place` goes into or comes from, without its colon; "" for none. */
export function headerAt({ metadata = [] }: StreamType, place: number): string {
  const header = metadata[2 * place + 1] ?? "";
  return header === "" ? "" : header.slice(0, -1);
}

/** A value as text; undefined where it is no UTF-8. */
export function textOf(value: Value): string | undefined {
  return typeof value === "string" ? value : Bytes.text(value, 0, value.byteLength);
}

/** A text as bytes. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(Bytes.size(text));
  Bytes.put(text, bytes, 0);
  return bytes;
}

/** Whether it can be part of a line: no CR, LF or NUL. */
export function isLine(value: Value): boolean {
  const text = textOf(value);
  return text !== undefined && !/[\0\r\n]/.test(text);
}

/**
 * Header lines with that of `name`, which ends in a colon, in place of an earlier one; without it where the value is empty. Undefined for what can't be a header.
 */
export function withHeader(lines: string, name: string, value: Value): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:$/.test(name) || !isLine(value)) return undefined;
  const start = name.toLowerCase();
  const text = textOf(value);
  let all = "";
  for (const line of lines.split("\r\n")) {
    if (line !== "" && !line.toLowerCase().startsWith(start)) all += `${line}\r\n`;
  }
  return text === "" ? all : `${all}${name} ${text}\r\n`;
}

/**
 * Puts values in place of each `${name}`; one that is not set is empty. Throws STREAM_BAD_VALUE for a name that is not declared, and for a value that can't be part of a
 * line.
 */
export function expand(template: string, type: StreamType, values: readonly (Value | undefined)[] | undefined): string {
  let at = template.indexOf("${");
  if (at < 0) return template;
  let result = "";
  let from = 0;
  while (at >= 0) {
    const end = template.indexOf("}", at);
    const name = template.slice(at + 2, end);
    const place = end < 0 ? -1 : placeOf(type, name);
    if (place < 0) throw new LwsError("STREAM_BAD_VALUE", `${type.name}: ${name}`);
    const value = values?.[place] ?? "";
    if (!isLine(value)) throw new LwsError("STREAM_BAD_VALUE", `${type.name}: ${name}`);
    result += template.slice(from, at) + textOf(value);
    from = end + 1;
    at = template.indexOf("${", from);
  }
  return result + template.slice(from);
}
