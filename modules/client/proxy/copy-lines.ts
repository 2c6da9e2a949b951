/** Header lines from one message to another: those that belong to a connection stay behind (RFC 9110 §7.6.1). */
import type { LineSink } from "lws/http/relay";
import { Bytes } from "lws/platform/bytes";

/** A message whose header lines lie in a store, checked. */
export interface Lines {
  readonly store: Uint8Array;
  /** Where the first one begins, and where the empty line behind the last one ends. */
  readonly fields: number;
  readonly at: number;
}

export interface LineRules {
  /** Up to 15 names, in lower case and with a space between them, of headers that are not copied as they are. */
  readonly names: string;
  /** Headers that Connection names, each between commas and in lower case. */
  readonly options: string;
  /** Names with an underscore stay behind: CGI takes them for those with a hyphen. */
  readonly noUnderscores: boolean;
  /** A header of `names`, its position in them counted from 1; `value` is where its value begins, `to` where its line ends. */
  known(position: number, from: number, value: number, to: number): void;
}

/** Families of headers that are each hop's own. */
function isOwn(store: Uint8Array, from: number, colon: number): boolean {
  return (
    (colon - from > 6 && Bytes.equals(store, from, from + 6, "proxy-")) ||
    (colon - from > 12 && Bytes.equals(store, from, from + 12, "x-forwarded-"))
  );
}

function isNamed(store: Uint8Array, from: number, colon: number, options: string): boolean {
  return options.includes(`,${Bytes.latin1(store, from, colon).toLowerCase()},`);
}

/** Copies lines in as long pieces as there are. */
export function copyLines(lines: Lines, rules: LineRules, sink: LineSink): void {
  const { store, at: end } = lines;
  const { names, options, noUnderscores } = rules;
  let start = lines.fields;
  for (let from = start; ; ) {
    const line = Bytes.field(store, from, end, names);
    const length = (line & 0xfff0) >> 4;
    if (line < 0 || length === 0) break;
    const to = (line >> 16) + 1;
    const colon = from + length;
    const position = line & 15;
    const stays =
      isOwn(store, from, colon) ||
      (noUnderscores && Bytes.find(store, from, colon, "_") >= 0) ||
      (options !== "" && isNamed(store, from, colon, options));
    if (stays || position > 0) {
      if (from > start) sink.bytes(store, start, from);
      if (!stays) rules.known(position, from, colon + 1, to);
      start = to;
    }
    from = to;
  }
  const last = end - 2;
  if (last > start) sink.bytes(store, start, last);
}
