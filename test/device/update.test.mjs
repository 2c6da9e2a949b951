// @ts-check
/** A new unit is brought onto its network, takes the application by upload, runs it, and goes back to setup: on whatever it runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { fetch } from "../lib/fetch.mjs";
import { openPlace, served } from "../lib/place.mjs";
import { Raw } from "../lib/raw.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { putHead } from "../lib/upload.mjs";

/** Milliseconds; an emulator takes minutes for its TLS and its flash. */
const UPLOAD = 400_000;

/** @type {import("../lib/place.mjs").Place} */ let place;
before(async () => {
  place = await openPlace("factory", { settings: false });
});
after(() => place?.close());

test("from a new unit to the application, and back", { timeout: UPLOAD + 200_000 }, async (t) => {
  if (place.kind === "running") return t.skip("a device that runs already is not made new");
  const setup = place.setupUrl(443, "https");
  await served(setup, /data-page="setup"/);
  const page = await ScanClient.open(setup);
  await page.state(page.setSlot(0, "qemu", ""));
  page.close();
  const file = place.application;
  const raw = await Raw.open(setup);
  raw.write(putHead({ length: file.length, headers: { Host: new URL(setup).host } })).write(file);
  const { status, body } = await raw.response({ patience: UPLOAD });
  assert.equal(status, 200, body.toString());
  raw.close();
  const application = place.url(443, "https");
  await served(application, /data-page="application"/);
  const socket = new WebSocket(application.replace("http", "ws"), "dumb-increment-protocol", {
    rejectUnauthorized: false,
  });
  assert.equal(String((await once(socket, "message", { signal: AbortSignal.timeout(20_000) }))[0]), "0");
  socket.close();
  assert.equal((await fetch(`${application}/esplws-rtf`, { method: "POST" })).status, 200);
  await served(setup, /data-page="setup"/);
});
