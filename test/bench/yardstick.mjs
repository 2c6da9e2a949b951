// @ts-check
/**
 * CPU per request of the virtual device and of a plain Node server, in one run on one machine. The times are the machine's own; only their
 * ratio tells anything, so no test asserts it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Device } from "../../tools/lib/device.mjs";
import { maskedFrame, openPeer, openWebSocket, readResponse } from "./peer.mjs";

const PORT = 80;
/** What /proc counts CPU time in: Linux shows programs 100 ticks a second, whatever its own clock. */
const TICK_MICROSECONDS = 10_000;
/** Requests before CPU time is read, so that Node's compiler has done its work. */
const WARM_UP = 3000;
/** The two take turns, so that a busy moment of the machine does not fall to one of them alone. */
const TURNS = 4;
const REQUESTS = 5000;

const GET = "GET /1k.txt HTTP/1.1\r\nHost: bench\r\n\r\n";
const MESSAGE = "m".repeat(64);

/** @typedef {{ pid: number, address: string, port: number }} Server */
/** @typedef {{ name: string, device: number, node: number, ratio: number }} Row microseconds of CPU for one request */
/** @typedef {(server: Server) => Promise<{ once: () => Promise<unknown>, close: () => void }>} Load */

/** @type {Load} */
async function gets({ address, port }) {
  const peer = await openPeer(address, port);
  peer.socket.write(GET);
  const { head, body } = await readResponse(peer);
  const length = head.length + body.length;
  return { once: () => peer.ask(GET, length), close: () => peer.socket.destroy() };
}

/** @type {Load} */
async function echoes({ address, port }) {
  const peer = await openWebSocket(address, port, "bench-echo");
  const frame = maskedFrame(MESSAGE);
  return { once: () => peer.ask(frame, MESSAGE.length + 2), close: () => peer.socket.destroy() };
}

/** CPU time of a process so far, in user and kernel together, in microseconds. @param {number} pid */
export function cpuTime(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name, in parentheses, may hold spaces: what is counted begins behind it, with field 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) * TICK_MICROSECONDS;
}

/**
 * @param {string} name
 * @param {Load} load
 * @param {Server} device
 * @param {Server} node
 * @returns {Promise<Row>}
 */
async function compare(name, load, device, node) {
  const sides = await Promise.all(
    [device, node].map(async (server) => ({ server, load: await load(server), used: 0 })),
  );
  for (const { load } of sides) for (let i = 0; i < WARM_UP; i++) await load.once();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const side of sides) {
      const before = cpuTime(side.server.pid);
      for (let i = 0; i < REQUESTS; i++) await side.load.once();
      side.used += cpuTime(side.server.pid) - before;
    }
  }
  for (const { load } of sides) load.close();
  const [ours, theirs] = sides.map(({ used }) => used / (TURNS * REQUESTS));
  return { name, device: ours, node: theirs, ratio: ours / theirs };
}

/** @returns {Promise<Row[]>} */
export async function yardstick() {
  const plain = spawn(process.execPath, [fileURLToPath(new URL("plain-server.mjs", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const device = new Device({ factory: null, ota_0: "bench" });
  try {
    const [port] = await once(plain.stdout, "data");
    const node = { pid: Number(plain.pid), address: "127.0.0.1", port: Number(port) };
    await device.powerOn();
    await device.waitForAddress("access point");
    const ours = { pid: Number(device.pid), address: device.apAddress, port: device.portBase + PORT };
    return [
      await compare("GET of 1 kB, connection kept", gets, ours, node),
      await compare("WebSocket echo of 64 bytes", echoes, ours, node),
    ];
  } finally {
    plain.stdin.end();
    await device.close();
  }
}
