/**
 * Forms as bodies of requests: `multipart/form-data` (RFC 7578) and `application/x-www-form-urlencoded` (WHATWG URL §5.2). They are written as the server takes them, a piece at a
 * time, and as often as redirects and logins want it.
 */
import { LwsError } from "lws/core/errors";
import { ByteSet, type ByteSource, Bytes } from "lws/platform/bytes";
import { makeBoundary, partHead } from "./form-part";
import type { HttpExchange } from "./http-exchange";
import type { HttpBody } from "./http-request";

/** Content of any length that is made, or read, while it is sent. */
export interface FormSource {
  /** Its bytes; -1: as many as there will be. */
  readonly length: number;
  /** Puts what stands `at` bytes behind its beginning into `[from, to)`; returns how many bytes these are, and 0 at its end. */
  read(at: number, into: Uint8Array, from: number, to: number): number;
}

export interface FormField {
  readonly name: string;
  readonly value: string | ByteSource | FormSource;
  /** Multipart only: what a file is called, and the type of its content. */
  readonly filename?: string;
  readonly type?: string;
}

/** Room that a piece needs at least: an escape, or an end. */
const least = 64;

class BytesSource implements FormSource {
  readonly length: number;

  constructor(private readonly bytes: ByteSource) {
    this.length = bytes.byteLength;
  }
  read(at: number, into: Uint8Array, from: number, to: number): number {
    const end = Math.min(this.length, at + to - from);
    return Bytes.copy(this.bytes, at, end, into, from) - from;
  }
}

function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(Bytes.size(text));
  Bytes.put(text, bytes, 0);
  return bytes;
}

function sourceOf(value: FormField["value"]): FormSource {
  if (typeof value === "string") return new BytesSource(encode(value));
  return "read" in value ? value : new BytesSource(value);
}

/** Bytes of a value; -1 where that is not known. */
function lengthOf(value: FormField["value"]): number {
  if (typeof value === "string") return Bytes.size(value);
  return "read" in value ? value.length : value.byteLength;
}

export abstract class Form implements HttpBody {
  abstract readonly headers: string;
  abstract readonly length: number;
  /** The field that is written, how much of its content is, and where that comes from; undefined before it begins. */
  private field = 0;
  private at = 0;
  private source: FormSource | undefined = undefined;

  constructor(protected readonly fields: readonly FormField[]) {}

  /** @internal */
  begin(): void {
    this.field = this.at = 0;
    this.source = undefined;
  }

  /** @internal Writes a piece: the head of a field, or a part of its content, or what ends it. */
  onWriteable(exchange: HttpExchange): void {
    const { room } = exchange;
    const { length } = this.fields;
    let to = 0;
    // Small fields share a piece.
    while (this.field <= length && room.length - to > least) {
      const end = this.put(room, to);
      if (end < 0) break;
      to = end;
    }
    const isLast = this.field > length;
    exchange.write(room, 0, to, isLast);
    if (!isLast) exchange.callbackOnWritable();
  }

  /** Puts one thing at `from`; returns the index behind it, or -1 where there is no room for it. */
  private put(into: Uint8Array, from: number): number {
    const field = this.fields[this.field];
    if (!field) {
      this.field++;
      return Bytes.put(this.tail, into, from);
    }
    if (!this.source) {
      const end = Bytes.put(this.head(field, this.field), into, from);
      if (end >= 0) this.source = sourceOf(field.value);
      else if (from === 0) throw new LwsError("BAD_OPTION", "the name of a form field is too long");
      return end;
    }
    const end = this.content(this.source, into, from);
    if (end > from) return end;
    if (this.source.length >= 0 && this.at !== this.source.length) throw new LwsError("BAD_FRAMING", field.name);
    this.field++;
    this.at = 0;
    this.source = undefined;
    return Bytes.put(this.foot, into, from);
  }

  private content(source: FormSource, into: Uint8Array, from: number): number {
    const count = source.read(this.at, into, from, from + this.share(into.length - from));
    this.at += count;
    return this.encode(into, from, from + count);
  }

