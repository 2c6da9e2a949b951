// @ts-check
/** What TLS costs: native heap of a port that is ready, of a handshake and of an idle connection; byte codes beyond those of a plain request. */
import { Pki } from "../lib/pki.mjs";
import { settled } from "../lib/settle.mjs";
import { certify, startTls } from "../lib/tls.mjs";
import { bytecodes } from "./meter.mjs";
import { openPeer, openTlsPeer, readResponse, upgrade } from "./peer.mjs";

const GET = "GET /1k.txt HTTP/1.1\r\nHost: first.lan\r\n\r\n";
const IDLE = 4;

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

/** Byte codes of one request. @param {Device} device @param {import("./peer.mjs").Peer} peer */
async function requestCost(device, peer) {
  peer.socket.write(GET);
  const { head, body } = await readResponse(peer);
  const cost = await bytecodes(device, () => peer.ask(GET, head.length + body.length));
  peer.socket.destroy();
  return cost;
}

/** @returns {Promise<Record<string, number>>} */
export async function measureTls() {
  const pki = new Pki();
  const device = await startTls();
  try {
    const pair = pki.make({ name: "first.lan" });
    const open = () => openTlsPeer(device.apAddress, device.portBase + 443, pair.cert, "first.lan");
    const wrong = await certify(device, "first.lan", pair);
    if (wrong) throw new Error(wrong);
    const ready = await settled(device);

    (await open()).socket.destroy();
    await settled(device);
    const { nativePeak } = await device.figures();

    const plain = await requestCost(device, await openPeer(device.apAddress, device.portBase + 80));
    const secure = await requestCost(device, await open());
    const before = await settled(device);

    const idle = [];
    for (let i = 0; i < IDLE; i++) {
      const peer = await open();
      idle.push(peer);
      peer.socket.write(GET);
      await readResponse(peer);
    }
    const during = await settled(device, IDLE);
    for (const peer of idle) peer.socket.destroy();
    await settled(device);

    const sockets = [];
    for (let i = 0; i < IDLE; i++) sockets.push(await upgrade(await open(), "dumb-increment-protocol"));
    const four = await device.figures();
    for (const peer of sockets) peer.socket.destroy();

    const sum = (/** @type {{ slots: number, chunks: number, native: number }} */ figures) =>
      figures.slots + figures.chunks + figures.native;
    return {
      tls_context_native_bytes: ready.native,
      tls_handshake_peak_native_bytes: nativePeak - ready.native,
      tls_idle_native_bytes: Math.round((during.native - before.native) / IDLE),
      tls_four_wss_bytes: sum(four) - sum(before),
      tls_get_extra_bytecodes: secure - plain,
    };
  } finally {
    await device.close();
    pki.close();
  }
}
