// @ts-check
/** Updates that bring of an application only what has changed in JavaScript: installed beside it, on probation like it, and given up like it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { JAVASCRIPT, readImage, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { makePart } from "../../tools/lib/javascript-part.mjs";
import { signingKey } from "../../tools/lib/keys.mjs";
import { readState as slotState, writeOtadata } from "../../tools/lib/otadata.mjs";
import { signImage } from "../../tools/lib/trailer.mjs";
import { address, powerOnSetup, withDevice } from "../lib/chip.mjs";
import { NvsWriter, settingsWith } from "../lib/nvs.mjs";
import { areaOffset, wordsOf } from "../lib/overlay.mjs";
import { accessPoint, OPEN } from "../lib/radio.mjs";
import { readState } from "../lib/scan-client.mjs";
import { image, put } from "../lib/upload.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

const key = signingKey();
const base = image("probation");
const about = readImage(base);

/**
 * A later application, which differs in what `change` makes of the text of its module, and has a further file.
 * @param {string} version
 * @param {(text: string) => string} [change]
 */
function later(version, change = (text) => text) {
  const entries = about.entries.map((entry) =>
    entry.name === "app" ? { ...entry, data: Buffer.from(change(entry.data.toString())) } : entry,
  );
  entries.push({ kind: RESOURCE, name: "news.txt", data: Buffer.from(version) });
  return signImage(writeImage({ ...about, version }, entries), { key });
}

/** What the boot loader says of a part. @param {number} sequence @param {"A" | "B"} area */
function taken(sequence, area) {
  return new RegExp(`JavaScript part ${sequence} at offset 0x${address("ota_0", areaOffset(area)).toString(16)}`);
}

/** The part that makes the one of the other. @param {string} version @param {(text: string) => string} [change] */
const part = (version, change) => makePart(base, later(version, change), { key });

/** A chip with setup, the application, and a network that it knows. @param {Buffer} [application] */
function chip(application = base) {
  const flash = assembleFlash({ factory: image("factory"), ota_0: application });
  const writer = new NvsWriter().add("test", "mode", "well");
  settingsWith([OPEN], writer).copy(flash, address("nvs"));
  return { flash, air: accessPoint(OPEN, 1), args: ["--speed", "4"] };
}

/**
 * Installs a part while the button is held, and lets go of it; resolves with a mark of the console before the restart.
 * @param {Device} device @param {Buffer} file
 */
async function install(device, file) {
  const url = await powerOnSetup(device);
  await device.control("button up");
  const mark = device.mark();
  const answer = await put(url, file);
  assert.equal(answer.status, 200, answer.text);
  return mark;
}

test("parts take turns in their areas, each on probation before it stays", async () => {
  await withDevice(chip(), async (device) => {
    for (const [i, area] of /** @type {const} */ (["A", "B", "A"]).entries()) {
      const file = part(`0.9.${i + 1}`);
      const mark = await install(device, file);
      await device.waitForLine(taken(i + 1, area), {
        after: mark,
      });
      await device.waitForLine(/health: on probation/, { after: mark });
      assert.equal(wordsOf(device.partition("ota_0"), area), "pending");
      await device.waitForLine(/the image has proved itself/, { after: mark });
      assert.equal(wordsOf(device.partition("ota_0"), area), "pending valid");
      const slot = device.partition("ota_0");
      assert.ok(slot.subarray(0, base.length).equals(base));
      assert.ok(slot.subarray(areaOffset(area)).subarray(0, file.length).equals(file));
      await device.powerOff();
    }
  });
});

