/**
 * Files inside zip archives, which are files of another file system: a path component that ends in `.zip` is entered. Nothing is unpacked
 * ahead: the member is looked up in the archive's directory for each request, a deflated one goes to clients that take gzip as it lies
 * there, with a gzip frame around it, and is inflated piece by piece for others.
 */
import type { File, FileFault, FileSystem } from "./file";
import { mostBits } from "./gzip";
import { Inflaters } from "./inflaters";
import { findEntry, gzipFrame, Method } from "./zip-directory";

export interface ZipOptions {
  /** Members that are inflated at the same time, at 34 kB of native memory each; a client beyond is told to come again. */
  inflaters?: number;
}

export class ZipFiles implements FileSystem {
  readonly version: string;
  readonly modified: number;
  private readonly files: FileSystem;
  private readonly inflaters: Inflaters;

  /** `files` holds the archives, and everything else that is served beside them. */
  constructor(files: FileSystem, options: ZipOptions = {}) {
    this.files = files;
    this.version = files.version;
    this.modified = files.modified;
    this.inflaters = new Inflaters(options.inflaters);
  }

  open(path: string, gzip: boolean): File | FileFault | undefined {
    const dot = path.indexOf(".zip/");
    if (dot < 0) return this.files.open(path, gzip);
    const archive = this.files.open(path.slice(0, dot + 4), false);
    if (archive === undefined || typeof archive === "string") return archive;
    if (archive.member) return "ARCHIVE_METHOD";
    const { source } = archive;
    const entry = findEntry(source, path.slice(dot + 5));
    if (entry === undefined || typeof entry === "string") return entry;
    const { from, to, length } = entry;
    const mark = `-${entry.crc.toString(16)}`;
    if (entry.method === Method.stored) return { source, encoding: undefined, mark, length, member: { from, to } };
    if (gzip) {
      const frame = gzipFrame(entry);
      const framed = to - from + frame.length;
      return { source, encoding: "gzip", mark: `${mark}-gz`, length: framed, member: { from, to, frame } };
    }
    const reader = () => this.inflaters.begin(source, { from, to, length, bits: mostBits });
    return { source, encoding: undefined, mark, length, member: { from, to, reader } };
  }
}
