// @ts-check
/** A unit in operation finds what is newer, goes to setup for it, and comes back: with it, or without it and then not again at once. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { readImage } from "../../tools/lib/image.mjs";
import { makePart } from "../../tools/lib/javascript-part.mjs";
import { developmentKey } from "../../tools/lib/keys.mjs";
import { writeOtadata } from "../../tools/lib/otadata.mjs";
import { ownPair } from "../lib/certificates.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { readNvs } from "../lib/nvs.mjs";
import { giveUp, install } from "../lib/overlay.mjs";
import { Pki } from "../lib/pki.mjs";
import { pullDevice, SERVER } from "../lib/pull.mjs";
import { imageOf, sectionOf, UpdateServer } from "../lib/update-server.mjs";

/** @typedef {import("../../tools/lib/device.mjs").Device} Device */

/** How many times as fast as the world's the time of these devices runs. */
const SPEED = 10;
const HOUR = 3600;
/** Looks come at once, and then every 20 s. */
const TIMES = { first: 1, interval: 20_000, window: 1, again: 3000, rest: 1 };

/** @type {NameServer} */ let names;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: SERVER }, root);
const old = imageOf("watch", "9.0.0");
const app = imageOf("watch", "9.1.0");

before(async () => {
  names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
});
after(() => {
  names?.close();
  pki.close();
});

/**
 * A device whose application runs, with setup beside it, and a server.
 * @param {(device: Device, server: UpdateServer) => Promise<void>} work
 * @param {Partial<import("../lib/pull.mjs").PullOptions> & { change?: (device: Device) => void }} [wanted]
 */
async function withWatch(work, { change, ...wanted } = {}) {
  const server = await UpdateServer.start(pair);
  server.offer({ app });
  const device = pullDevice({
    ...{ names, server, authority: root.cert, application: old, options: TIMES, auto: true, pair: ownPair() },
    ...{ image: "factory", boot: "ota_0", args: ["--speed", String(SPEED)], ...wanted },
  });
  change?.(device);
  try {
    await device.powerOn();
    await work(device, server);
  } catch (error) {
    throw new Error(`${error}\n${device.tail(80)}`, { cause: error });
  } finally {
    await device.close();
    server.close();
  }
}

/** What an application tells whoever is on its page, and the page. @param {string} url @param {string} protocol */
async function visit(url, protocol) {
  const socket = new WebSocket(url.replace(/^http/, "ws"), protocol, { rejectUnauthorized: false });
  const [data] = await once(socket, "message");
  return { socket, text: String(data) };
}

/** Ends a visit. @param {WebSocket} socket */
async function leave(socket) {
  socket.close();
  await once(socket, "close");
}

/** Lets devices wait for the list of updates, until what it returns is called. @param {UpdateServer} server */
function hold(server) {
  let open = () => {};
  /** @type {Promise<void>} */ const gate = new Promise((resolve) => {
    open = resolve;
  });
  server.handlers.set("manifest.json", (request, response) => {
    gate.then(() => server.send("manifest.json", request, response));
  });
  return open;
}

/** Version of the application in flash. @param {Device} device */
const versionOf = (device) => readImage(device.partition("ota_0")).version;
/** @param {Device} device @param {string} key */
const stored = (device, key) => readNvs(device.partition("nvs")).get(key);
/** @param {Device} device */
const running = async (device) => (await device.control("status")).running;
/** Where the page of the application is. @param {Device} device */
const page = (device) => device.waitForAddress("station");

