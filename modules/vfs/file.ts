/** Where served files come from. */
export interface File {
  /** The bytes; they stay where they are. */
  readonly source: ArrayBuffer | Uint8Array | HostBuffer;
  /** Set where the bytes are already compressed. */
  readonly encoding: "gzip" | undefined;
}

export interface FileSystem {
  /** The file at `path` (no leading slash), compressed if `gzip` is true and there is such a form; undefined where there is none. */
  open(path: string, gzip: boolean): File | undefined;
  /** Changes whenever any file may have changed: the heart of every ETag. */
  readonly version: string;
}
