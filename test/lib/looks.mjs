// @ts-check
/** A device that looks at an update server when it is told to, and the server. The image is test/images/pull. */
import assert from "node:assert/strict";
import { NameServer } from "./name-server.mjs";
import { Pki } from "./pki.mjs";
import { pull, pullDevice, SERVER } from "./pull.mjs";
import { FOLDER, imageOf, jws, UpdateServer } from "./update-server.mjs";

/** @typedef {Record<string, any>} Json */
/** @typedef {Awaited<ReturnType<typeof startLooks>>} Looks */

/** Limits that end a test soon. */
const HTTP = { connectTimeout: 1500, answerTimeout: 700, bodyTimeout: 700, leastBytes: 500 };

export const app = imageOf("echo", "9.1.0");
export const setup = imageOf("factory", "9.0.0");

/** Starts both; the device has looked once. */
export async function startLooks() {
  const pki = new Pki();
  const root = pki.make({ name: "root", authority: true });
  const pair = pki.make({ name: SERVER }, root);
  const names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
  const server = await UpdateServer.start(pair);
  server.offer({ app, factory: setup });
  const application = imageOf("bench", "9.0.7");
  const options = { first: 1, retries: [600_000], http: HTTP };
  const device = pullDevice({ names, server, authority: root.cert, application, options });
  const installed = device.partition("ota_0");
  await device.powerOn();
  await device.waitForLine(/pull: fresh/);

  const base = (port = server.port) => `https://${SERVER}:${port}${FOLDER}`;

  /** Lets the device look; resolves with what it says when it has. @param {string} [url] of the folder: another one than before */
  async function look(url) {
    const after = device.mark();
    const { thrown } = await pull(device, url === undefined ? "check" : `url?${url}`);
    assert.equal(thrown, undefined);
    await device.waitForLine(/pull: (?:fresh|failed)/, { after });
    return pull(device);
  }

  /** @param {string} error @param {string} what @param {string} [url] */
  async function refused(error, what, url) {
    const said = await look(url);
    assert.deepEqual([said.state, said.error], ["failed", error], what);
    assert.equal(said.installer.state, "idle", what);
  }

  /** The payload of a good manifest, changed. @param {(payload: Json) => void} change */
  function changed(change) {
    const payload = server.offer({ app, factory: setup });
    change(payload);
    return jws(JSON.stringify(payload));
  }

  /** Nothing of all that has changed the application. */
  async function check() {
    assert.ok(device.partition("ota_0").equals(installed));
    const { boots } = await device.figures();
    assert.equal(boots, 1, device.tail());
  }

  async function close() {
    await device.close();
    server.close();
    names.close();
    pki.close();
  }

  return { device, server, pki, root, pair, base, look, refused, changed, check, close };
}
