/**
 * Files in flash, put into the image as resources when it was built: as they are, compressed as `NAME.gz`, or both. One that is there in compressed form alone is inflated
 * piece by piece for clients that want it otherwise.
 */
import Resource from "Resource";
import { type File, type FileSystem, GzipFrame } from "./file";
import { Inflaters } from "./inflaters";

export class ResourceFiles implements FileSystem {
  private readonly inflaters = new Inflaters();

  /** `version` tells one build from another, `modified` is its time in seconds since 1970, 0 where that is not known. */
  constructor(
    readonly version: string,
    readonly modified = 0,
  ) {}

  open(path: string, gzip: boolean): File | undefined {
    const twin = `${path}.gz`;
    const isPlain = Resource.exists(path);
    if (isPlain && !(gzip && Resource.exists(twin))) {
      const source = new Resource(path);
      return { source, encoding: undefined, mark: "", length: source.byteLength };
    }
    if (!isPlain && !Resource.exists(twin)) return undefined;
    const source = new Resource(twin);
    if (gzip) return { source, encoding: "gzip", mark: "-gz", length: source.byteLength };
    return this.inflated(source);
  }

  /** What `source` was before it was compressed, with a gzip header without options (RFC 1952 §2.3). */
  private inflated(source: Resource): File {
    const from = GzipFrame.head;
    const to = source.byteLength - GzipFrame.tail;
    const length = new DataView(source.slice(to + 4)).getUint32(0, true);
    const reader = () => this.inflaters.begin(source, from, to, length);
    return { source, encoding: undefined, mark: "", length, member: { from, to, reader } };
  }
}
