// @ts-check
/** What a unit makes of an update server's list: only what its maker has signed, from the server that was named, and in full. The image is test/images/pull. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { NameServer } from "../lib/name-server.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { pull, pullDevice, SERVER } from "../lib/pull.mjs";
import { settled } from "../lib/settle.mjs";
import { FOLDER, imageOf, jws, sectionOf, UpdateServer } from "../lib/update-server.mjs";

/** @typedef {Record<string, any>} Json */

/** Limits that end a test soon. */
const HTTP = { connectTimeout: 1500, answerTimeout: 700, bodyTimeout: 700, leastBytes: 500 };

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {NameServer} */ let names;
/** @type {UpdateServer} */ let server;
/** @type {Buffer} */ let installed;
const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const other = pki.make({ name: "other", authority: true });
const pair = pki.make({ name: SERVER }, root);
const app = imageOf("echo", "9.1.0");
const setup = imageOf("factory", "9.0.0");

before(async () => {
  names = await NameServer.start();
  names.names.set(SERVER, ["127.0.0.1"]);
  server = await UpdateServer.start(pair);
  server.offer({ app, factory: setup });
  const application = imageOf("bench", "9.0.7");
  const options = { first: 1, retries: [600_000], http: HTTP };
  device = pullDevice({ names, server, authority: root.cert, application, options });
  installed = device.partition("ota_0");
  await device.powerOn();
  await device.waitForLine(/pull: fresh/);
});
after(async () => {
  await device?.close();
  server?.close();
  names?.close();
  origins.close();
  pki.close();
});
beforeEach(() => server.clear());

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

test("an offer, with what is newer than what is installed", async () => {
  server.offer({ app, factory: setup });
  const said = await look();
  const { version, size, newer, js, date } = said.app;
  assert.deepEqual([version, size, newer, js, date], ["9.1.0", app.length, true, false, "2026-01-02 03:04:05"]);
  assert.deepEqual([said.factory.version, said.factory.newer], ["9.0.0", true]);
  assert.ok(Math.abs(said.checked - Date.now() / 1000) < 30);
  assert.deepEqual(server.requests, ["manifest.json"]);
});

test("versions are compared number by number", async () => {
  for (const [version, newer] of /** @type {[string, boolean][]} */ ([
    ["9.0.7", false],
    ["v9.0.7", false],
    ["9.0.6-99-gabc", false],
    ["9.0.7-1-gabc1234", true],
    ["9.0.10", true],
    ["10.0", true],
    ["8.99.99", false],
  ])) {
    server.offer({ app: imageOf("echo", version) });
    assert.equal((await look()).app.newer, newer, version);
  }
});

