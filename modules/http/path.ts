/** Request targets: percent-decoding and dot segments (RFC 3986 §2.1, §5.2.4). */
import { ByteSet, Bytes } from "lws/platform/bytes";

/**
 * Percent-decodes ASCII text once. Undefined for a malformed escape, and for bytes that are no UTF-8 or hold a NUL: the engine's own
 * decodeURIComponent lets overlong forms pass.
 */
export function percentDecode(text: string): string | undefined {
  const { length } = text;
  const bytes = new Uint8Array(length);
  if (Bytes.put(text, bytes, 0) !== length) return undefined;
  let to = 0;
  let from = 0;
  for (let at = Bytes.find(bytes, 0, length, "%"); at >= 0; at = Bytes.find(bytes, from, length, "%")) {
    to = Bytes.copy(bytes, from, at, bytes, to);
    from = at + 3;
    if (from > length || Bytes.span(bytes, at + 1, from, ByteSet.hex) !== from) return undefined;
    bytes[to++] = Number.parseInt(Bytes.latin1(bytes, at + 1, from), 16);
  }
  return Bytes.text(bytes, 0, Bytes.copy(bytes, from, length, bytes, to));
}

/**
 * The path behind a request target's path part: decoded once, `//` and `/./` collapsed, `..` never above the root.
 * Undefined for a malformed escape, for one that hides a NUL, a slash or a backslash, and for bytes that are no UTF-8.
 */
export function normalizePath(target: string): string | undefined {
  let path: string | undefined = target;
  if (path.includes("%")) {
    if (/%(?:2f|5c)/i.test(path)) return undefined;
    path = percentDecode(path);
    if (path === undefined) return undefined;
  }
  if (!path.includes("//") && !path.includes("/.")) return path;
  const kept: string[] = [];
  const segments = path.split("/");
  const last = segments[segments.length - 1] as string;
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const isFolder = last === "" || last === "." || last === "..";
  return `/${kept.join("/")}${isFolder && kept.length > 0 ? "/" : ""}`;
}