  /** Bytes of content that fit `room` once they are encoded. */
  protected abstract share(room: number): number;
  /** Encodes `[from, to)` in place; returns the index behind it. */
  protected abstract encode(into: Uint8Array, from: number, to: number): number;
  protected abstract head(field: FormField, at: number): string;
  protected abstract readonly foot: string;
  protected abstract readonly tail: string;
}

export class MultipartForm extends Form {
  readonly headers: string;
  readonly length: number;
  protected readonly foot = "\r\n";
  protected readonly tail: string;
  private readonly boundary = makeBoundary();

  /** Throws BAD_OPTION. */
  constructor(fields: readonly FormField[]) {
    super(fields);
    this.headers = `Content-Type: multipart/form-data; boundary=${this.boundary}\r\n`;
    this.tail = `--${this.boundary}--\r\n`;
    let length = this.tail.length;
    for (const field of fields) {
      if (/[^\t -~]/.test(field.type ?? "")) throw new LwsError("BAD_OPTION", "the type of a form field");
      const content = lengthOf(field.value);
      if (content < 0 || length < 0) length = -1;
      else length += Bytes.size(this.head(field)) + content + this.foot.length;
    }
    this.length = length;
  }

  protected override head({ name, filename, type }: FormField): string {
    return partHead(this.boundary, name, filename, type);
  }
  protected override share(room: number): number {
    return room;
  }
  protected override encode(_into: Uint8Array, _from: number, to: number): number {
    return to;
  }
}

const hex = "0123456789ABCDEF";

/** Bytes of `[from, to)` in a form. */
function encodedSize(source: ByteSource, from: number, to: number): number {
  let size = 0;
  for (let at = from; at < to; at++) {
    const end = Bytes.span(source, at, to, ByteSet.host);
    size += end - at;
    at = end;
    if (at < to) size += Bytes.find(source, at, at + 1, " ") < 0 ? 3 : 1;
  }
  return size;
}

function escaped(text: string): string {
  const bytes = new Uint8Array(3 * Bytes.size(text));
  return Bytes.latin1(bytes, 0, encodeInPlace(bytes, 0, Bytes.put(text, bytes, 0)));
}

/** Encodes `[from, to)`, behind which there is room for twice as much again. Returns the index behind it. */
function encodeInPlace(into: Uint8Array, from: number, to: number): number {
  const end = from + 3 * (to - from);
  // From the back of the room, so that what is written does not reach what is still to be read.
  let at = end - (to - from);
  Bytes.copy(into, from, to, into, at);
  let out = from;
  while (at < end) {
    const plain = Bytes.span(into, at, end, ByteSet.host);
    out = Bytes.copy(into, at, plain, into, out);
    at = plain;
    if (at === end) break;
    const byte = into[at++] as number;
    if (byte === 0x20) into[out++] = 0x2b;
    else {
      into[out++] = 0x25;
      into[out++] = hex.charCodeAt(byte >> 4);
      into[out++] = hex.charCodeAt(byte & 15);
    }
  }
  return out;
}

export class UrlencodedForm extends Form {
  readonly headers = "Content-Type: application/x-www-form-urlencoded\r\n";
  readonly length: number;
  protected readonly foot = "";
  protected readonly tail = "";

  constructor(fields: readonly FormField[]) {
    super(fields);
    let length = 0;
    fields.forEach((field, at) => {
      const { value } = field;
      if (length >= 0) length += this.head(field, at).length;
      if (typeof value !== "string" && "read" in value) length = -1;
      else if (length >= 0) {
        const bytes = typeof value === "string" ? encode(value) : value;
        length += encodedSize(bytes, 0, bytes.byteLength);
      }
    });
    this.length = length;
  }

  protected override head({ name }: FormField, at: number): string {
    return `${at === 0 ? "" : "&"}${escaped(name)}=`;
  }
  protected override share(room: number): number {
    return Math.floor(room / 3);
  }
  protected override encode(into: Uint8Array, from: number, to: number): number {
    return encodeInPlace(into, from, to);
  }
}
