/** What stands between the parts of a form (RFC 7578). */
import Hex from "hex";
import { Chip } from "lws/platform/chip";

/** A parameter of a header, as browsers write it. */
function parameter(name: string, value: string | undefined): string {
  if (value === undefined) return "";
  return `; ${name}="${value.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A")}"`;
}

/** What stands before a part's content. */
export function partHead(boundary: string, name: string, filename: string | undefined, type: string | undefined) {
  const about = `--${boundary}\r\nContent-Disposition: form-data${parameter("name", name)}${parameter("filename", filename)}\r\n`;
  return type === undefined ? `${about}\r\n` : `${about}Content-Type: ${type}\r\n\r\n`;
}

/** What does not stand in any part, as nobody can guess it. */
export function makeBoundary(): string {
  const bytes = new Uint8Array(8);
  Chip.random(bytes, 0, bytes.length);
  return `lws-${Hex.toString(bytes)}`;
}
