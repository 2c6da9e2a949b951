// @ts-check
/** How an image comes from an update server: in full or not at all, over connections that break, and never in somebody's way. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { makePart } from "../../tools/lib/javascript-part.mjs";
import { developmentKey } from "../../tools/lib/keys.mjs";
import { readTrailer } from "../../tools/lib/trailer.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { Pki } from "../lib/pki.mjs";
import { pull, pullDevice, SERVER } from "../lib/pull.mjs";
import { imageOf, jws, sectionOf, UpdateServer } from "../lib/update-server.mjs";

/** @typedef {Record<string, any>} Json @typedef {import("../../tools/lib/device.mjs").Device} Device */

/** The time of devices runs so many times faster than ours; what follows is theirs. */
const FAST = ["--speed", "4"];
const OPTIONS = {
  first: 1,
  retries: [600_000],
  waits: [400, 400, 400, 400],
  http: { connectTimeout: 6000, answerTimeout: 2400, bodyTimeout: 2400, leastBytes: 8000 },
};

/** @type {NameServer} */ let names;
/** @type {UpdateServer} */ let server;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: SERVER }, root);
const app = imageOf("echo", "9.1.0");
const FILE = "echo-9.1.0.bin";

before(async () => {
  names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
  server = await UpdateServer.start(pair);
});
after(() => {
  server?.close();
  names?.close();
  pki.close();
});

/**
 * A device that has looked.
 * @param {(device: Device) => Promise<void>} work
 * @param {Partial<import("../lib/pull.mjs").PullOptions>} [wanted]
 */
async function withPull(work, wanted = {}) {
  server.clear();
  server.offer({ app });
  const application = imageOf("bench", "9.0.0");
  const device = pullDevice({
    names,
    server,
    authority: root.cert,
    application,
    options: OPTIONS,
    args: FAST,
    ...wanted,
  });
  try {
    await device.powerOn();
    await device.waitForLine(/pull: (?:fresh|failed)/);
    await work(device);
  } catch (error) {
    throw new Error(`${error}\n${device.tail()}`, { cause: error });
  } finally {
    await device.close();
  }
}

/** @param {import("node:http").ServerResponse} response */
function chunked(response) {
  response.write(app.subarray(0, 5000));
  response.end();
}

/** Lets it install; resolves with what whoever looks at a page is told. @param {Device} device @param {string} [what] */
async function failure(device, what = "app") {
  const after = device.mark();
  const { thrown } = await pull(device, what);
  if (thrown) return thrown;
  const [, code] = await device.waitForLine(/pull: told: (\w+)/, { after });
  const { installer } = await pull(device);
  assert.equal(installer.state, "idle");
  return code;
}

/** Resolves when the new application runs. @param {Device} device @param {number} after */
async function installed(device, after) {
  await device.waitForLine(/boot: Loaded app from partition at offset 0x1f0000/, { after });
  assert.equal((await device.control("status")).running, "ota_0");
  assert.ok(device.partition("ota_0").subarray(0, app.length).equals(app));
}

test("what is older than the unit still takes is refused before anything is erased", async () => {
  await withPull(
    async (device) => {
      const before = device.partition("ota_0");
      assert.equal(await failure(device), "UPDATE_TOO_OLD");
      assert.ok(device.partition("ota_0").equals(before));
    },
    { floor: "9.5.0.0" },
  );
});

test("an answer that is not the file of the list changes nothing", async () => {
  await withPull(async (device) => {
    const before = device.partition("ota_0");
    /** @type {[string, import("../lib/update-server.mjs").Handler][]} */
    const cases = [
      ["UPDATE_REFUSED", (_request, response) => response.writeHead(404).end("not here")],
      ["UPDATE_REFUSED", (_request, response) => response.writeHead(403).end(app)],
      ["UPDATE_REDIRECT", (_request, response) => response.writeHead(302, { Location: "other.bin" }).end()],
      [
        "UPDATE_LENGTH",
        (_request, response) => response.writeHead(200, { "Content-Length": app.length - 1 }).end(app.subarray(1)),
      ],
      [
        "UPDATE_LENGTH",
        (_request, response) => response.writeHead(200, { "Content-Length": app.length + 1 }).write(app),
      ],
      ["UPDATE_LENGTH", (_request, response) => chunked(response)],
      ["UPDATE_LENGTH", (_request, response) => response.writeHead(200, { "Content-Length": 0 }).end()],
      [
        "UPDATE_REFUSED",
        (_request, response) =>
          response
            .writeHead(206, {
              "Content-Range": `bytes 0-${app.length - 1}/${app.length}`,
              "Content-Length": app.length,
            })
            .end(app),
      ],
      [
        "UPDATE_REFUSED",
        (_request, response) =>
          response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": app.length }).end(app),
      ],
      ["UPDATE_REFUSED", (_request, response) => response.writeHead(503).end()],
      ["CONNECTION_LOST", (request) => request.socket.destroy()],
      ["UPDATE_STALLED", () => {}],
    ];
    for (const [i, [code, handler]] of cases.entries()) {
      server.handlers.set(FILE, (request, response) => {
        // One that says a wrong length says no more.
        response.strictContentLength = false;
        handler(request, response, server);
      });
      assert.equal(await failure(device), code, `${i} ${code}`);
    }
    assert.ok(device.partition("ota_0").equals(before), "the application is as it was");
    assert.equal((await device.figures()).boots, 1);
  });
});

