// @ts-check
/** Faults that the firmware before this one had with an update server, each with the test that would have found it: as somebody at the setup page sees it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { powerOnSetup } from "../lib/chip.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { Pki } from "../lib/pki.mjs";
import { pullDevice, SERVER } from "../lib/pull.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { imageOf, sectionOf, UpdateServer } from "../lib/update-server.mjs";

/** @typedef {import("../lib/scan-client.mjs").Message} Message */

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {NameServer} */ let names;
/** @type {UpdateServer} */ let server;
/** @type {ScanClient} */ let page;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const app = imageOf("echo", "9.1.0");
const FILE = "echo-9.1.0.bin";

before(async () => {
  names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
  server = await UpdateServer.start(pki.make({ name: SERVER }, root));
  const application = imageOf("bench", "9.0.0");
  device = pullDevice({ names, server, authority: root.cert, application, image: "factory" });
  page = await ScanClient.open(await powerOnSetup(device));
  await device.control("button up");
  await page.next((message) => message.inet === "1");
});
after(async () => {
  page?.close();
  await device?.close();
  server?.close();
  names?.close();
  pki.close();
});

/** What the page is told when a look is over. @param {string} state @param {number} [mark] */
const looked = (state, mark = page.send({ check: "1" })) =>
  page.next(({ latest }) => latest?.state === state && mark >= 0, mark);

test("W7: an error page in place of the list of updates is told as an error, and breaks nothing", async () => {
  const errorPage = '<!doctype html><script>"]}{"</script><h1>404</h1>"app": {"file": "evil.bin"}';
  for (const status of [404, 500, 200]) {
    server.handlers.set("manifest.json", (_request, response) => response.writeHead(status).end(errorPage));
    const mark = page.send({ check: "1" });
    await looked("checking", mark);
    const { latest } = await looked("failed", mark);
    assert.match(latest.error, status === 200 ? /list of updates is malformed/ : /server refused/);
    assert.deepEqual([latest.app, latest.factory], [{}, {}]);
  }
  server.clear();
  // As long a list as a unit reads.
  const parts = Array.from({ length: 8 }, (_, i) => ({
    ...sectionOf(app, `part-${i}.bin`),
    base: String(i).repeat(64),
  }));
  const { length } = JSON.stringify(server.offer({ app, javascript: parts }));
  server.offer({ app, javascript: parts }, { note: "x".repeat(4080 - length) });
  const { latest } = await looked("fresh");
  const { version, newer, js, size } = latest.app;
  assert.deepEqual([version, newer, js, size], ["9.1.0", "1", "0", String(app.length)]);
  assert.deepEqual([latest.error, latest.factory, latest.auto], ["", {}, "0"]);
});

test("W9: an update from the server that fails is told in words, and is over", async () => {
  server.files.set(FILE, app.subarray(0, app.length - 1));
  const mark = page.send({ "update-ota": "1" });
  const { text } = await page.next((message) => message.error === "UPDATE_LENGTH", mark);
  assert.match(text, /another length/);
  const state = await page.next(({ update }) => update?.state === "idle", mark);
  assert.equal(state.update.from, "");
  assert.equal((await device.figures()).boots, 1);
});

test("W9: progress is told from beginning to end, and then the application runs", async (t) => {
  server.files.set(FILE, app);
  const after = device.mark();
  const mark = page.send({ "update-ota": "1" });
  await page.next(({ update }) => update?.state === "receiving" && update.from === "server", mark);
  const steps = () => page.messages.slice(mark).filter((message) => message.upload === "1");
  await page.next((message) => message.upload === "1" && Number(message.pos) > app.length / 2, mark);
  const { peak, jsLimit, nativePeak, nativeLimit } = await device.figures();
  t.diagnostic(`JavaScript heap at most ${peak} of ${jsLimit} bytes, native heap ${nativePeak} of ${nativeLimit}`);
  assert.ok(peak < 0.7 * jsLimit && nativePeak < 0.7 * nativeLimit, "with a page open, by TLS on both sides");
  await device.waitForLine(/boot: Loaded app from partition at offset 0x1f0000/, { after });
  const positions = steps().map(({ pos }) => Number(pos));
  assert.deepEqual(
    positions.toSorted((a, b) => a - b),
    positions,
  );
  assert.ok(steps().every(({ len }) => Number(len) === app.length));
  assert.ok(device.partition("ota_0").subarray(0, app.length).equals(app));
});
