/**
 * An answer of several parts (RFC 2046 §5.1), where the policy wants each of them as a message: an empty piece with `Part.relatedStart` first, then each part with its headers, as it
 * came, from `Part.som` to `Part.eom`; with the last one comes `Part.relatedEnd`.
 */
import { log } from "lws/core/log";
import { Delimited } from "lws/http/delimited";
import type { Link } from "./adapter";
import { Part } from "./handlers";
import type { Stream } from "./stream";

/** Takes an answer's body apart. */
export interface PartsReader {
  /** A piece of the body. False when the stream is over. */
  write(buffer: Uint8Array, from: number, to: number): boolean;
  /** Whether it was complete. */
  readonly isComplete: boolean;
}

/** Who makes those; an image that wants answers to be taken apart names {@link AnswerParts}. */
export interface PartsMaker {
  /** For an answer of this Content-Type; undefined where it has no parts. */
  of(contentType: string, stream: Stream, link: Link): PartsReader | undefined;
}

const enum At {
  preamble,
  /** Behind a delimiter: CRLF begins a part, two dashes end the body. */
  delimiterEnd,
  /** One dash was there. */
  dash,
  part,
  /** Nothing of what follows means anything. */
  epilogue,
  /** What came is no body of parts. */
  broken,
}

const enum Char {
  tab = 9,
  lf = 10,
  cr = 13,
  space = 32,
  dash = 45,
}

export class AnswerParts extends Delimited implements PartsReader {
  private at = At.preamble;
  /** Bits of {@link Part} that the next piece has. */
  private flags = 0;
  /** A part has begun, and its end was not told. */
  private isOpen = false;
  private isHeard = true;

  constructor(
    boundary: string,
    private readonly stream: Stream,
    private readonly link: Link,
  ) {
    super(boundary);
  }

  static of(contentType: string, stream: Stream, link: Link): PartsReader | undefined {
    if (!/^multipart\//i.test(contentType)) return undefined;
    const match = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)/i.exec(contentType);
    const parts = new AnswerParts(match?.[1] ?? match?.[2] ?? "", stream, link);
    if (!match) parts.fail();
    return parts;
  }

  get isComplete(): boolean {
    return this.at === At.epilogue;
  }

  write(buffer: Uint8Array, from: number, to: number): boolean {
    let at = from;
    while (at < to && this.isHeard && this.at < At.epilogue) {
      if (this.at === At.preamble || this.at === At.part) at = this.scan(buffer, at, to);
      else this.next(buffer[at++] as number);
    }
    return this.isHeard;
  }

  protected override emit(source: Uint8Array, from: number, to: number): void {
    if (this.at === At.part && to > from) this.tell(source, from, to, 0);
  }

  protected override delimited(): void {
    this.isOpen = this.at === At.part;
    if (this.at === At.preamble) this.tell(this.stream.payload.bytes, 0, 0, Part.relatedStart);
    this.at = At.delimiterEnd;
  }

  /** What stands behind a delimiter: whether the part before was the last is known only now. */
  private next(byte: number): void {
    if (this.at === At.dash) {
      if (byte !== Char.dash) this.fail();
      else this.finish(Part.relatedEnd, At.epilogue);
    } else if (byte === Char.lf) this.finish(0, At.part);
    else if (byte === Char.dash) this.at = At.dash;
    else if (byte !== Char.cr && byte !== Char.space && byte !== Char.tab) this.fail();
  }

  private finish(flags: number, next: At): void {
    if (this.isOpen) this.tell(this.stream.payload.bytes, 0, 0, Part.eom | flags);
    else if (flags !== 0) this.tell(this.stream.payload.bytes, 0, 0, flags);
    this.isOpen = false;
    this.at = next;
    this.flags = next === At.part ? Part.som : 0;
  }

  private tell(source: Uint8Array, from: number, to: number, flags: number): void {
    const all = flags | this.flags;
    this.flags = 0;
    if (this.isHeard) this.isHeard = this.stream.receive(this.link, source, from, to, all);
  }

  private fail(): void {
    log.warn(`stream ${this.stream.type.name}`, "the answer's parts are malformed");
    this.at = At.broken;
  }
}