test("manifests that say too little, too much, or nonsense", async () => {
  const long = "x".repeat(5000);
  for (const [what, change] of /** @type {[string, (payload: Json) => void][]} */ ([
    [
      "another schema",
      (payload) => {
        payload.schema = "lws1";
      },
    ],
    [
      "no schema",
      (payload) => {
        delete payload.schema;
      },
    ],
    [
      "an application that is none",
      (payload) => {
        payload.app = "x";
      },
    ],
    [
      "a list of applications",
      (payload) => {
        payload.app = [payload.app];
      },
    ],
    [
      "null",
      (payload) => {
        payload.factory = null;
      },
    ],
    [
      "no version",
      (payload) => {
        delete payload.app.version;
      },
    ],
    [
      "a version that is a number",
      (payload) => {
        payload.app.version = 9;
      },
    ],
    [
      "a version of words",
      (payload) => {
        payload.app.version = "latest";
      },
    ],
    [
      "a long version",
      (payload) => {
        payload.app.version = `9.${"1".repeat(40)}`;
      },
    ],
    [
      "markup",
      (payload) => {
        payload.app.app = "<b>";
      },
    ],
    [
      "a size that is text",
      (payload) => {
        payload.app.size = "1000";
      },
    ],
    [
      "a negative size",
      (payload) => {
        payload.app.size = -1;
      },
    ],
    [
      "half a byte",
      (payload) => {
        payload.app.size = 1000.5;
      },
    ],
    [
      "a size beyond all flash",
      (payload) => {
        payload.app.size = 0x2000000;
      },
    ],
    [
      "no hash",
      (payload) => {
        delete payload.app.sha256;
      },
    ],
    [
      "a short hash",
      (payload) => {
        payload.app.sha256 = payload.app.sha256.slice(1);
      },
    ],
    [
      "a hash that is none",
      (payload) => {
        payload.app.sha256 = "G".repeat(64);
      },
    ],
    [
      "a file above",
      (payload) => {
        payload.app.file = "../evil.bin";
      },
    ],
    [
      "a file elsewhere",
      (payload) => {
        payload.app.file = "https://evil.example/evil.bin";
      },
    ],
    [
      "a file of another host",
      (payload) => {
        payload.app.file = "//evil.example/evil.bin";
      },
    ],
    [
      "a file below",
      (payload) => {
        payload.app.file = "a/b.bin";
      },
    ],
    [
      "a query",
      (payload) => {
        payload.app.file = "a.bin?b.bin";
      },
    ],
    [
      "a hidden file",
      (payload) => {
        payload.app.file = ".bin";
      },
    ],
    [
      "a file name with a line break",
      (payload) => {
        payload.app.file = "a\r\nX: y.bin";
      },
    ],
    [
      "javascript that is no list",
      (payload) => {
        payload.javascript = {};
      },
    ],
    [
      "a part without base",
      (payload) => {
        payload.javascript = [payload.app];
      },
    ],
    [
      "many parts",
      (payload) => {
        payload.javascript = Array(9).fill({});
      },
    ],
    [
      "too much",
      (payload) => {
        payload.more = long.slice(0, 3900);
      },
    ],
    [
      "far too much",
      (payload) => {
        payload.more = long.repeat(20);
      },
    ],
    [
      "deep nesting",
      (payload) => {
        payload.more = JSON.parse(`${"[".repeat(900)}${"]".repeat(900)}`);
      },
    ],
  ])) {
    server.setManifest(changed(change));
    await refused("UPDATE_MANIFEST", what);
  }
  for (const [what, payload] of [
    ["text", "hello"],
    ["a number", "1"],
    ["null", "null"],
    ["a list", "[]"],
    ["half", '{"schema":'],
  ]) {
    server.setManifest(jws(payload));
    await refused("UPDATE_MANIFEST", what);
  }
  server.setManifest(
    changed((payload) => {
      payload.model = "lamp";
    }),
  );
  await refused("UPDATE_WRONG_MODEL", "another model");
  server.setManifest(
    changed((payload) => {
      payload.app.chip = 0;
    }),
  );
  await refused("UPDATE_WRONG_CHIP", "another chip");
});

