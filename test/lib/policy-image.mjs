// @ts-check
/** The image test/images/policies with any policy in it, and what that costs. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { Device } from "../../tools/lib/device.mjs";
import { readImage, VIRTUAL_CHIP, writeImage } from "../../tools/lib/image.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { BUILD, ROOT } from "../../tools/lib/paths.mjs";
import { checkPolicy } from "../../tools/lib/policy/check.mjs";
import { moduleOf } from "../../tools/lib/policy/emit.mjs";

export const SAMPLE = join(ROOT, "test/images/policies/policy.json");
/** A folder inside of the repository, so that the compiler finds what the module imports. */
const WORK = join(BUILD, "policy-image");

/** The sample's streams, and as many more as there are to be. @param {number} count */
export function manyStreams(count) {
  const policy = JSON.parse(readFileSync(SAMPLE, "utf8"));
  for (let i = policy.s.length; i < count; i++) {
    const [[, telemetry]] = Object.entries(policy.s[0]);
    const [[, alert]] = Object.entries(policy.s[2]);
    policy.s.push({
      [`more-${i}`]: i % 2 ? { ...alert, http_url: `v1/${i}` } : { ...telemetry, endpoint: `mq${i}.lan` },
    });
  }
  return JSON.stringify(policy, undefined, 2);
}

/** The image with another policy in it. @param {string} text */
export async function imageWith(text) {
  mkdirSync(WORK, { recursive: true });
  const policy = checkPolicy(text, SAMPLE);
  if (policy.report.problems.length > 0) throw new Error(policy.report.problems[0].text);
  writeFileSync(join(WORK, "policy.ts"), moduleOf(policy, "policy.json"));
  const project = join(WORK, "tsconfig.json");
  const types = ["app.d.ts", "modules/platform/sdk.d.ts"].map((name) => join(ROOT, name));
  const files = [...types, join(WORK, "policy.ts")];
  writeFileSync(project, JSON.stringify({ extends: join(ROOT, "tsconfig.json"), files, include: [] }));
  const tsc = join(ROOT, "node_modules/typescript/lib/tsc.js");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", project, "--outDir", join(WORK, "js")]);
  if (status !== 0) throw new Error(String(stdout));
  const data = readFileSync(join(WORK, "js/build/policy-image/policy.js"));
  const { entries, ...about } = readImage(readFileSync(imageFile("policies")), VIRTUAL_CHIP);
  const replaced = entries.map((entry) =>
    entry.kind !== RESOURCE && entry.name === "policy" ? { ...entry, data } : entry,
  );
  return writeImage(about, replaced);
}

/**
 * Heap at rest, what is held more after each press of the button (an entry of a stream type, a stream, another one, none of all that), and what a number of such rounds leaves.
 * @param {Buffer | string} image
 * @param {number} [rounds]
 */
export async function costOf(image, rounds = 1) {
  const device = new Device({ factory: null, ota_0: image });
  try {
    await device.powerOn();
    await device.waitForLine(/policies: release 2026\.11\.0, fleet$/);
    const heap = async () => {
      // What is given up goes in later turns.
      await delay(30);
      const { slots, chunks, native } = await device.figures();
      return { js: slots + chunks, native };
    };
    let presses = 0;
    const press = async () => {
      await device.control("button down");
      await device.waitForLine(new RegExp(`policies: press ${++presses}, `));
      await device.control("button up");
    };
    const { js: rest } = await heap();
    // The first round makes what stays, as the timer of the scheduler.
    for (let i = 0; i < 4; i++) await press();
    const base = await heap();
    let last = base;
    const costs = [];
    for (let i = 0; i < 4; i++) {
      await press();
      const now = await heap();
      costs.push({ js: now.js - last.js, native: now.native - last.native });
      last = now;
    }
    for (let i = 0; i < 4 * (rounds - 1); i++) await press();
    const end = await heap();
    const [entry, first, second] = costs;
    return { rest, entry, first, second, left: end.js - base.js + end.native - base.native };
  } finally {
    await device.close();
  }
}
