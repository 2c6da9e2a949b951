// @ts-check
/** How high both heaps rise while a form with a file streams in. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { openPeer, readResponse } from "./peer.mjs";

const PORT = 81;
/** Ports of the image: all of them are open when the access point has been up for a moment. */
const LISTENERS = 2;
const HEAD = '--bench\r\nContent-Disposition: form-data; name="file"; filename="file.bin"\r\n\r\n';
const TAIL = "\r\n--bench--\r\n";

/** Bytes as a packed file has them, with line ends and beginnings of delimiters among them. */
const PIECE = Buffer.alloc(20_000);
for (let i = 0, state = 1; i < PIECE.length; i++) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  PIECE[i] = state >>> 24;
}
PIECE.write("\r\n--benc!", 7000, "latin1");

/** Small files that are posted before: both heaps grow in steps, and when they take one is a matter of chance as long as they are new. */
const WARM_UP = 20;

/**
 * Posts one file.
 * @param {Device} device
 * @param {number} pieces of 20 kB that the file has
 */
async function post(device, pieces) {
  const peer = await openPeer(device.apAddress, device.portBase + PORT);
  const length = pieces * PIECE.length;
  peer.socket.write(
    "POST /upload HTTP/1.1\r\nHost: bench\r\nContent-Type: multipart/form-data; boundary=bench\r\n" +
      `Content-Length: ${HEAD.length + length + TAIL.length}\r\n\r\n${HEAD}`,
  );
  for (let i = 0; i < pieces; i++) if (!peer.socket.write(PIECE)) await once(peer.socket, "drain");
  peer.socket.write(TAIL);
  const { body } = await readResponse(peer);
  if (JSON.parse(body).length !== length) throw new Error(`${body} is not ${length}`);
  peer.socket.destroy();
}

/**
 * Peak of both heaps together, since power on, of a device that files were posted to, the last of them of `pieces` times 20 kB.
 * @param {number} pieces
 */
export async function uploadPeak(pieces) {
  const device = new Device({ factory: null, ota_0: "bench" });
  try {
    await device.powerOn();
    await device.waitForAddress("access point");
    while ((await device.figures()).listeners < LISTENERS) await delay(10);
    for (let i = 0; i < WARM_UP; i++) await post(device, 1);
    await post(device, pieces);
    const { peak, nativePeak } = await device.figures();
    return peak + nativePeak;
  } finally {
    await device.close();
  }
}
