// @ts-check
/** Updates that small devices fetch from a folder that the tools have published. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publish } from "../../tools/lib/publish.mjs";
import { SETTINGS, settingsWith } from "./nvs.mjs";
import { Pki } from "./pki.mjs";
import { accessPoint, OPEN } from "./radio.mjs";
import { answers, deviceWith } from "./releases.mjs";
import { ScanClient } from "./scan-client.mjs";
import { FOLDER, UpdateServer } from "./update-server.mjs";

/** @typedef {import("./releases.mjs").Running} Running */

export class Published {
  #folder = mkdtempSync(join(tmpdir(), "lws-xs-published-"));

  /** @param {UpdateServer} server @param {string} authority */
  constructor(server, authority) {
    this.server = server;
    this.authority = authority;
  }

  static async start() {
    const pki = new Pki();
    try {
      const root = pki.make({ name: "root", authority: true });
      const pair = pki.make({ name: "updates", names: ["IP:127.0.0.1"] }, root);
      return new Published(await UpdateServer.start(pair), root.cert);
    } finally {
      pki.close();
    }
  }

  /** Publishes images; the server then has what is in the folder. @param {{ app?: Buffer, factory?: Buffer }} images */
  publish(images) {
    const files = Object.entries(images).map(([name, image]) => {
      const file = join(this.#folder, `new-${name}`);
      writeFileSync(file, image);
      return [name, file];
    });
    const out = join(this.#folder, "out");
    publish({ out, ...Object.fromEntries(files) });
    for (const name of readdirSync(out)) this.server.files.set(name, readFileSync(join(out, name)));
  }

  /** A device that knows the server, and a network to it. @param {import("../../tools/lib/flash.mjs").FlashContents} images */
  device(images) {
    const options = deviceWith(images, (writer) => {
      const url = `https://127.0.0.1:${this.server.port}${FOLDER}`;
      writer.add(SETTINGS, "update-url", url).add(SETTINGS, "update-ca", Buffer.from(this.authority));
      settingsWith([OPEN], writer);
    });
    return { ...options, air: accessPoint(OPEN, 1), args: [...options.args, "--clock", "real"] };
  }

  close() {
    this.server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Asks the page to look for an update and to install it; resolves when what comes up then answers.
 * @param {Running} session with setup @param {"ota" | "factory"} what
 */
export async function fetchUpdate(session, what) {
  const { device } = session;
  const client = await ScanClient.open(session.url);
  const mark = device.mark();
  try {
    const { latest } = await client.next(
      ({ latest }) => /^(?:fresh|failed)$/.test(latest?.state),
      client.send({ check: "1" }),
    );
    assert.deepEqual([latest.error, latest[what === "ota" ? "app" : what].newer], ["", "1"]);
    client.send({ [`update-${what}`]: "1" });
    Object.assign(session, await answers(device, mark));
  } finally {
    client.close();
  }
}
