// @ts-check
/** What a stream by MQTT costs: a message of 64 bytes that it publishes, and the stream at rest with its connection. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { message, OddBroker, packet } from "../lib/broker.mjs";
import { startClient } from "../lib/client.mjs";
import { settled } from "../lib/settle.mjs";

const MESSAGES = 500;
/** Visits before the first measurement. */
const WARM_UP = 4;

/** @returns {Promise<Record<string, number>>} */
export async function measureMqtt() {
  const device = await startClient(["--clock", "real"], "mqttbench");
  const events = new EventTarget();
  let count = 0;
  /** @type {import("node:net").Socket | undefined} */ let peer;
  const broker = await OddBroker.start(({ type, body }, socket) => {
    peer = socket;
    if (type === "connect") socket.write(packet(0x20, 0, 0));
    else if (type === "subscribe") socket.write(packet(0x90, body[0], body[1], 0), () => tell("subscribed"));
    else if (type === "publish" && --count === 0) tell("published");
  });
  const tell = (/** @type {string} */ name) => events.dispatchEvent(new Event(name));
  const toggle = async () => {
    const answer = await fetch(`${device.apUrl(80)}/?${broker.place}`, { headers: { Connection: "close" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
  };
  const publish = async (/** @type {number} */ number) => {
    count = number;
    const done = once(events, "published");
    peer?.write(message("in", String(number)));
    await done;
    return device.meter();
  };
  /** @param {number} sockets */
  const held = async (sockets) => {
    // A Date header is kept for a second.
    await delay(1050);
    const { slots, chunks, native } = await settled(device, sockets);
    return slots + chunks + native;
  };
  const open = async () => {
    const done = once(events, "subscribed");
    await toggle();
    await done;
  };
  try {
    for (let i = 0; i < WARM_UP; i++) {
      await open();
      await toggle();
    }
    const without = await held(0);
    await open();
    const before = await publish(MESSAGES);
    const after = await publish(MESSAGES);
    return {
      mqtt_publish_bytecodes: Math.round((after - before) / MESSAGES),
      stream_mqtt_bytes: (await held(1)) - without,
    };
  } finally {
    await device.close();
    broker.close();
  }
}
