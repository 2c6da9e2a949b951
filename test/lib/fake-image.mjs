// @ts-check
/** Firmware files as a page sees them: its own description, and a trailer that nobody has signed in earnest. */
import { createHash, randomBytes } from "node:crypto";
import { APPLICATION, writeImage } from "../../tools/lib/image.mjs";

const TRAILER = 256;
const TRAILER_MAGIC = 0x5453574c;

/**
 * @param {{ kind?: number, app?: string, version?: string, model?: string, size?: number, signed?: boolean }} [what]
 * @returns {{ name: string, mimeType: string, buffer: Buffer }} as a file input takes it
 */
export function firmware({
  kind = APPLICATION,
  app = "lws-demos",
  version = "v0.2.0",
  model = "lws",
  size = 400_000,
  signed = true,
} = {}) {
  const image = writeImage({ kind, app, version, model }, [{ kind: 2, name: "noise", data: randomBytes(size) }]);
  const trailer = Buffer.alloc(TRAILER);
  trailer.writeUInt32LE(TRAILER_MAGIC);
  createHash("sha256").update(image).digest().copy(trailer, 152);
  const buffer = signed ? Buffer.concat([image, trailer]) : image;
  return { name: `${app}.bin`, mimeType: "application/octet-stream", buffer };
}
