/** What proves that a server has understood an opening handshake (RFC 6455 §4.2.2). */
import Base64 from "base64";
import { Bytes } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Whether `key` is what a client has to send: 16 bytes in base64. */
export function isKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key);
}

/** The Sec-WebSocket-Accept that answers `key`. */
export function acceptKey(key: string): string {
  const text = key + guid;
  const bytes = new ArrayBuffer(text.length);
  Bytes.put(text, bytes, 0);
  const digest = new Digest("SHA-1");
  digest.write(bytes, 0, bytes.byteLength);
  return Base64.encode(digest.close());
}
