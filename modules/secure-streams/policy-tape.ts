/**
 * JSON as a row of bytes that can be walked: what a policy that is read at run time is kept as. Each value is a record: its kind, and for all that has a length two bytes of
 * that, most significant first, and so many bytes. A list holds its values, an object a key and a value by turns, all in the order of the text. A record is named by its offset.
 */
import { type ErrorCode, LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";

/** Kinds of records. Those from {@link Kind.yes} on have no length. */
export const enum Kind {
  object,
  list,
  key,
  text,
  number,
  /** A certificate or a key, decoded. */
  der,
  yes,
  no,
  none,
}

/** Bytes in front of those that a record holds. */
const head = 3;
/** Most characters of a path. */
const pathLimit = 200;

export class PolicyTape {
  bytes: Uint8Array;
  length = 0;

  /** Most bytes that it may become, up to 65535. They are taken at once: to grow would take twice as many in the end. */
  constructor(limit: number) {
    this.bytes = new Uint8Array(limit);
  }

  // --- writing ---------------------------------------------------------------------------------------------------------------

  /** Begins a record. Returns where it is. */
  begin(kind: Kind): number {
    this.need(head);
    const at = this.length;
    this.bytes[at] = kind;
    this.length = kind < Kind.yes ? at + head : at + 1;
    return at;
  }

  /** All that was put since a record began is in it. */
  close(at: number): void {
    this.setSize(at, this.length - at - head);
  }

  put(byte: number): void {
    this.need(1);
    this.bytes[this.length++] = byte;
  }

  append(source: Uint8Array, from: number, to: number): void {
    this.need(to - from);
    this.length = Bytes.copy(source, from, to, this.bytes, this.length);
  }

  private need(count: number): void {
    if (this.length + count > this.bytes.length) throw new LwsError("POLICY_TOO_LARGE");
  }

  /** Gives back what is not used. */
  trim(): void {
    this.bytes = this.bytes.slice(0, this.length);
  }

  /** Of the record at `at`, which holds bytes, only the first `size` are left, as a record of the kind `kind`. */
  shorten(at: number, size: number, kind: Kind): void {
    const { bytes, length } = this;
    const less = this.size(at) - size;
    for (let outer = 0; outer !== at; outer = this.child(outer, at)) this.setSize(outer, this.size(outer) - less);
    Bytes.copy(bytes, at + head + size + less, length, bytes, at + head + size);
    this.length -= less;
    bytes[at] = kind;
    this.setSize(at, size);
  }

  private setSize(at: number, size: number): void {
    this.bytes[at + 1] = size >> 8;
    this.bytes[at + 2] = size;
  }

  // --- walking ---------------------------------------------------------------------------------------------------------------

  kind(at: number): Kind {
    return this.bytes[at] as Kind;
  }

  private size(at: number): number {
    return ((this.bytes[at + 1] as number) << 8) | (this.bytes[at + 2] as number);
  }

  /** The first of what a record holds. */
  first(at: number): number {
    return at + head;
  }

  /** What is behind a record. */
  end(at: number): number {
    const { bytes } = this;
    if ((bytes[at] as number) >= Kind.yes) return at + 1;
    return at + head + (((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number));
  }

  /** The value of the member `name` of an object; 0 if it is not there. */
  member(object: number, name: string): number {
    const end = this.end(object);
    for (let key = object + head; key < end; ) {
      const value = this.end(key);
      if (Bytes.equals(this.bytes, key + head, value, name) && this.text(key) === name) return value;
      key = this.end(value);
    }
    return 0;
  }

  /** Whether a key or a text is `text`. Names that differ in case only are told apart by a second look. */
  holds(at: number, text: string): boolean {
    return Bytes.equals(this.bytes, at + head, this.end(at), text) && this.text(at) === text;
  }

  /** Whether two records hold the same bytes. */
  isSame(one: number, other: number): boolean {
    const { bytes } = this;
    const end = this.end(one);
    // Their sizes, most of them in one byte, are compared as well.
    for (let i = one + head - 1, j = other + head - 1; i < end; i++, j++) if (bytes[i] !== bytes[j]) return false;
    return this.size(one) === this.size(other);
  }

  /** What a key, a text or a number holds; undefined where there is a NUL in it. */
  text(at: number): string | undefined {
    return Bytes.text(this.bytes, at + head, this.end(at));
  }

  /** Bytes of a text. */
  view(at: number): Uint8Array {
    return this.bytes.subarray(at + head, this.end(at));
  }

  // --- saying where ----------------------------------------------------------------------------------------------------------

  /** What of an object or list has the record at `at` in it, or is it. */
  private child(outer: number, at: number): number {
    let each = outer + head;
    while (this.end(each) <= at) each = this.end(each);
    return each;
  }

  /** Where the record at `at` is in the text, as `s[2].telemetry.port`; "" for the whole. A key is where its value is. */
  path(at: number): string {
    let path = "";
    for (let outer = 0; outer !== at && this.kind(outer) <= Kind.list; ) {
      const isList = this.kind(outer) === Kind.list;
      let count = 0;
      let key = 0;
      let each = outer + head;
      for (; this.end(each) <= at; each = this.end(each)) {
        count++;
        key = each;
      }
      if (isList) path += `[${count}]`;
      else path = withKey(path, this.nameOf(count % 2 === 0 ? each : key));
      outer = each;
    }
    return path.slice(0, pathLimit);
  }

  private nameOf(key: number): string {
    const from = key + head;
    const end = this.end(key);
    // A key may be as long as the text: neither is it copied as a whole, nor given to the engine's regular expressions, which take memory for each character.
    const text = end - from > pathLimit ? undefined : this.text(key);
    return text ?? Bytes.latin1(this.bytes, from, Math.min(end, from + pathLimit));
  }

  /** Throws an error of the catalogue that names the path. */
  refuse(at: number, code: ErrorCode): never {
    const path = this.path(at);
    throw new LwsError(code, path === "" ? undefined : path);
  }
}

function withKey(path: string, key: string): string {
  if (!/^[\w$-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