test("manifests that nobody has signed whom the unit trusts, or that were changed", async () => {
  const payload = JSON.stringify(server.offer({ app }));
  const good = jws(payload);
  const { privateKey: stranger } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = JSON.parse(Buffer.from(good.protected, "base64url").toString()).kid;
  const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
  const flipped = (/** @type {string} */ text, at = 5) => {
    const bytes = Buffer.from(text, "base64url");
    bytes[at] ^= 1;
    return bytes.toString("base64url");
  };
  for (const [what, manifest] of /** @type {[string, Json][]} */ ([
    ["a stranger's", jws(payload, { key: stranger })],
    ["a stranger's, with our key's name", jws(payload, { key: stranger, header: { kid } })],
    ["another payload", { ...good, payload: jws(payload.replace("9.1.0", "9.9.9")).payload }],
    ["a changed payload", { ...good, payload: flipped(good.payload, 60) }],
    ["a changed signature", { ...good, signature: flipped(good.signature, 40) }],
    ["a short signature", { ...good, signature: good.signature.slice(0, -3) }],
    ["a signature of zeros", { ...good, signature: Buffer.alloc(64).toString("base64url") }],
    [
      "a signature in DER",
      {
        ...good,
        signature: Buffer.concat([Buffer.from([48, 70, 2, 33, 0]), Buffer.alloc(66, 9)]).toString("base64url"),
      },
    ],
    ["no algorithm", { ...good, protected: unsigned }],
    ["another algorithm", jws(payload, { header: { alg: "HS256" } })],
    ["a critical header", jws(payload, { header: { crit: ["exp"], exp: 1 } })],
    ["no key's name", jws(payload, { header: { kid: undefined } })],
    ["another key's name", jws(payload, { header: { kid: "0".repeat(16) } })],
  ])) {
    server.setManifest(manifest);
    const said = await look();
    assert.equal(said.state, "failed", what);
    assert.ok(["UPDATE_MANIFEST_SIGNATURE", "UPDATE_MANIFEST"].includes(said.error), `${what}: ${said.error}`);
    if (what !== "a critical header") assert.equal(said.error, "UPDATE_MANIFEST_SIGNATURE", what);
  }
  for (const [what, manifest] of /** @type {[string, Json | string][]} */ ([
    ["nothing", ""],
    ["a page", "<!doctype html><h1>Log in</h1>"],
    ["the payload itself", payload],
    ["the compact form", `${good.protected}.${good.payload}.${good.signature}`],
    [
      "a list of signatures",
      { payload: good.payload, signatures: [{ protected: good.protected, signature: good.signature }] },
    ],
    ["a header that is not protected", { ...good, header: { kid } }],
    ["no payload", { protected: good.protected, signature: good.signature }],
    ["numbers", { payload: 1, protected: 2, signature: 3 }],
    ["escapes", JSON.stringify(good).replace("payload", "\\u0070ayload")],
    ["deep nesting", `${'{"a":'.repeat(800)}1${"}".repeat(800)}`],
    ["half", JSON.stringify(good).slice(0, -20)],
    ["more behind it", `${JSON.stringify(good)}x`],
    ["bytes that are no text", Buffer.alloc(300, 0xff).toString("latin1")],
  ])) {
    server.setManifest(manifest);
    await refused("UPDATE_MANIFEST", what);
  }
});

test("W7: an error page of the update server is no list of updates, whatever stands in it", async () => {
  const good = server.offer({ app: imageOf("echo", "9.2.0") });
  const body = JSON.stringify(jws(JSON.stringify(good)));
  server.offer({ app });
  const { app: offered } = await look();
  for (const [status, error] of /** @type {[number, string][]} */ ([
    [404, "UPDATE_REFUSED"],
    [403, "UPDATE_REFUSED"],
    [500, "UPDATE_REFUSED"],
    [206, "UPDATE_REFUSED"],
    [204, "UPDATE_REFUSED"],
    [302, "UPDATE_REDIRECT"],
    [301, "UPDATE_REDIRECT"],
  ])) {
    server.handlers.set("manifest.json", (_request, response) => {
      response.writeHead(status, { "Content-Type": "application/json", Location: "/elsewhere/manifest.json" });
      response.end(status === 204 ? "" : body);
    });
    await refused(error, String(status));
    const said = await pull(device);
    assert.deepEqual([said.app, said.factory], [offered, undefined], "nothing of it is offered");
  }
  server.handlers.clear();
  const said = await look();
  assert.deepEqual([said.state, said.error, said.app], ["fresh", "", offered], "nor does anything of it stay");
});

test("redirects are not followed, to http least of all", async () => {
  let visits = 0;
  const plain = await origins.http((_request, response) => {
    visits++;
    response.end();
  });
  for (const location of [`http://${SERVER}:${plain}/manifest.json`, `${base()}/other.json`, "other.json"]) {
    server.handlers.set("manifest.json", (_request, response) => response.writeHead(307, { Location: location }).end());
    await refused("UPDATE_REDIRECT", location);
  }
  assert.equal(visits, 0);
  assert.equal(server.requests.includes("other.json"), false);
});

