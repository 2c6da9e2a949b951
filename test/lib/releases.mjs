// @ts-check
/** Versions of images to update from and to, small ones, and devices that run them. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { readImage, writeImage } from "../../tools/lib/image.mjs";
import { makePart } from "../../tools/lib/javascript-part.mjs";
import { signingKey } from "../../tools/lib/keys.mjs";
import { signImage } from "../../tools/lib/trailer.mjs";
import { ownPair } from "./certificates.mjs";
import { address } from "./chip.mjs";
import { fetch } from "./fetch.mjs";
import { NvsWriter, SETTINGS } from "./nvs.mjs";
import { form, image, post } from "./upload.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

/**
 * A device that is up. version: of the application, as its page tells; isOpen: somebody has held the button.
 * @typedef {{ device: Device, url: string, running: "factory" | "ota_0", version: string, isOpen: boolean }} Running
 */

/** How many times as fast as the world's the time of these devices runs. */
const SPEED = ["--speed", "5"];
const PAGE = "www/index.html";

/**
 * An image as another version of itself: its pages are one that tells the version.
 * @param {string} name @param {string} version
 * @param {{ more?: number, shift?: number, failure?: string }} [options] more: bytes that it grows by; shift: by how much all of it lies elsewhere;
 *   failure: what it does instead of proving itself
 */
function release(name, version, { more = 0, shift = 0, failure } = {}) {
  const info = readImage(image(name));
  const entries = info.entries.filter(({ name: path }) => !path.startsWith("www/") || path.endsWith(".policy"));
  const kind = name === "factory" ? "setup" : "application";
  const page = `<!doctype html><html lang="en" data-page="${kind}" data-version="${version}"><title>${kind}</title></html>\n`;
  entries.push({ kind: RESOURCE, name: PAGE, data: Buffer.from(page) });
  if (failure) entries.push({ kind: RESOURCE, name: `failure/${failure}`, data: Buffer.from("yes") });
  if (shift > 0) entries.unshift({ kind: RESOURCE, name: "shift.bin", data: randomBytes(shift) });
  if (more > 0) entries.push({ kind: RESOURCE, name: "padding.bin", data: randomBytes(more) });
  return signImage(writeImage({ ...info, version }, entries), { key: signingKey() });
}

/** A small application. @param {string} version @param {Parameters<typeof release>[2]} [options] */
export const application = (version, options) => release("small", version, options);

/** The setup image without what it looks like, which is of no interest to flash. @param {string} version @param {Parameters<typeof release>[2]} [options] */
export const setup = (version, options) => release("factory", version, options);

/** What makes a later version of an application. @param {Buffer} base @param {string} version */
export const part = (base, version) => makePart(base, application(version), { key: signingKey() });

/**
 * A device with these images, and with a certificate in its memory, since without one it begins with making that.
 * @param {import("../../tools/lib/flash.mjs").FlashContents} images
 * @param {(writer: NvsWriter) => unknown} [settle] writes further settings
 */
export function deviceWith(images, settle) {
  const flash = assembleFlash(images);
  const writer = new NvsWriter().add(SETTINGS, "ap-self.pair", ownPair());
  settle?.(writer);
  writer.bytes.copy(flash, address("nvs"));
  return { flash, air: "", args: SPEED };
}

/** Resolves when whatever the device boots answers. @param {Device} device @param {number} mark in the console @returns {Promise<Running>} */
export async function answers(device, mark) {
  const [, url] = await device.waitForLine(/^lws-xs: access point .* is at (https:\S+)\/$/, { after: mark });
  const answer = await fetch(url);
  const text = await answer.text();
  const [, page, version = ""] = /data-page="(\w+)" data-version="([\w.]+)"/.exec(text) ?? [];
  const { running } = await device.control("status");
  assert.deepEqual([answer.status, page], [200, running === "factory" ? "setup" : "application"]);
  return { device, url, running, version, isOpen: false };
}

/** Powers on as a person does who finds a device dark. @param {Device} device */
export async function powerOn(device) {
  const mark = device.mark();
  await device.powerOn();
  return answers(device, mark);
}

/** Setup, with the button held for as long as it takes to come up. @param {Device} device @returns {Promise<Running>} */
export async function powerOnForUpload(device) {
  await device.powerOff();
  const mark = device.mark();
  await device.powerOn(["--button", "down"]);
  const session = await answers(device, mark);
  await device.control("button up");
  return { ...session, isOpen: true };
}

/** Uploads an image or a part; resolves when what comes up then answers. @param {Running} session whatever runs @param {Buffer} file */
export async function upload(session, file) {
  const { device } = session;
  if (!session.isOpen) Object.assign(session, await powerOnForUpload(device));
  const mark = device.mark();
  const { status, text } = await post(session.url, form(file));
  assert.equal(status, 200, text);
  Object.assign(session, await answers(device, mark));
}

/**
 * Visits an application that is on probation, until it has proved itself.
 * @param {Running} session
 * @param {number} [mark] from which its word is looked for: one who has visited it before may have had it already
 */
export async function prove({ device, url }, mark = device.mark()) {
  const socket = new WebSocket(url.replace(/^http/, "ws"), "dumb-increment-protocol", { rejectUnauthorized: false });
  socket.on("error", () => {});
  try {
    await once(socket, "open");
    await device.waitForLine(/health: the image has proved itself/, { after: mark });
  } finally {
    socket.terminate();
  }
}

/** Whether a partition begins with an image. @param {Device} device @param {string} label @param {Buffer} file */
export const holds = (device, label, file) => device.partition(label).subarray(0, file.length).equals(file);
