// @ts-check
/** The figures that matter on a chip: byte codes for a piece of work, bytes for what is kept. None of them depends on the machine's speed. */
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { settled } from "../lib/settle.mjs";
import { measureInstall } from "./install.mjs";
import { bytecodes } from "./meter.mjs";
import { measureMqtt } from "./mqtt.mjs";
import { maskedFrame, openPeer, openWebSocket, readResponse } from "./peer.mjs";
import { measureSetup } from "./setup.mjs";
import { measureStreams } from "./streams.mjs";
import { measureTls } from "./tls.mjs";
import { uploadPeak } from "./upload.mjs";

const PORT = 80;
/** Milliseconds after power on when all of an image's own start is over. */
const BOOT_TIME = 2500;
/** Connections that are kept idle at once. */
const IDLE = 8;

const GET = "GET /1k.txt HTTP/1.1\r\nHost: bench\r\n\r\n";
const CHROMIUM_GET = [
  "GET /1k.txt HTTP/1.1",
  "Host: 192.168.4.1",
  "Connection: keep-alive",
  'sec-ch-ua: "Chromium";v="156", "Not=A?Brand";v="24"',
  "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Linux"',
  "Upgrade-Insecure-Requests: 1",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
  "Sec-Fetch-Site: none",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-User: ?1",
  "Sec-Fetch-Dest: document",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9",
  "\r\n",
].join("\r\n");

/** @param {Device} device */
async function heapInUse(device) {
  const { slots, chunks, native } = await device.figures();
  return slots + chunks + native;
}

/**
 * Bytes that one idle connection keeps on both heaps.
 * @param {Device} device
 * @param {() => Promise<import("./peer.mjs").Peer>} open
 */
async function idleBytes(device, open) {
  const warm = await Promise.all(Array.from({ length: IDLE }, open));
  for (const peer of warm) peer.socket.destroy();
  await settled(device);
  const before = await heapInUse(device);
  const peers = [];
  for (let i = 0; i < IDLE; i++) peers.push(await open());
  const after = await heapInUse(device);
  for (const peer of peers) peer.socket.destroy();
  await settled(device);
  return Math.round((after - before) / IDLE);
}

/**
 * Bytes in use after boot, above those of a bare machine.
 * @param {ConstructorParameters<typeof Device>[0]} options
 */
async function bootHeap(options) {
  const device = new Device(options);
  try {
    await device.powerOn();
    await delay(BOOT_TIME);
    const { slots, chunks } = await device.figures();
    return slots + chunks;
  } finally {
    await device.close();
  }
}

/** Byte codes of a request and a message, and what idle connections keep. */
async function measureConnections() {
  /** @type {Record<string, number>} */
  const figures = {};
  const device = new Device({ factory: null, ota_0: "bench" });
  try {
    await device.powerOn();
    await device.waitForAddress("access point");
    const address = device.apAddress;
    const port = device.portBase + PORT;

    const http = await openPeer(address, port);
    const length = await responseLength(http, GET);
    figures.get_1k_bytecodes = await bytecodes(device, () => http.ask(GET, length));
    const gzipLength = await responseLength(http, CHROMIUM_GET);
    figures.chromium_get_bytecodes = await bytecodes(device, () => http.ask(CHROMIUM_GET, gzipLength));
    http.socket.destroy();

    const ws = await openWebSocket(address, port, "bench-echo");
    const message = "m".repeat(64);
    figures.ws_echo_bytecodes = await bytecodes(device, () => ws.ask(maskedFrame(message), message.length + 2));
    ws.socket.destroy();

    figures.idle_http_bytes = await idleBytes(device, async () => {
      const peer = await openPeer(address, port);
      await peer.ask(GET, length);
      return peer;
    });
    figures.idle_ws_bytes = await idleBytes(device, () => openWebSocket(address, port, "bench-echo"));
  } finally {
    await device.close();
  }
  return figures;
}

/** @param {string} name @param {() => Promise<number>} work @returns {Promise<Record<string, number>>} */
const one = async (name, work) => ({ [name]: await work() });

/** Parts with a device each, side by side; only an install is to be looked at before its device restarts. @returns {Promise<Record<string, number>>} */
export async function measure() {
  const parts = await Promise.all([
    measureConnections(),
    one("boot_heap_factory_bytes", () => bootHeap({})),
    one("boot_heap_ota_bytes", () => bootHeap({ ota_0: "ota" })),
    one("upload_peak_bytes_20k", () => uploadPeak(1)),
    one("upload_peak_bytes_20m", () => uploadPeak(1000)),
    measureTls(),
    measureStreams(),
    measureMqtt(),
    measureSetup(),
  ]);
  return Object.assign({}, ...parts, await measureInstall());
}

/**
 * Length of the whole response to a request, head included.
 * @param {import("./peer.mjs").Peer} peer
 * @param {string} request
 */
async function responseLength(peer, request) {
  peer.socket.write(request);
  const { head, body } = await readResponse(peer);
  return head.length + body.length;
}