test("a file that is not what its hash says, or what its maker has signed, is refused at its end", async () => {
  await withPull(async (device) => {
    const evil = Buffer.from(app);
    evil[evil.length >> 1] ^= 1;
    server.files.set(FILE, evil);
    assert.equal(await failure(device), "UPDATE_DAMAGED");
    const payload = server.offer({ app });
    payload.app.sha256 = createHash("sha256").update(evil).digest("hex");
    server.setManifest(jws(JSON.stringify(payload)));
    server.files.set(FILE, evil);
    const after = device.mark();
    await pull(device, "check");
    await device.waitForLine(/pull: fresh/, { after });
    assert.equal(await failure(device), "UPDATE_DAMAGED");
    assert.equal((await device.control("status")).running, "factory");
    const foreign = imageOf("echo", "9.1.0", { model: "lamp" });
    server.offer({ app: foreign });
    const again = device.mark();
    await pull(device, "check");
    await device.waitForLine(/pull: fresh/, { after: again });
    assert.equal(await failure(device), "UPDATE_WRONG_MODEL");
  });
});

test("a download goes on where it was: after a busy server, lost connections, a stall, a reset", async () => {
  await withPull(async (device) => {
    let count = 0;
    server.handlers.set(FILE, (request, response) => {
      const from = Number(/\d+/.exec(request.headers.range ?? "0")?.[0]);
      count++;
      if (count === 1) response.writeHead(503, { "Retry-After": "1" }).end();
      else if (count === 6) server.send(FILE, request, response);
      else {
        const head = {
          "Content-Range": `bytes ${from}-${app.length - 1}/${app.length}`,
          "Content-Length": app.length - from,
          ETag: '"t"',
        };
        response.writeHead(from > 0 ? 206 : 200, head);
        response.write(app.subarray(from, from + 25_000), () => {
          if (count < 4) setTimeout(() => request.socket.destroy(), 100);
        });
      }
      if (count > 2) assert.equal(request.headers["if-range"], '"t"');
    });
    server.tagged = false;
    const after = device.mark();
    assert.equal((await pull(device, "app")).thrown, undefined);
    await installed(device, after);
    const ranges = server.requests
      .filter((each) => each.startsWith(FILE))
      .map((each) => Number(/(\d+)-$/.exec(each)?.[1] ?? 0));
    assert.deepEqual(ranges.slice(0, 2), [0, 0]);
    assert.ok(ranges[2] > 0 && ranges[3] > ranges[2] && ranges[4] > ranges[3], `${ranges}`);
  });
});

test("a server that can't go on sends all again, twice at most; a slow one is given up", async () => {
  await withPull(async (device) => {
    let count = 0;
    server.handlers.set(FILE, (request, response) => {
      count++;
      response.writeHead(200, { "Content-Length": app.length });
      if (count === 3) response.end(app);
      else response.write(app.subarray(0, 40_000), () => setTimeout(() => request.socket.destroy(), 100));
    });
    const drip = (/** @type {unknown} */ _request, /** @type {import("node:http").ServerResponse} */ response) => {
      response.writeHead(200, { "Content-Length": app.length });
      let at = 0;
      const timer = setInterval(() => {
        response.write(app.subarray(at, at + 40));
        at += 40;
      }, 20);
      response.on("close", () => clearInterval(timer));
    };
    const good = server.handlers.get(FILE);
    server.handlers.set(FILE, drip);
    assert.equal(await failure(device), "UPDATE_STALLED");
    server.handlers.set(FILE, /** @type {import("../lib/update-server.mjs").Handler} */ (good));
    const after = device.mark();
    await pull(device, "app");
    await installed(device, after);
    assert.equal(count, 3);
  });
});

