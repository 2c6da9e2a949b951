// @ts-check
/** The clients of the benchmark: raw sockets, so that every byte that the device reads is known. */
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

/**
 * @typedef {object} Peer
 * @property {import("node:net").Socket} socket
 * @property {(bytes: string | Buffer, count: number) => Promise<Buffer>} ask writes, then reads exactly `count` bytes
 */

/**
 * @param {string} address
 * @param {number} port
 */
export async function openPeer(address, port) {
  const socket = connect({ host: address, port, noDelay: true });
  await once(socket, "connect");
  return peerOf(socket);
}

/**
 * @param {string} address
 * @param {number} port
 * @param {string} authority in PEM
 * @param {string} servername
 */
export async function openTlsPeer(address, port, authority, servername) {
  const socket = connectTls({ host: address, port, ca: authority, servername });
  await once(socket, "secureConnect");
  socket.setNoDelay(true);
  return peerOf(socket);
}

/** @param {import("node:net").Socket} socket @returns {Peer} */
function peerOf(socket) {
  return {
    socket,
    async ask(bytes, count) {
      socket.write(bytes);
      for (;;) {
        const answer = socket.read(count);
        if (answer) return answer;
        if (socket.readableEnded || socket.destroyed) throw new Error("the device closed the connection");
        await once(socket, "readable");
      }
    },
  };
}

/**
 * Makes a WebSocket connection and checks that it was accepted.
 * @param {string} address
 * @param {number} port
 * @param {string} protocol
 */
export async function openWebSocket(address, port, protocol) {
  return upgrade(await openPeer(address, port), protocol);
}

/** The opening handshake on a connection that there is. @param {Peer} peer @param {string} protocol */
export async function upgrade(peer, protocol) {
  peer.socket.write(
    `GET / HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += (await peer.ask("", 1)).toString("latin1");
  // RFC 6455 §1.3 gives this answer to this key.
  if (!head.startsWith("HTTP/1.1 101 ") || !head.includes("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) throw new Error(head);
  return peer;
}

/**
 * A masked text frame of at most 125 bytes.
 * @param {string} text
 */
export function maskedFrame(text) {
  const payload = Buffer.from(text);
  const key = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), key, payload]);
  for (let i = 0; i < payload.length; i++) frame[6 + i] = payload[i] ^ key[i % 4];
  return frame;
}

/**
 * Reads one whole response of stated length.
 * @param {Peer} peer
 */
export async function readResponse(peer) {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += (await peer.ask("", 1)).toString("latin1");
  if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(head);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  return { head, body: (await peer.ask("", length)).toString("latin1") };
}
