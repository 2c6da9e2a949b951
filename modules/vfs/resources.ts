/** Files in flash, put into the image as resources when it was built. Each may have a compressed twin, `NAME.gz`. */
import Resource from "Resource";
import type { File, FileSystem } from "./file";

export class ResourceFiles implements FileSystem {
  /** `version` tells one build from another, `modified` is its time in seconds since 1970, 0 where that is not known. */
  constructor(
    readonly version: string,
    readonly modified = 0,
  ) {}

  open(path: string, gzip: boolean): File | undefined {
    if (gzip) {
      const twin = `${path}.gz`;
      if (Resource.exists(twin)) {
        const source = new Resource(twin);
        return { source, encoding: "gzip", mark: "-gz", length: source.byteLength };
      }
    }
    if (!Resource.exists(path)) return undefined;
    const source = new Resource(path);
    return { source, encoding: undefined, mark: "", length: source.byteLength };
  }
}