test("W9: an update that fails is told, and ends; the next one can begin", async () => {
  await withPull(async (device) => {
    server.handlers.set(FILE, (request, response) => {
      response.writeHead(200, { "Content-Length": app.length });
      response.write(app.subarray(0, 60_000), () => setTimeout(() => request.socket.destroy(), 50));
    });
    const after = device.mark();
    assert.equal(await failure(device), "UPDATE_STALLED");
    const said = await pull(device);
    assert.deepEqual(
      [said.installer, said.state],
      [{ state: "idle", from: "", received: said.installer.received, length: said.installer.length }, "fresh"],
    );
    assert.equal(device.lines.slice(after).filter((line) => line.includes("pull: told")).length, 1);
    server.handlers.clear();
    await pull(device, "app");
    await installed(device, after);
  });
});

test("nobody is disturbed who uploads, and whoever cancels is obeyed", async () => {
  await withPull(async (device) => {
    await pull(device, "upload");
    assert.equal((await pull(device, "app")).thrown, "UPDATE_BUSY");
    assert.equal((await pull(device, "check")).thrown, "UPDATE_BUSY");
    await pull(device, "leave");
    server.handlers.set(FILE, (_request, response) =>
      response.writeHead(200, { "Content-Length": app.length }).write(app.subarray(0, 9000)),
    );
    await pull(device, "app");
    await delay(300);
    const { installer } = await pull(device, "upload");
    assert.deepEqual([installer.state, installer.from, installer.length], ["receiving", "server", app.length]);
    assert.equal((await pull(device, "app")).thrown, "UPDATE_BUSY");
    await pull(device, "cancel");
    assert.equal((await pull(device)).installer.state, "idle");
    // While a download waits to go on, somebody at the page comes first.
    server.handlers.set(FILE, (request) => request.socket.destroy());
    const after = device.mark();
    await pull(device, "app");
    await device.waitForLine(/updates: CONNECTION_LOST/, { after });
    assert.equal((await pull(device, "upload")).thrown, undefined);
    await device.waitForLine(/nothing is installed: UPDATE_CANCELLED/, { after });
    assert.equal((await pull(device)).installer.from, "page");
  });
});

test("what is newer is installed by itself only where that was allowed, and not while somebody uploads", async () => {
  await withPull(async (device) => {
    const after = device.mark();
    await delay(500);
    assert.equal(server.requests.includes(FILE), false);
    await pull(device, "auto/1");
    await installed(device, after);
  }, {});
  const device = pullDevice({
    names,
    server,
    authority: root.cert,
    application: app,
    auto: true,
    options: OPTIONS,
    args: FAST,
  });
  try {
    server.requests.length = 0;
    await device.powerOn();
    await device.waitForLine(/pull: fresh/);
    await delay(300);
    assert.deepEqual(server.requests, ["manifest.json"], "what is there already is not fetched");
    await pull(device, "upload");
    server.offer({ app: imageOf("echo", "9.2.0") });
    await delay(300);
    assert.equal(server.requests.length, 1);
  } finally {
    await device.close();
  }
});

test("where only JavaScript differs, only that is fetched; else the whole application", async () => {
  const base = imageOf("bench", "9.0.0");
  const next = imageOf("bench", "9.1.0", {}, [{ kind: RESOURCE, name: "www/new.txt", data: Buffer.from("new") }]);
  const part = makePart(base, next, { key: developmentKey() });
  const digest = (/** @type {Buffer} */ image) => readTrailer(image)?.digest.toString("hex");
  const file = "bench-9.1.0-js.bin";
  const offer = (/** @type {Buffer} */ over) => {
    server.clear();
    server.offer({ app: next, javascript: [{ ...sectionOf(part, file), base: digest(over) }] });
    server.files.set(file, part);
  };
  await withPull(async (device) => {
    const below = device.partition("ota_0");
    offer(app);
    let after = device.mark();
    await pull(device, "check");
    await device.waitForLine(/pull: fresh/, { after });
    const whole = await pull(device);
    assert.deepEqual([whole.app.js, whole.app.size], [false, next.length], "it goes over another application");
    offer(base);
    after = device.mark();
    await pull(device, "check");
    await device.waitForLine(/pull: fresh/, { after });
    const said = await pull(device);
    assert.deepEqual([said.app.js, said.app.size, said.app.newer], [true, part.length, true]);
    after = device.mark();
    assert.equal((await pull(device, "app")).thrown, undefined);
    await device.waitForLine(/boot: Loaded app from partition at offset 0x1f0000/, { after });
    assert.deepEqual(server.requests.slice(-1), [file]);
    const now = device.partition("ota_0");
    assert.ok(now.subarray(0, base.length).equals(below.subarray(0, base.length)), "the application is as it was");
    assert.ok(now.includes(part));
  });
});
