// @ts-check
/** Improv's own client, which is made for browsers, on the serial line of a virtual device. */
import { register } from "node:module";
import { setTimeout as delay } from "node:timers/promises";

register("./improv-hooks.mjs", import.meta.url);
/** Types come from the package's main file, which wants a browser; this is the part that speaks the protocol. */
const CLIENT = "improv-wifi-serial-sdk/dist/serial.js";

const quiet = { log() {}, error() {}, debug() {} };

/** @param {import("../../tools/lib/device.mjs").Device} device */
export async function openImprov(device) {
  const { ImprovSerial } = await import(CLIENT);
  let ended = false;
  const readable = new ReadableStream({
    /** @param {ReadableStreamDefaultController} controller */
    async pull(controller) {
      while (!ended) {
        const { data } = await device.control("serial");
        if (data !== "") return controller.enqueue(new Uint8Array(Buffer.from(data, "hex")));
        await delay(20);
      }
      controller.close();
    },
  });
  const writable = new WritableStream({
    /** @param {Uint8Array} bytes */
    async write(bytes) {
      await device.control(`serial ${Buffer.from(bytes).toString("hex")}`);
    },
  });
  return {
    client: new ImprovSerial({ readable, writable }, quiet),
    /** Leaves the line to others. */
    async end() {
      ended = true;
      await delay(50);
    },
  };
}
