/** Frames that are too large for the short header (RFC 6455 §5.2). `first` is the frame's first byte: FIN and opcode. */
import type { Writable } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";

/** Bytes that are kept free in front of a payload, for its header. */
export const frameRoom = 4;

/** Sends a frame whose payload was built from `frameRoom` to `end` in the context's building buffer. */
export function sendBuilt(wsi: Wsi, first: number, end: number): void {
  const { tx } = wsi.vhost.context;
  if (end < frameRoom + 126) {
    tx[2] = first;
    tx[3] = end - frameRoom;
    wsi.send(tx, 2, end);
  } else sendMedium(wsi, first, end);
}

/** Sends a frame whose payload ends at `end` in the context's building buffer. */
export function sendMedium(wsi: Wsi, first: number, end: number): void {
  const { tx } = wsi.vhost.context;
  tx[0] = first;
  tx[1] = 126;
  tx[2] = (end - frameRoom) >> 8;
  tx[3] = (end - frameRoom) & 255;
  wsi.send(tx, 0, end);
}

/** Sends a frame whose payload does not fit that buffer. */
export function sendLarge(wsi: Wsi, first: number, data: Writable, from: number, to: number): void {
  const tx = wsi.vhost.context.tx;
  let source: ByteSource;
  let end = to;
  if (typeof data === "string") {
    end = Bytes.size(data);
    source = new ArrayBuffer(end);
    Bytes.put(data, source, 0);
  } else source = data;
  let length = end - from;
  const isWide = length > 65535;
  const header = isWide ? 10 : 4;
  tx[0] = first;
  tx[1] = isWide ? 127 : 126;
  for (let at = header - 1; at > 1; at--) {
    tx[at] = length & 255;
    length = Math.floor(length / 256);
  }
  wsi.send(tx, 0, header);
  wsi.send(source, from, end);
}
