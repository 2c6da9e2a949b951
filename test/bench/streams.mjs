// @ts-check
/** What streams cost: a type that is not used, one that is, a stream, a trust store, and what is left of many. */
import { readFileSync } from "node:fs";
import { costOf, imageWith, manyStreams, SAMPLE } from "../lib/policy-image.mjs";

const TYPES = 20;
const ROUNDS = 25;

/** @returns {Promise<Record<string, number>>} */
export async function measureStreams() {
  const few = JSON.parse(readFileSync(SAMPLE, "utf8")).s.length;
  const sample = await costOf("policies", ROUNDS);
  const many = await costOf(await imageWith(manyStreams(TYPES)));
  return {
    stream_type_bytes: Math.ceil((many.rest - sample.rest) / (TYPES - few)),
    stream_type_used_bytes: sample.entry.js,
    stream_bytes: sample.second.js,
    trust_store_native_bytes: sample.first.native,
    trust_cycle_leak_bytes: sample.left,
  };
}
