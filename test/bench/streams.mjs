// @ts-check
/** What streams cost: a type that is not used, one that is, a stream, a trust store, and what is left of many. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { costOf, imageWith, manyStreams, SAMPLE } from "../lib/policy-image.mjs";
import { PolicyDevice } from "../lib/policy-reader.mjs";
import { rested } from "../lib/settle.mjs";

const TYPES = 20;
const ROUNDS = 25;

/** Bytes that a stream type of a policy takes that was read at run time, and that is not used. @param {number} few stream types of the sample */
async function measureReading(few) {
  const device = await PolicyDevice.start();
  const held = async (/** @type {number} */ count) => {
    const policy = JSON.parse(manyStreams(count));
    policy.certs = [{ fleet: readFileSync(join(dirname(SAMPLE), "root.pem"), "latin1") }];
    const text = JSON.stringify(policy);
    const { error, message } = await device.read(text);
    if (error) throw new Error(message);
    const { slots, chunks } = await rested(device.device);
    return slots + chunks;
  };
  try {
    await held(few);
    return Math.ceil((-(await held(few)) + (await held(TYPES))) / (TYPES - few));
  } finally {
    await device.close();
  }
}

/** @returns {Promise<Record<string, number>>} */
export async function measureStreams() {
  const few = JSON.parse(readFileSync(SAMPLE, "utf8")).s.length;
  const sample = await costOf("policies", ROUNDS);
  const many = await costOf(await imageWith(manyStreams(TYPES)));
  return {
    stream_type_bytes: Math.ceil((many.rest - sample.rest) / (TYPES - few)),
    dynamic_policy_type_bytes: await measureReading(few),
    stream_type_used_bytes: sample.entry.js,
    stream_bytes: sample.second.js,
    trust_store_native_bytes: sample.first.native,
    trust_cycle_leak_bytes: sample.left,
  };
}
