/**
 * Files with `$names` in them (lws: interpret). A name has at most 31 letters, digits and underscores; the protocol of the file's suffix says
 * what stands in its place, and the value is escaped for HTML. A name that it does not know stays as it is.
 */
import type { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import type { File, Reader } from "lws/vfs/file";
import { escapeHTML, replyError } from "./errors";
import type { Parts, Transaction } from "./transaction";
import { beginParts, transaction } from "./transaction";

/** Characters of a name. */
const nameLimit = 31;
/** Bytes of the file that are looked at in one go, and at most sent in one piece. */
const inputLength = 256;
const outputLength = 1024;

function isNameByte(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f;
}

/** The protocol for the file `name`; undefined where it goes out as it is. */
export function interpreterOf(interpret: readonly (string | Protocol)[], name: string): Protocol | undefined {
  const end = name.toLowerCase();
  for (let i = 0; i < interpret.length; i += 2) {
    if (end.endsWith(interpret[i] as string)) return interpret[i + 1] as Protocol;
  }
  return undefined;
}

/** Bytes that can be read as they lie. */
class SourceReader implements Reader {
  private readonly source: ByteSource;
  private at: number;
  private readonly end: number;

  constructor(file: File) {
    this.source = file.source;
    this.at = file.member ? file.member.from : 0;
    this.end = this.at + file.length;
  }
  read(into: Uint8Array, from: number, to: number): number {
    const start = this.at;
    this.at = Math.min(this.end, start + to - from);
    Bytes.copy(this.source, start, this.at, into, from);
    return this.at - start;
  }
  close(): void {}
}

/** Answers with `file`, its names replaced by what `protocol` says. */
export function interpret(wsi: Wsi, protocol: Protocol, type: string, file: File): void {
  const make = file.member?.reader;
  const reader = make ? make() : new SourceReader(file);
  if (!reader) {
    replyError(wsi, "OVERLOADED", false, "Retry-After: 2\r\n");
    return;
  }
  beginParts(wsi, 200, type, -1, "Cache-Control: no-store\r\n", new Interpreter(wsi, protocol, reader));
  wsi.pss = protocol.open(wsi);
  transaction(wsi).protocol = wsi.protocol = protocol;
}

class Interpreter implements Parts {
  private readonly wsi: Wsi;
  private readonly protocol: Protocol;
  private readonly reader: Reader;
  private readonly input = new Uint8Array(inputLength);
  private at = 0;
  private end = 0;
  /** A `$` and what of a name has come behind it, perhaps in an earlier piece; "" outside of a name. */
  private name = "";
  /** Bytes of a value or a name that have still to go out. */
  private pending: Uint8Array | undefined = undefined;
  private pendingAt = 0;

  constructor(wsi: Wsi, protocol: Protocol, reader: Reader) {
    this.wsi = wsi;
    this.protocol = protocol;
    this.reader = reader;
  }

  /** The piece is built in the context's buffer: what the socket does not take of it is copied by whoever sends it. */
  next(http: Transaction): boolean {
    const output = this.wsi.vhost.context.buffer;
    const limit = Math.min(outputLength, output.length);
    let to = 0;
    while (to < limit) {
      if (this.pending) to = this.putPending(this.pending, output, to, limit);
      else if (this.at === this.end && !this.fill()) {
        if (this.name === "") break;
        this.endName();
      } else if (this.name === "") to = this.putText(output, to, limit);
      else this.readName();
    }
    http.setPiece(output, 0, to);
    return to > 0;
  }

  private fill(): boolean {
    this.at = 0;
    this.end = this.reader.read(this.input, 0, inputLength);
    return this.end > 0;
  }

  private putPending(pending: Uint8Array, output: Uint8Array, at: number, limit: number): number {
    const from = this.pendingAt;
    const to = Math.min(pending.length, from + limit - at);
    this.pendingAt = to;
    if (to === pending.length) this.pending = undefined;
    return Bytes.copy(pending, from, to, output, at);
  }

  /** Text goes out in place of the name that was read. */
  private put(text: string): void {
    this.name = "";
    this.pending = new Uint8Array(Bytes.size(text));
    this.pendingAt = 0;
    Bytes.put(text, this.pending, 0);
  }

  /** What stands before the next `$`. */
  private putText(output: Uint8Array, at: number, limit: number): number {
    const from = this.at;
    const end = Math.min(this.end, from + limit - at);
    const dollar = Bytes.find(this.input, from, end, "$");
    const to = dollar < 0 ? end : dollar;
    this.at = to;
    if (dollar >= 0) {
      this.at++;
      this.name = "$";
    }
    return Bytes.copy(this.input, from, to, output, at);
  }

  private readName(): void {
    const { input, at } = this;
    let to = at;
    while (to < this.end && isNameByte(input[to] as number)) to++;
    if (this.name.length + to - at > nameLimit + 1) {
      // No name is as long as this: none of it is one.
      const rest = Math.max(nameLimit + 1 - this.name.length, 0);
      this.at = at + rest;
      this.put(this.name + Bytes.latin1(input, at, this.at));
      return;
    }
    this.name += Bytes.latin1(input, at, to);
    this.at = to;
    if (to < this.end) this.endName();
  }

  /** The name is complete. */
  private endName(): void {
    const value = this.name === "$" ? undefined : this.protocol.onVariable(this.wsi, this.name.slice(1));
    this.put(value === undefined ? this.name : escapeHTML(value));
  }

  close(): void {
    this.reader.close();
  }
}
