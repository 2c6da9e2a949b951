/**
 * multipart/form-data as it streams in (RFC 7578, RFC 2046 §5.1): any chunk boundary, parts of any size, constant memory. A part's data
 * is handed on as it arrives; what looks like a delimiter and is none is handed on too.
 */
import { LwsError } from "lws/core/errors";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { Delimited } from "./delimited";

/** Where the parts go. What a handler throws ends the parse. */
export interface PartHandler {
  /** A part begins. `filename` is what the client calls the file, without any folder; undefined for a plain field. */
  onPart(name: string, filename: string | undefined): void;
  onPartData(source: ByteSource, from: number, to: number): void;
  onPartEnd(): void;
}

const enum At {
  /** Before the first delimiter. */
  preamble,
  /** Behind a delimiter: CRLF begins a part, two dashes end the body. */
  delimiterEnd,
  header,
  data,
  epilogue,
}

/** Longest header line of a part, and most header lines. */
const lineLimit = 512;
const linesLimit = 8;

export class Multipart extends Delimited {
  readonly #handler: PartHandler;
  #at = At.preamble;
  /** The unfinished header line, or what stands behind a delimiter. */
  readonly #line = new Uint8Array(lineLimit);
  #lineLength = 0;
  #lines = 0;
  #name: string | undefined;
  #filename: string | undefined;

  /** `contentType` is the request's Content-Type. Throws MEDIA_TYPE if it is not multipart/form-data with a boundary. */
  constructor(contentType: string | undefined, handler: PartHandler) {
    const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s";]{1,70}))/i.exec(
      contentType ?? "",
    );
    if (!match) throw new LwsError("MEDIA_TYPE");
    super((match[1] ?? match[2]) as string);
    this.#handler = handler;
  }

  write(buffer: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to && this.#at !== At.epilogue) {
      if (this.#at === At.preamble || this.#at === At.data) at = this.scan(buffer, at, to);
      else at = this.#text(buffer, at, to);
    }
  }

  /** The request body is over. Throws BAD_REQUEST if the closing delimiter is missing. */
  end(): void {
    if (this.#at !== At.epilogue) throw new LwsError("BAD_REQUEST", "the form is incomplete");
  }

  protected override emit(source: ByteSource, from: number, to: number): void {
    if (this.#at === At.data && to > from) this.#handler.onPartData(source, from, to);
  }

  protected override delimited(): void {
    if (this.#at === At.data) this.#handler.onPartEnd();
    this.#at = At.delimiterEnd;
    this.#lineLength = 0;
  }

  /** Gathers a line: the rest of a delimiter's, or a header of a part. */
  #text(buffer: Uint8Array, from: number, to: number): number {
    if (this.#at === At.delimiterEnd && this.#isEpilogue(buffer, from, to)) {
      this.#at = At.epilogue;
      return to;
    }
    const lf = Bytes.find(buffer, from, to, "\n");
    const end = lf < 0 ? to : lf + 1;
    if (this.#lineLength + end - from > lineLimit) throw new LwsError("HEADERS_TOO_LARGE");
    Bytes.copy(buffer, from, end, this.#line, this.#lineLength);
    this.#lineLength += end - from;
    const line = this.#line;
    if (lf < 0) return end;
    const length = this.#lineLength - 2;
    this.#lineLength = 0;
    if (length < 0 || line[length] !== 13) throw new LwsError("BAD_REQUEST", "a line of the form");
    if (this.#at === At.delimiterEnd) {
      if (Bytes.latin1(line, 0, length).trim() !== "") throw new LwsError("BAD_REQUEST", "a delimiter of the form");
      this.#at = At.header;
      this.#lines = 0;
      this.#name = this.#filename = undefined;
    } else if (length > 0) this.#header(Bytes.text(line, 0, length));
    else {
      if (this.#name === undefined) throw new LwsError("BAD_REQUEST", "a part of the form has no name");
      this.#at = At.data;
      this.#handler.onPart(this.#name, this.#filename);
    }
    return end;
  }

  /** Two dashes behind a delimiter, perhaps one in each of two pieces. */
  #isEpilogue(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.#lineLength === 1) return this.#line[0] === 0x2d && buffer[from] === 0x2d;
    return this.#lineLength === 0 && to - from > 1 && buffer[from] === 0x2d && buffer[from + 1] === 0x2d;
  }

  #header(line: string | undefined): void {
    if (line === undefined || ++this.#lines > linesLimit) throw new LwsError("BAD_REQUEST", "a header of the form");
    if (!/^content-disposition\s*:\s*form-data\s*;/i.test(line)) return;
    this.#name = parameter(line, "name");
    const filename = parameter(line, "filename");
    this.#filename =
      filename === undefined
        ? undefined
        : filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
  }
}

/**
 * RFC 7578 §4.2: a quoted parameter, where browsers write quotes, CR and LF as %22, %0D and %0A. All parameters are gone through, since
 * the value of one may look like another.
 */
function parameter(line: string, name: string): string | undefined {
  const pattern = /;\s*([^\s=;"]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g;
  let match = pattern.exec(line);
  while (match && (match[1] as string).toLowerCase() !== name) match = pattern.exec(line);
  if (!match) return undefined;
  const value = match[2] ?? match[3] ?? "";
  return value
    .replace(/\\(["\\])/g, "$1")
    .replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
