// @ts-check
/** Setup and application brought up to date in turn from one server, as somebody at the page asks for it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { powerOnSetup, servedSetup } from "../lib/chip.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { Pki } from "../lib/pki.mjs";
import { pullDevice, SERVER } from "../lib/pull.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";
import { imageOf, UpdateServer } from "../lib/update-server.mjs";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {NameServer} */ let names;
/** @type {UpdateServer} */ let server;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });

before(async () => {
  names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
  server = await UpdateServer.start(pki.make({ name: SERVER }, root));
  const application = imageOf("echo", "9.0.0");
  device = pullDevice({ names, server, authority: root.cert, application, image: "factory" });
});
after(async () => {
  await device?.close();
  server?.close();
  names?.close();
  pki.close();
});

/** Somebody stands in front of the unit, looks, and asks for an update. @param {"update-ota" | "update-factory"} what */
async function ask(what) {
  const page = await ScanClient.open(await powerOnSetup(device));
  await device.control("button up");
  await page.next((message) => message.inet === "1");
  const { latest } = await page.next((message) => message.latest?.state === "fresh", page.send({ check: "1" }));
  page.send({ [what]: "1" });
  await page.ended();
  page.close();
  return latest;
}

for (const round of [1, 2]) {
  test(`setup, then the application, from the server: round ${round}`, async () => {
    const version = `9.${round}.0`;
    const app = imageOf("echo", version);
    server.clear();
    server.offer({ app, factory: imageOf("factory", version) });
    let after = device.mark();
    const first = await ask("update-factory");
    assert.deepEqual([first.factory.newer, first.app.newer], ["1", "1"]);
    await device.waitForLine(/boot: Loaded app from partition at offset 0x1f0000/, { after });
    after = device.mark();
    const state = await readState(await servedSetup(device, after));
    assert.deepEqual([state.img_factory.git, state.img_ota.date], [version, "Empty"]);
    await device.powerOff();
    after = device.mark();
    const second = await ask("update-ota");
    assert.deepEqual([second.factory.newer, second.app.newer], ["0", "1"]);
    await device.waitForLine(/boot: Loaded app from partition at offset 0x1f0000/, { after });
    assert.ok(device.partition("ota_0").subarray(0, app.length).equals(app));
    await device.powerOff();
  });
}