describe("in operation", { concurrency: 3 }, () => {
  test("the application updates itself by way of setup", async () => {
    const wanted = { application: imageOf("ota", "9.0.0"), options: {} };
    await withWatch(async (device, server) => {
      const release = hold(server);
      server.offer({ app: imageOf("ota", "9.1.0") });
      const before = await visit(await device.waitForAddress("station", "https"), "lws-status");
      assert.match(before.text, /^\{"version":"[\w-]+ 9\.0\.0"/);
      await leave(before.socket);
      release();
      await device.waitForLine(/updates: 9\.1\.0 is to be had$/);
      await device.waitForLine(/updates: fetches .*9\.1\.0\.bin/);
      await device.waitForLine(/health: on probation/);
      const mark = device.mark();
      const [, url] = await device.waitForLine(/^lws-xs: station .* (https:\S+)/, { after: mark });
      const { socket, text } = await visit(url, "lws-status");
      socket.close();
      assert.match(text, /^\{"version":"[\w-]+ 9\.1\.0"/);
      assert.equal(await running(device), "ota_0");
      assert.match(
        server.requests.join(" "),
        /^manifest\.json manifest\.json [\w.-]+9\.1\.0\.bin(?: manifest\.json)?$/,
      );
    }, wanted);
  });

  test("without its server the old application comes back, and goes again after a day, then after two", async (t) => {
    await withWatch(async (device, server) => {
      server.handlers.set("manifest.json", (request, response, { requests }) => {
        if (requests.length === 2) response.destroy();
        else server.send("manifest.json", request, response);
      });
      await device.waitForLine(/updates: 9\.1\.0 is to be had$/);
      await device.waitForLine(/no update: restarts into the application/);
      await device.waitForLine(/it is too early to try again/);
      const { boots, flashOperations: before } = await device.figures();
      assert.deepEqual([await running(device), boots], ["ota_0", 3]);
      assert.match(String(stored(device, "lws-update/tried")), /^9\.1\.0 1 \d+$/);
      assert.equal(stored(device, "lws-station/fallen"), undefined);
      await device.waitForLine(/it is too early to try again/, { after: device.mark() });
      assert.equal((await device.figures()).boots, 3);

      server.files.delete(sectionOf(app).file);
      const mark = device.mark();
      const tomorrow = Math.floor(Date.now() / 1000) + 21 * HOUR;
      await device.control(`clock ${tomorrow}`);
      await device.waitForLine(/nothing is installed: UPDATE_REFUSED/, { after: mark });
      await device.waitForLine(/it is too early to try again/, { after: mark });
      const { flashOperations } = await device.figures();
      t.diagnostic(`${flashOperations - before} flash operations for an attempt, those of two joins among them`);
      assert.ok(flashOperations - before <= 20);
      assert.match(String(stored(device, "lws-update/tried")), /^9\.1\.0 2 \d+$/);
      await device.control(`clock ${tomorrow + 21 * HOUR}`);
      await device.waitForLine(/it is too early to try again/, { after: device.mark() });
      assert.deepEqual([versionOf(device), (await device.figures()).boots], ["9.0.0", 5]);
    });
  });

  test("somebody on a page delays it, but not for ever", async () => {
    await withWatch(async (device, server) => {
      const release = hold(server);
      const { socket } = await visit(await page(device), "lws-status");
      const mark = device.mark();
      release();
      await device.waitForLine(/updates: 9\.1\.0 is to be had$/);
      await delay((4 * TIMES.again) / SPEED);
      assert.deepEqual([await running(device), server.requests], ["ota_0", ["manifest.json"]]);
      socket.close();
      await device.waitForLine(/updates: fetches/, { after: mark });
    });
    const patience = 12_000;
    const options = { ...TIMES, patience };
    await withWatch(
      async (device, server) => {
        const release = hold(server);
        const { socket } = await visit(await page(device), "lws-status");
        socket.on("error", () => {});
        release();
        const start = Date.now();
        await once(socket, "close");
        const took = (Date.now() - start) * SPEED;
        assert.ok(took > patience / 2, `${took} ms`);
        await device.waitForLine(/updates: fetches/);
      },
      { options },
    );
  });

  test("an application on probation proves itself first", async () => {
    await withWatch(
      async (device) => {
        const line = (/** @type {RegExp} */ pattern) => device.lines.findIndex((each) => pattern.test(each));
        await device.waitForLine(/updates: fetches/);
        const [found, proved, gone] = [/is to be had$/, /has proved itself/, /RTC word 0xb00bcafe/].map(line);
        assert.ok(0 < found && found < proved && proved < gone, `${[found, proved, gone]}`);
      },
      { change: (device) => rewritePartition(device.flashFile, "otadata", writeOtadata(1, "new")) },
    );
  });

  test("what was rolled back here is not taken again", async () => {
    const next = imageOf("watch", "9.1.0", {}, [{ kind: RESOURCE, name: "new.txt", data: Buffer.from("new") }]);
    const part = makePart(old, next, { key: developmentKey() });
    /** A part that the boot loader has given up. @param {Device} device */
    const change = (device) => {
      const flash = readFileSync(device.flashFile);
      install(flash, "A", 1, part);
      giveUp(flash, "A");
      writeFileSync(device.flashFile, flash);
    };
    await withWatch(
      async (device) => {
        await device.waitForLine(/9\.1\.0 is to be had, but it was rolled back here/);
        await device.waitForLine(/but it was rolled back here/, { after: device.mark() });
        assert.deepEqual([await running(device), (await device.figures()).boots], ["ota_0", 1]);
      },
      { change },
    );
  });

  test("where nobody has allowed it, the application stays and tells", async () => {
    await withWatch(
      async (device) => {
        await device.waitForLine(/9\.1\.0 is to be had, but nobody has allowed to install it/);
        const { socket, text } = await visit(await page(device), "lws-status");
        assert.match(text, /"newer":"9\.1\.0"/);
        await leave(socket);
        assert.deepEqual([await running(device), (await device.figures()).boots], ["ota_0", 1]);
        assert.equal(stored(device, "lws-update/tried"), undefined);
      },
      { auto: false },
    );
  });
});
