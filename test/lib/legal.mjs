// @ts-check
/** Which state of a stream may follow which, from the table that the cases inside of the engine go by. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/lib/paths.mjs";

/** @type {Map<string, { always: string[], mqtt: string[] }>} */
const followers = new Map();
const source = readFileSync(join(ROOT, "test/unit/secure-streams/legal.ts"), "utf8");
for (const [, state, text] of source.matchAll(/^([A-Z_]+|none): (.+)$/gm)) {
  const [always, mqtt = ""] = text.split(" + ").map((part) => part.trim().split(" "));
  followers.set(state, { always, mqtt: [...mqtt] });
}

/**
 * What is wrong with an order of states; "" for nothing.
 * @param {string[]} states @param {boolean} isMqtt
 */
export function illegal(states, isMqtt) {
  let last = "none";
  let ups = 0;
  for (const state of states) {
    const { always = [], mqtt = [] } = followers.get(last) ?? {};
    if (!always.includes(state) && !(isMqtt && mqtt.includes(state))) return `${state} behind ${last}`;
    if (state === "CONNECTED") ups++;
    if (state === "DISCONNECTED") ups--;
    if (ups < 0 || ups > 1) return `${state} is not balanced`;
    last = state;
  }
  return "";
}
