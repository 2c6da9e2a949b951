/**
 * A form, whichever way it is encoded: text values that the caller wants are kept up to a limit, files are handed on as they stream in,
 * everything else is thrown away (lws: SPA parser).
 */
import { LwsError } from "lws/core/errors";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { Multipart, type PartHandler } from "./multipart";
import { Urlencoded } from "./urlencoded";

/** Where files go. What a handler throws ends the parse. */
export interface FileHandler {
  /** A file of the field `name` begins. `filename` is what the client calls it, without any folder: never trust it. */
  onFile(name: string, filename: string): void;
  onFileData(source: ByteSource, from: number, to: number): void;
  /** Comes once for each onFile; `complete` is false where the form broke off. */
  onFileEnd(complete: boolean): void;
}

export interface FormOptions {
  /** The request's Content-Type. */
  contentType: string | undefined;
  /** Names of the text values that are kept. */
  names: readonly string[];
  /** Bytes that those values may have together. Default 1024. */
  limit?: number;
  /** Takes the files; without it they are thrown away. */
  files?: FileHandler;
}

/** Longest name of a field, and of a file, in characters. */
const nameLimit = 31;
const filenameLimit = 255;

/** Where a part goes. */
const enum Target {
  nowhere,
  value,
  file,
}

export class Form implements PartHandler {
  private parser: Multipart | Urlencoded;
  private names: readonly string[];
  private files: FileHandler | undefined;
  private limit: number;
  private store: ArrayBuffer | undefined;
  private stored = 0;
  /** Where in the store each value begins, and where it ends. */
  private starts: number[] = [];
  private ends: number[] = [];
  private target = Target.nowhere;
  /** Which value the present part is. */
  private index = 0;

  /** Throws MEDIA_TYPE where `contentType` is neither kind of form. */
  constructor(options: FormOptions) {
    const type = options.contentType;
    if (type !== undefined && /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
      this.parser = new Urlencoded(this);
    } else this.parser = new Multipart(type, this);
    this.names = options.names;
    this.files = options.files;
    this.limit = options.limit ?? 1024;
  }

  /**
   * Takes a piece of the body, whose bytes may be changed. Throws BAD_REQUEST where the form is malformed, BODY_TOO_LARGE where its
   * values are larger than the limit.
   */
  write(buffer: Uint8Array, from: number, to: number): void {
    this.parser.write(buffer, from, to);
  }

  /** The request body is over. Throws BAD_REQUEST where the form is not complete, or a value is no UTF-8. */
  end(): void {
    this.parser.end();
    for (let i = 0; i < this.names.length; i++) {
      const from = this.starts[i];
      if (from !== undefined && Bytes.text(this.store as ArrayBuffer, from, this.ends[i] as number) === undefined) {
        throw new LwsError("BAD_REQUEST", "a value of the form is no text");
      }
    }
  }

  /** Nothing more comes: ends a file that is not complete. Idempotent. */
  close(): void {
    const isOpen = this.target === Target.file;
    this.target = Target.nowhere;
    if (isOpen) this.files?.onFileEnd(false);
  }

  /** The value that the form has for `name`, the first where it has several; undefined where it has none or an empty one. */
  value(name: string): string | undefined {
    const index = this.names.indexOf(name);
    const from = this.starts[index];
    return from === undefined ? undefined : Bytes.text(this.store as ArrayBuffer, from, this.ends[index] as number);
  }

  /** Bytes of {@link Form.value}. */
  size(name: string): number {
    const index = this.names.indexOf(name);
    return (this.ends[index] ?? 0) - (this.starts[index] ?? 0);
  }

  /** @internal */
  onPart(name: string, filename: string | undefined): void {
    if (name.length > nameLimit) throw new LwsError("BAD_REQUEST", "a name of the form is too long");
    if (filename === undefined) {
      this.index = this.names.indexOf(name);
      this.target = this.index >= 0 && this.starts[this.index] === undefined ? Target.value : Target.nowhere;
      return;
    }
    if (filename.length > filenameLimit) throw new LwsError("BAD_REQUEST", "a file's name is too long");
    // A browser sends a nameless, empty file where none was chosen.
    if (filename === "" || !this.files) return;
    this.target = Target.file;
    this.files.onFile(name, filename);
  }

  /** @internal */
  onPartData(source: ByteSource, from: number, to: number): void {
    if (this.target === Target.file) this.files?.onFileData(source, from, to);
    else if (this.target === Target.value) this.keep(source, from, to);
  }

  /** @internal */
  onPartEnd(): void {
    const isFile = this.target === Target.file;
    this.target = Target.nowhere;
    if (isFile) this.files?.onFileEnd(true);
  }

  private keep(source: ByteSource, from: number, to: number): void {
    const { stored } = this;
    const end = stored + to - from;
    if (end > this.limit) throw new LwsError("BODY_TOO_LARGE", "the text of the form");
    let { store } = this;
    if (!store || store.byteLength < end) {
      const grown = new ArrayBuffer(Math.min(this.limit, Math.max(end, 2 * stored, 64)));
      if (store) Bytes.copy(store, 0, stored, grown, 0);
      this.store = store = grown;
    }
    Bytes.copy(source, from, to, store, stored);
    this.starts[this.index] ??= stored;
    this.ends[this.index] = this.stored = end;
  }
}
