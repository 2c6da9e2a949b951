// @ts-check
/** States of the page around updates. */
import { waitForText } from "./browser.mjs";
import { firmware } from "./fake-image.mjs";
import { application, JOINED, latest, offer } from "./fake-state.mjs";

/** @typedef {import("playwright-core").Page} Page @typedef {import("./fake-unit.mjs").FakeUnit} FakeUnit */

const RUNNING = { ...JOINED, ...application("v0.1.0", 9), ...latest() };
const NEWER = { app: offer("v0.2.0", true, "1", "48128"), factory: offer("v0.3.0", true) };

/** @param {Page} page @param {Parameters<typeof firmware>[0]} [what] */
export async function choose(page, what) {
  const file = firmware(what);
  await page.getByTestId("upload-file").setInputFiles(file);
  await waitForText(page, "file-note", /\S/);
  return file;
}

/** @param {Page} page @param {Parameters<typeof firmware>[0]} [what] */
export async function send(page, what) {
  const file = await choose(page, what);
  await page.getByTestId("upload-button").tap();
  return file;
}

/** @param {Page} page @param {RegExp} words */
const ended = (page, words) => waitForText(page, "upload-result", words);

/** @type {import("./page-states.mjs").PageState[]} */
export const UPDATE_STATES = [
  { name: "file", at: "application", state: JOINED, arrange: (page) => choose(page) },
  {
    name: "file-setup",
    at: "application",
    state: RUNNING,
    arrange: (page) => choose(page, { kind: 1, app: "lws-setup" }),
  },
  {
    name: "file-part",
    at: "application",
    state: RUNNING,
    arrange: (page) => choose(page, { kind: 3, model: "lws-mini", size: 30_000 }),
  },
  {
    name: "setup-asked",
    state: RUNNING,
    arrange: async (page) => {
      await send(page, { kind: 1, app: "lws-setup" });
      await page.getByTestId("confirm").waitFor();
    },
  },
  {
    name: "not-signed",
    at: "application",
    state: JOINED,
    arrange: async (page) => {
      await send(page, { signed: false });
      await ended(page, /not signed/);
    },
  },
  {
    name: "uploading",
    at: "application",
    state: RUNNING,
    before: (unit) => Object.assign(unit, { holdAt: 250_000 }),
    arrange: async (page) => {
      await send(page);
      await waitForText(page, "upload-text", /^244 kB of 391 kB$/);
    },
  },
  {
    name: "upload-waits",
    at: "application",
    state: RUNNING,
    before: (unit) => Object.assign(unit, { cutAt: 250_000 }),
    arrange: async (page) => {
      await send(page);
      await waitForText(page, "upload-text", /broke off at \d+ kB of 391 kB/);
      await page.locator('body[data-link="lost"]').waitFor();
      await page.waitForTimeout(1300);
    },
  },
  {
    name: "checking",
    at: "application",
    state: RUNNING,
    before: (unit) => Object.assign(unit, { holdAt: 250_000 }),
    arrange: async (page, unit) => {
      await send(page);
      await waitForText(page, "upload-text", /^244 kB/);
      unit.change({ update: { state: "checking", id: unit.upload.id, from: "page" } });
      await waitForText(page, "upload-text", /Checking/);
    },
  },
  {
    name: "installed",
    at: "application",
    state: JOINED,
    arrange: async (page) => {
      await send(page);
      await ended(page, /installed/);
    },
  },
  {
    name: "setup-arrived",
    at: "application",
    arrange: async (page) => {
      await send(page, { kind: 1, app: "lws-setup" });
      await ended(page, /setup image has arrived/);
    },
  },
  {
    name: "refused",
    at: "application",
    state: RUNNING,
    before: (unit) =>
      unit.answers.set("update", {
        status: 422,
        body: { error: "UPDATE_UNKNOWN_KEY", text: "the image is signed by a key that this device does not know" },
      }),
    arrange: async (page) => {
      await send(page);
      await ended(page, /refused/);
    },
  },
  {
    name: "cancelled",
    at: "application",
    state: RUNNING,
    before: (unit) => Object.assign(unit, { holdAt: 250_000 }),
    arrange: async (page) => {
      await send(page);
      await waitForText(page, "upload-text", /^244 kB/);
      await page.getByTestId("upload-cancel").tap();
      await ended(page, /cancelled/);
    },
  },
  {
    name: "foreign",
    at: "application",
    state: { ...RUNNING, update: { state: "receiving", id: "ab", from: "page" } },
    arrange: async (page, unit) => {
      unit.say({ upload: "1", pos: "300000", len: "900000" });
      await page.locator("#upload-bar[value]").waitFor();
    },
  },
  { name: "paused", at: "application", state: { ...RUNNING, update: { state: "paused", id: "ab", from: "page" } } },
  {
    name: "rolled-back",
    at: "application",
    state: { ...JOINED, rolled: { app: "lws-demos", version: "v0.2.0", reason: "watchdog", start: "1" } },
  },
  {
    name: "started-again",
    at: "application",
    state: { ...JOINED, rolled: { app: "lws-demos", version: "v0.2.0", reason: "health", start: "1" } },
    arrange: async (page) => {
      await page.getByTestId("rolled-start").tap();
      await ended(page, /started again/);
    },
  },
  { name: "updates-none", at: "updates", state: RUNNING },
  { name: "updates", at: "updates", state: { ...RUNNING, ...latest(NEWER) } },
  { name: "updates-off", at: "updates", state: { ...RUNNING, ...latest({ state: "off", url: "", checked: "0" }) } },
  { name: "updates-checking", at: "updates", state: { ...RUNNING, ...latest({ state: "checking" }) } },
  {
    name: "updates-failed",
    at: "updates",
    state: {
      ...RUNNING,
      ...latest({ state: "failed", error: "the certificate of the server is for another name", auto: "1" }),
    },
  },
  {
    name: "server-refused",
    at: "updates",
    state: RUNNING,
    arrange: async (page) => {
      await page.getByTestId("server").locator("summary").tap();
      await page.getByTestId("update-url").fill("http://updates.example");
      await page.getByTestId("server-store").tap();
      await page.getByTestId("server-error").waitFor();
    },
  },
  {
    name: "pulling",
    at: "updates",
    state: { ...RUNNING, ...latest(NEWER) },
    arrange: async (page, unit) => {
      await page.getByTestId("install-app").tap();
      await unit.hears("update-ota");
      unit.change({ update: { state: "receiving", id: "", from: "server" } });
      unit.say({ upload: "1", pos: "17000", len: "48128" });
      await waitForText(page, "upload-text", /fetches an image: 17 kB of 47 kB/);
    },
  },
  {
    name: "pull-waits",
    at: "updates",
    state: { ...RUNNING, ...latest(NEWER), update: { state: "paused", id: "ab", from: "server" } },
    arrange: async (page, unit) => {
      unit.say({ upload: "1", pos: "17000", len: "48128" });
      await waitForText(page, "upload-text", /does not answer/);
    },
  },
  {
    name: "pull-failed",
    at: "updates",
    state: { ...RUNNING, ...latest(NEWER) },
    arrange: async (page, unit) => {
      await page.getByTestId("install-app").tap();
      await unit.hears("update-ota");
      unit.say({ error: "UPDATE_STALLED", text: "the server has stopped sending", for: "update" });
      unit.change({ update: { state: "idle", id: "", from: "" } });
      await ended(page, /stopped sending/);
    },
  },
];
