// @ts-check
/** Power that fails while an application is uploaded: whatever comes up next is setup, or an application that is whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MODULE, RESOURCE } from "../../tools/lib/archive.mjs";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { APPLICATION, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { signingKey } from "../../tools/lib/keys.mjs";
import { signImage } from "../../tools/lib/trailer.mjs";
import { powerOnSetup, servedSetup, withDevice, writeChip } from "../lib/chip.mjs";
import { form, image, post } from "../lib/upload.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

const factory = image("factory");

/** An application that does nothing but say that it is well, so that few operations install it. @param {string} version */
function tiny(version) {
  const padding = Buffer.alloc(10_000, version);
  const main = 'class Boot { static confirm() @ "lws_boot_confirm" }\nBoot.confirm();\nexport default 0;\n';
  const packed = writeImage({ version, app: "tiny", kind: APPLICATION }, [
    { kind: MODULE, name: "main", data: Buffer.from(main) },
    { kind: RESOURCE, name: "padding.bin", data: padding },
  ]);
  return signImage(packed, { key: signingKey() });
}

/**
 * Uploads with the power cut at the n-th flash operation, and looks at what comes up after that.
 * @param {Device} device that is off, with setup held by its button
 * @param {Buffer | undefined} old application installed before
 * @param {Buffer} fresh application
 * @param {number} n
 * @returns {Promise<"done" | "factory" | "old" | "new">} what runs; "done": there were not that many operations
 */
async function cutAt(device, old, fresh, n) {
  const url = await powerOnSetup(device, ["--button", "down"]);
  await device.control("button up");
  await device.control(`power-cut ${n}`);
  const answer = await post(url, form(fresh)).catch(() => undefined);
  if (answer) {
    assert.equal(answer.status, 200, answer.text);
    await device.powerOff();
  } else assert.equal(await device.waitForOff(), 0);
  const mark = device.mark();
  await device.powerOn();
  const { running } = await device.control("status");
  assert.ok(device.partition("factory").subarray(0, factory.length).equals(factory));
  if (running === "factory") {
    assert.equal(answer, undefined);
    await servedSetup(device, mark);
    return "factory";
  }
  assert.equal(running, "ota_0");
  const slot = device.partition("ota_0");
  if (slot.subarray(0, fresh.length).equals(fresh)) return answer ? "done" : "new";
  assert.ok(old && slot.subarray(0, old.length).equals(old), `cut ${n}: neither the old nor the new application`);
  return "old";
}

/**
 * @param {Buffer | undefined} old
 * @param {Buffer} fresh
 * @returns {Promise<string[]>} how each cut ended
 */
async function cutEverywhere(old, fresh) {
  const before = assembleFlash({ factory, ...(old && { ota_0: old }) });
  /** @type {string[]} */
  const ends = [];
  /** What the slot looks like where setup came up: nothing, or an image that is whole. @type {string[]} */
  const halves = [];
  await withDevice({ flash: before, air: "" }, async (device) => {
    for (let n = 1; ends.at(-1) !== "done"; n++) {
      writeChip(device, before);
      ends.push(await cutAt(device, old, fresh, n));
      const { problem } = verifyImage(device.partition("ota_0"));
      if (problem !== "" && problem !== "empty") halves.push(`cut ${n}: ${problem}`);
      // What is left of an upload is no obstacle to the next one.
      if (ends.length % 8 === 3) {
        await device.powerOff();
        const url = await powerOnSetup(device, ["--button", "down"]);
        assert.equal((await post(url, form(fresh))).status, 200, `after cut ${n}`);
        assert.ok(device.partition("ota_0").subarray(0, fresh.length).equals(fresh));
      }
      await device.powerOff();
    }
  });
  // The one write of the headers can be cut in two.
  assert.ok(halves.length <= 1, halves.join(", "));
  return ends.slice(0, -1);
}

/** @type {[name: string, old: Buffer | undefined, fresh: Buffer][]} */
const UPLOADS = [
  ["a first upload", undefined, tiny("2")],
  ["an upload that replaces an application", tiny("1"), tiny("2")],
  ["an upload of many blocks", image("ota"), image("bench")],
];

for (const [name, old, fresh] of UPLOADS) {
  test(`at every operation of ${name}`, { timeout: 120_000 }, async () => {
    const ends = await cutEverywhere(old, fresh);
    // Each block is at least erased and written.
    assert.ok(ends.length > fresh.length / 2048, `${ends.length} operations`);
    assert.ok(ends.includes("factory"), ends.join(" "));
  });
}
