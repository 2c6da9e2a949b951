/**
 * Files in flash, put into the image as resources when it was built: as they are, compressed as `NAME.gz`, or both. One that is there in compressed form alone is inflated
 * piece by piece for clients that want it otherwise.
 */
import Resource from "Resource";
import type { File, FileFault, FileSystem } from "./file";
import { readGzip } from "./gzip";
import { Inflaters } from "./inflaters";

export class ResourceFiles implements FileSystem {
  private inflaters: Inflaters | undefined = undefined;

  /** `version` tells one build from another, `modified` is its time in seconds since 1970, 0 where that is not known. */
  constructor(
    readonly version: string,
    readonly modified = 0,
  ) {}

  open(path: string, gzip: boolean): File | FileFault | undefined {
    if (gzip || !Resource.exists(path)) {
      const twin = `${path}.gz`;
      if (Resource.exists(twin)) return this.compressed(new Resource(twin), gzip);
      if (!Resource.exists(path)) return undefined;
    }
    const source = new Resource(path);
    return { source, encoding: undefined, mark: "", length: source.byteLength };
  }

  /** A gzip file as it is, or what it was before. */
  private compressed(source: Resource, gzip: boolean): File | FileFault {
    if (gzip) return { source, encoding: "gzip", mark: "-gz", length: source.byteLength };
    const packed = readGzip(source);
    if (!packed) return "ARCHIVE_DAMAGED";
    const { from, to, length } = packed;
    this.inflaters ??= new Inflaters();
    const { inflaters } = this;
    const reader = () => inflaters.begin(source, packed);
    return { source, encoding: undefined, mark: "", length, member: { from, to, reader } };
  }
}
