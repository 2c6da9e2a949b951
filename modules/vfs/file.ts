/** Where served files come from. */
import type { ByteSource } from "lws/platform/bytes";

/** Bytes of a gzip header without any option (RFC 1952 §2.3), and of the CRC-32 and length that follow the data. */
export const enum GzipFrame {
  head = 10,
  tail = 8,
}

/** One form of a file: its bytes lie in `source` and stay there. */
export interface File {
  readonly source: ByteSource;
  /** Set where the bytes are already compressed. */
  readonly encoding: "gzip" | undefined;
  /** Tells this form, and this content where the file system's version does not, from others: part of the ETag. */
  readonly mark: string;
  /** Bytes of the whole form, as a client gets it. */
  readonly length: number;
  /** Where the file is not simply all of `source`. */
  readonly member?: Member;
}

/** A file inside a file. */
export interface Member {
  /** Its bytes are `[from, to)` of the source. */
  readonly from: number;
  readonly to: number;
  /** A gzip header and trailer to put around the bytes. */
  readonly frame?: Uint8Array | undefined;
  /** Set where the content is made out of the bytes: begins to, or returns undefined where too much of that goes on already. */
  readonly reader?: (() => Reader | undefined) | undefined;
}

/** Content that is made while it is read. */
export interface Reader {
  /** Fills the range as far as there is content and returns how many bytes that is: 0 at the end. Throws if the content is damaged. */
  read(into: Uint8Array, from: number, to: number): number;
  /** Gives everything back. Idempotent. */
  close(): void;
}

/** Why a file that is there can't be given out. */
export type FileFault = "ARCHIVE_DAMAGED" | "ARCHIVE_METHOD";

export interface FileSystem {
  /** The file at `path` (no leading slash), compressed if `gzip` is true and there is such a form; undefined where there is none. */
  open(path: string, gzip: boolean): File | FileFault | undefined;
  /** Changes whenever any file may have changed: the heart of every ETag. */
  readonly version: string;
  /** When the files were last changed, in seconds since 1970; 0: not known. */
  readonly modified: number;
}
