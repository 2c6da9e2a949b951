// @ts-check
/** What `lws-xs publish` makes, served by nginx as a plain folder: units find it, take it, and go on where they were when the server goes away. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { publish } from "../../tools/lib/publish.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { Nginx } from "../lib/nginx.mjs";
import { Pki } from "../lib/pki.mjs";
import { pull, pullDevice, SERVER } from "../lib/pull.mjs";
import { workshop } from "../lib/release.mjs";
import { FOLDER, imageOf } from "../lib/update-server.mjs";

const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: SERVER }, root);
const { folder, file } = workshop("nginx");
const out = join(folder, FOLDER);
const app = imageOf("echo", "9.1.0");
/** @type {NameServer} */ let names;
/** @type {Nginx} */ let nginx;

before(async () => {
  mkdirSync(out, { recursive: true });
  publish({ out, app: file(app), factory: file(imageOf("factory", "9.0.0")) });
  names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
  nginx = new Nginx({ root: folder, certFile: pair.certFile, keyFile: pair.keyFile });
  // Slow enough for the server to go away in the middle.
  await nginx.start("limit_rate_after 30k; limit_rate 30k;");
});
after(async () => {
  await nginx?.close();
  names?.close();
  pki.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a unit installs what was published, over two runs of the server", async () => {
  const options = { first: 1, waits: [300, 300, 300, 300, 300, 300] };
  const application = imageOf("bench", "9.0.0");
  const device = pullDevice({ names, server: nginx, authority: root.cert, application, options });
  try {
    await device.powerOn();
    await device.waitForLine(/pull: fresh/);
    const { app: offered, factory, error } = await pull(device);
    assert.deepEqual([error, offered.version, offered.newer, offered.size], ["", "9.1.0", true, app.length]);
    assert.equal(factory.version, "9.0.0");
    const mark = device.mark();
    assert.equal((await pull(device, "app")).thrown, undefined);
    while ((await pull(device)).installer.received < 40_000);
    await nginx.stop();
    const [, at] = await device.waitForLine(/updates: CONNECTION_LOST at (\d+) bytes/, { after: mark });
    await nginx.start();
    await device.waitForLine(/boot: Loaded app from partition at offset 0x1f0000/, { after: mark });
    assert.ok(Number(at) >= 40_000 && Number(at) < app.length, at);
    assert.equal(
      device.lines.slice(mark).some((line) => line.includes("from the start")),
      false,
    );
    assert.ok(device.partition("ota_0").subarray(0, app.length).equals(app));
  } catch (error) {
    throw new Error(`${error}\n${nginx.log}\n${device.tail()}`, { cause: error });
  } finally {
    await device.close();
  }
});
