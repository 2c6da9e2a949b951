/**
 * The head of an answer (RFC 9112 §4–6), read as it arrives. A server is as much a stranger as a client is: what two readers could read two
 * ways is refused.
 */
import type { ErrorCode } from "lws/core/errors";
import { ByteSet, Bytes, Field } from "lws/platform/bytes";

/** Headers that frame the body or belong to the connection, in the order of {@link Known}. */
const known = "connection content-length transfer-encoding upgrade";

const enum Known {
  connection = 1,
  contentLength,
  transferEncoding,
  upgrade,
}

/** Lengths of a body that no header states. */
export const enum BodyLength {
  chunked = -1,
  /** It ends where the connection does. */
  untilClose = -2,
}

export class AnswerHead {
  /** What has arrived: `length` bytes. */
  readonly store: Uint8Array;
  length = 0;
  /** Where the line begins that is read next; in the end, what follows the head. */
  at = 0;
  /** Where the first header line begins. */
  fields = 0;
  status = 0;
  /** HTTP/1.x: x. */
  minor = 1;
  reason = "";
  /** What Connection names, in lower case, each name between commas. */
  options = "";
  /** Value of Upgrade in lower case. */
  upgrade = "";
  /** Bytes of the body as the headers state it, or a {@link BodyLength}. */
  bodyLength: number = BodyLength.untilClose;

  constructor(bytes: number) {
    this.store = new Uint8Array(bytes);
  }

  /** Reads the lines that have arrived: "more" are to come, or the head is at its "end". */
  parse(): ErrorCode | "more" | "end" {
    if (this.fields === 0) {
      const state = this.readStatusLine();
      if (state) return state;
    }
    const { store, length } = this;
    for (;;) {
      const from = this.at;
      const line = Bytes.field(store, from, length, known);
      if (line < 0) return line === Field.malformed || length === store.length ? "BAD_ANSWER" : "more";
      this.at = (line >> 16) + 1;
      if (line & 15) {
        if (!this.readField(line & 15, from + ((line & 0xfff0) >> 4) + 1)) return "BAD_ANSWER";
      } else if (!(line & 0xfff0)) return "end";
    }
  }

  private readStatusLine(): ErrorCode | "more" | undefined {
    const { store, length } = this;
    const lf = Bytes.find(store, 0, length, "\n");
    if (lf < 0) {
      const isHttp = Bytes.equals(store, 0, Math.min(length, 7), "HTTP/1.".slice(0, length));
      return isHttp && length < store.length ? "more" : "BAD_ANSWER";
    }
    const line = Bytes.latin1(store, 0, lf);
    const parts = /^HTTP\/1\.(\d) ([1-5]\d\d)(?: ([\t -~\x80-\xff]*))?\r$/.exec(line);
    if (!parts) return "BAD_ANSWER";
    this.minor = Number(parts[1]);
    this.status = Number(parts[2]);
    // Its words mean nothing to a client; what could be misread is left out (RFC 9112 §4).
    const reason = parts[3] ?? "";
    this.reason = /^[ -~]*$/.test(reason) ? reason : "";
    this.at = this.fields = lf + 1;
    return undefined;
  }

  /** False for a header that leaves open where the body ends. */
  private readField(name: Known, from: number): boolean {
    const value = this.value(from).toLowerCase();
    switch (name) {
      case Known.connection:
        this.options += `,${value.replace(/[ \t]/g, "")},`;
        return true;
      case Known.upgrade:
        this.upgrade = value;
        return true;
      case Known.contentLength:
        if (this.bodyLength !== BodyLength.untilClose || !/^\d{1,15}$/.test(value)) return false;
        this.bodyLength = Number(value);
        return true;
      case Known.transferEncoding:
        // RFC 9112 §6.1: not in HTTP/1.0. No other coding was asked for.
        if (this.bodyLength !== BodyLength.untilClose || this.minor === 0 || value !== "chunked") return false;
        this.bodyLength = BodyLength.chunked;
        return true;
    }
  }

  /** True for an answer before the answer (RFC 9110 §15.2); {@link next} goes on behind it. */
  get isInterim(): boolean {
    return this.status < 200 && this.status !== 101;
  }

  /** Forgets the head that was read; what came behind it is the beginning of the next one. */
  next(): void {
    Bytes.copy(this.store, this.at, this.length, this.store, 0);
    this.length -= this.at;
    this.at = this.fields = this.status = 0;
    this.minor = 1;
    this.reason = this.options = this.upgrade = "";
    this.bodyLength = BodyLength.untilClose;
  }

  /** Value of the first header `name`, without white space around it; undefined where it is absent. */
  header(name: string): string | undefined {
    const at = Bytes.find(this.store, this.fields - 1, this.at, `\n${name}:`);
    return at < 0 ? undefined : this.value(at + name.length + 2);
  }

  /** Values of all headers `name`, in their order. */
  headers(name: string): string[] {
    const values: string[] = [];
    const line = `\n${name}:`;
    for (let at = this.fields - 1; ; at++) {
      at = Bytes.find(this.store, at, this.at, line);
      if (at < 0) return values;
      values.push(this.value(at + line.length));
    }
  }

  private value(from: number): string {
    const { store } = this;
    const start = Bytes.span(store, from, this.at, ByteSet.blank);
    return Bytes.latin1(store, start, Bytes.find(store, start, this.at, "\r")).trimEnd();
  }
}
