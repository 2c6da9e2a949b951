/** Files in flash, put into the image as resources when it was built. Each may have a compressed twin, `NAME.gz`. */
import Resource from "Resource";
import type { File, FileSystem } from "./file";

export class ResourceFiles implements FileSystem {
  /** `version` tells one build from another. */
  constructor(readonly version: string) {}

  open(path: string, gzip: boolean): File | undefined {
    if (gzip) {
      const twin = `${path}.gz`;
      if (Resource.exists(twin)) return { source: new Resource(twin), encoding: "gzip" };
    }
    return Resource.exists(path) ? { source: new Resource(path), encoding: undefined } : undefined;
  }
}