test("the server has to be who it is asked for", async () => {
  const listener = (/** @type {unknown} */ _request, /** @type {import("node:http").ServerResponse} */ response) => {
    response.end(JSON.stringify(jws(JSON.stringify(server.offer({ app })))));
  };
  for (const [error, certificate] of /** @type {const} */ ([
    ["TLS_UNKNOWN_CA", pki.make({ name: SERVER }, other)],
    ["TLS_SELF_SIGNED", pki.make({ name: SERVER })],
    ["TLS_WRONG_NAME", pki.make({ name: "elsewhere.example" }, root)],
    ["TLS_EXPIRED", pki.make({ name: SERVER, to: "20230101000000Z" }, root)],
    ["TLS_WRONG_USAGE", pki.make({ name: SERVER, usage: "clientAuth" }, root)],
  ]))
    await refused(error, error, base(await origins.http(listener, certificate)));
  const unknown = `https://absent.example:${server.port}/`;
  await refused("RESOLVE_NO_NAME", "no such name", unknown);
  await refused("CONNECT_REFUSED", "nobody there", base(9));
  assert.equal((await pull(device, `url?http://${SERVER}/`)).thrown, "BAD_OPTION");
  assert.equal((await pull(device, "url?x")).thrown, "BAD_OPTION");
  server.offer({ app });
  assert.equal((await look(base())).state, "fresh");
});

test("servers that break off, stall, or drip", async () => {
  const body = JSON.stringify(jws(JSON.stringify(server.offer({ app }))));
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
  /** @param {(socket: import("node:net").Socket) => void} answer */
  const at = async (answer) => base(await origins.raw(answer, pair));
  const half = body.slice(0, 300);
  await refused("CONNECTION_LOST", "end in the head", await at((socket) => socket.end("HTTP/1.1 200 OK\r\nX")));
  await refused("CONNECTION_LOST", "end in the body", await at((socket) => socket.end(head + half)));
  await refused(
    "CONNECTION_LOST",
    "reset",
    await at((socket) => {
      socket.write(head + half, () => setTimeout(() => socket.destroy(), 50));
    }),
  );
  await refused("ANSWER_TIMEOUT", "silence", await at(() => {}));
  await refused("ANSWER_TIMEOUT", "stall", await at((socket) => socket.write(head + half)));
  await refused(
    "ANSWER_TIMEOUT",
    "a byte now and then",
    await at((socket) => {
      socket.write(head);
      let i = 0;
      const timer = setInterval(() => socket.write(body[i++]), 20);
      socket.on("close", () => clearInterval(timer));
    }),
  );
  await refused("BAD_ANSWER", "garbage", await at((socket) => socket.write("\0\0\0\0\0\0\0\0\r\n\r\n")));
  await refused(
    "BAD_ANSWER",
    "a head without end",
    await at((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(1000)}`);
    }),
  );
  await refused(
    "UPDATE_MANIFEST",
    "short Content-Length",
    await at((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${body}`);
    }),
  );
  await refused(
    "UPDATE_MANIFEST",
    "a body without end",
    await at((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(9000)}`);
    }),
  );
  await refused(
    "UPDATE_MANIFEST",
    "a length beyond reason",
    await at((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
    }),
  );
  await look(base());
});

test("a look can be stopped, and leaves nothing behind", async () => {
  server.handlers.set("manifest.json", () => {});
  await pull(device, "check");
  assert.equal((await pull(device)).state, "checking");
  assert.equal((await pull(device, "cancel")).state, "fresh");
  server.clear();
  server.offer({ app });
  await look();
  const before = await settled(device);
  await look();
  await pull(device, "check");
  await pull(device, "cancel");
  await delay(100);
  const now = await settled(device);
  assert.equal(now.native, before.native);
  assert.ok(Math.abs(now.slots + now.chunks - before.slots - before.chunks) < 600, JSON.stringify([before, now]));
});

test("after all that the application is as it was, and boots", async () => {
  assert.ok(device.partition("ota_0").equals(installed));
  const { boots } = await device.figures();
  assert.equal(boots, 1, device.tail());
  assert.equal(sectionOf(imageOf("bench", "9.0.7")).version, "9.0.7");
});
