// @ts-check
/** Both images are updated again and again, by a page and from a server in turn; in between somebody uses the application. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { Device } from "../../tools/lib/device.mjs";
import { fetchUpdate, Published } from "../lib/pulled.mjs";
import * as releases from "../lib/releases.mjs";
import { put } from "../lib/upload.mjs";

/** @typedef {import("../lib/releases.mjs").Running} Running */

const ROUNDS = 10;

/** @type {Published} */ let published;
/** @type {Device} */ let device;
before(async () => {
  published = await Published.start();
  const images = { factory: releases.setup("1.0.0"), ota_0: releases.application("1.0.0") };
  device = new Device(published.device(images));
});
after(async () => {
  await device?.close();
  published?.close();
});

/** As the page does it. @param {Running} session @param {Buffer} file */
async function putUpdate(session, file) {
  const mark = device.mark();
  const { status, text } = await put(session.url, file);
  assert.equal(status, 200, text);
  Object.assign(session, await releases.answers(device, mark));
}

/** Somebody who is connected to the application; resolves when it has counted to three for him, and has proved itself. @param {Running} session */
async function visit(session) {
  const socket = new WebSocket(session.url.replace(/^http/, "ws"), "dumb-increment-protocol", {
    rejectUnauthorized: false,
  });
  /** @type {string[]} */ const heard = [];
  socket.on("message", (data) => heard.push(String(data)));
  await once(socket, "open");
  await releases.prove(session);
  while (heard.length < 3) await once(socket, "message");
  assert.deepEqual(heard.slice(0, 3), ["0", "1", "2"]);
  socket.terminate();
}

test(`${ROUNDS} updates of both images in turn`, { timeout: 180_000 }, async () => {
  for (let round = 1; round <= ROUNDS; round++) {
    const version = `1.${round}.0`;
    // None of its blocks is what was there before.
    const factory = releases.setup(version, { shift: 16 * round });
    const app = releases.application(version, { shift: 16 * round });
    const isPulled = round % 2 === 0;
    if (isPulled) published.publish({ factory, app });
    for (const what of /** @type {const} */ (["factory", "ota"])) {
      const session = await releases.powerOnForUpload(device);
      if (isPulled) {
        await device.waitForAddress("station");
        await fetchUpdate(session, what);
      } else await putUpdate(session, what === "ota" ? app : factory);
      assert.deepEqual([session.running, session.version], [what === "ota" ? "ota_0" : "factory", version]);
      assert.ok(releases.holds(device, "factory", factory));
      if (what === "ota") await visit(session);
    }
  }
  assert.equal(
    device.lines.find((line) => /board: reset: (?!restart)|^E /.test(line)),
    undefined,
  );
});