test("a part that fails gives way to the application without it, and setup says so", async () => {
  await withDevice(chip(), async (device) => {
    const broken = part("0.9.9", (text) => text.replace('"start"', '"well"'));
    let mark = await install(device, broken);
    await device.waitForLine(/the image can't start: a failure/, { after: mark });
    mark = device.mark();
    await device.waitForLine(/W .*health: probation 0.9.9 was rolled back: exception/, { after: mark - 5 });
    assert.equal((await device.control("status")).running, "ota_0");
    assert.equal(wordsOf(device.partition("ota_0"), "A"), "pending aborted");
    await device.powerOff();
    const url = await powerOnSetup(device);
    assert.deepEqual((await readState(url)).rolled, {
      app: "probation",
      version: "0.9.9",
      reason: "exception",
      start: "0",
    });
    await device.powerOff();
    // The next one takes the other area, or the same: nothing is in use.
    mark = await install(device, part("0.9.10"));
    await device.waitForLine(/JavaScript part 2 at/, { after: mark });
    await device.waitForLine(/the image has proved itself/, { after: mark });
  });
});

test("a part selects the application that it goes over", async () => {
  const options = chip();
  writeOtadata(0).copy(options.flash, address("otadata"));
  await withDevice(options, async (device) => {
    const mark = await install(device, part("0.9.1"));
    await device.waitForLine(/JavaScript part 1 at/, { after: mark });
    assert.equal((await device.control("status")).running, "ota_0");
    await device.waitForLine(/the image has proved itself/, { after: mark });
    assert.equal(slotState(device.partition("otadata")), "valid");
  });
});

/** @param {string} url @param {[name: string, file: Buffer, status: number, error: string][]} cases */
async function refuse(url, cases) {
  for (const [name, file, status, error] of cases) {
    const answer = await put(url, file);
    assert.deepEqual([answer.status, answer.error], [status, error], name);
  }
}

test("parts that do not belong here leave the application, and the part that is in use", async () => {
  await withDevice(chip(), async (device) => {
    const mark = await install(device, part("0.9.1"));
    await device.waitForLine(/the image has proved itself/, { after: mark });
    await device.powerOff();
    const before = device.partition("ota_0").subarray(0, areaOffset("B"));
    const url = await powerOnSetup(device);
    const good = part("0.9.2");
    const { length } = readImage(good);
    const flip = (/** @type {number} */ at) => {
      const file = Buffer.from(good);
      file[at] ^= 0x11;
      return file;
    };
    const other = makePart(
      later("0.8"),
      later("0.9.2", (text) => `${text}\n`),
      { key },
    );
    const large = { kind: RESOURCE, name: "large", data: Buffer.alloc(0x5f000) };
    await refuse(url, [
      ["of another application", other, 422, "UPDATE_WRONG_BASE"],
      ["with a damaged base", flip(length + 120), 422, "UPDATE_WRONG_BASE"],
      ["with another hash", flip(length + 152), 422, "UPDATE_DAMAGED"],
      ["with a damaged module", flip(length - 100), 422, "UPDATE_DAMAGED"],
      ["with a wrong signature", flip(length + 192), 422, "UPDATE_BAD_SIGNATURE"],
      ["that nobody has signed", makePart(base, later("0.9.2")), 422, "UPDATE_NO_TRAILER"],
      ["that is cut", good.subarray(0, -1), 422, "UPDATE_TRUNCATED"],
      [
        "that is too large",
        signImage(writeImage({ ...about, kind: JAVASCRIPT }, [large]), { key }),
        413,
        "UPDATE_TOO_LARGE",
      ],
    ]);
    assert.ok(device.partition("ota_0").subarray(0, areaOffset("B")).equals(before));
    assert.equal(wordsOf(device.partition("ota_0"), "B"), "");
    await device.control("button up");
    const again = device.mark();
    assert.equal((await put(url, good)).status, 200);
    await device.waitForLine(/JavaScript part 2 at/, { after: again });
  });
});

/** The application with so much behind it that it has that many bytes. @param {number} size */
function grown(size) {
  const padding = { kind: RESOURCE, name: "padding", data: Buffer.alloc(size - base.length) };
  return signImage(writeImage(about, [...about.entries, padding]), { key });
}

test("an application that reaches into the areas leaves one or none, and without one there is nothing to go over", async () => {
  for (const [size, area] of /** @type {const} */ ([
    [areaOffset("A"), "B"],
    [areaOffset("B"), ""],
  ])) {
    const application = grown(size);
    const next = signImage(
      writeImage({ ...readImage(application), version: "0.9.1" }, [
        ...readImage(application).entries,
        { kind: RESOURCE, name: "news.txt", data: Buffer.from("1") },
      ]),
      { key },
    );
    await withDevice(chip(application), async (device) => {
      const file = makePart(application, next, { key });
      if (area === "") {
        await refuse(await powerOnSetup(device), [["no area is free", file, 413, "UPDATE_TOO_LARGE"]]);
        assert.ok(device.partition("ota_0").subarray(0, application.length).equals(application));
      } else {
        const mark = await install(device, file);
        await device.waitForLine(taken(1, area), {
          after: mark,
        });
      }
    });
  }
  await withDevice({ air: "" }, async (device) => {
    await refuse(await powerOnSetup(device), [["no application", part("0.9.1"), 422, "UPDATE_WRONG_BASE"]]);
    assert.equal(verifyImage(device.partition("ota_0")).problem, "empty");
  });
});
