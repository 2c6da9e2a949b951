// @ts-check
/** What a unit makes of an update server's list: only what its maker has signed, and in full. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { app, setup, startLooks } from "../lib/looks.mjs";
import { imageOf, jws } from "../lib/update-server.mjs";

/** @typedef {Record<string, any>} Json */

/** @type {import("../lib/looks.mjs").Looks} */ let looks;
before(async () => {
  looks = await startLooks();
});
after(async () => {
  await looks?.close();
});
beforeEach(() => looks.server.clear());

test("an offer, with what is newer than what is installed", async () => {
  looks.server.offer({ app, factory: setup });
  const said = await looks.look();
  const { version, size, newer, js, date } = said.app;
  assert.deepEqual([version, size, newer, js, date], ["9.1.0", app.length, true, false, "2026-01-02 03:04:05"]);
  assert.deepEqual([said.factory.version, said.factory.newer], ["9.0.0", true]);
  assert.ok(Math.abs(said.checked - Date.now() / 1000) < 30);
  assert.deepEqual(looks.server.requests, ["manifest.json"]);
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
    looks.server.offer({ app: imageOf("echo", version) });
    assert.equal((await looks.look()).app.newer, newer, version);
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
    looks.server.setManifest(looks.changed(change));
    await looks.refused("UPDATE_MANIFEST", what);
  }
  for (const [what, payload] of [
    ["text", "hello"],
    ["a number", "1"],
    ["null", "null"],
    ["a list", "[]"],
    ["half", '{"schema":'],
  ]) {
    looks.server.setManifest(jws(payload));
    await looks.refused("UPDATE_MANIFEST", what);
  }
  looks.server.setManifest(
    looks.changed((payload) => {
      payload.model = "lamp";
    }),
  );
  await looks.refused("UPDATE_WRONG_MODEL", "another model");
  looks.server.setManifest(
    looks.changed((payload) => {
      payload.app.chip = 0;
    }),
  );
  await looks.refused("UPDATE_WRONG_CHIP", "another chip");
});

test("manifests that nobody has signed whom the unit trusts, or that were changed", async () => {
  const payload = JSON.stringify(looks.server.offer({ app }));
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
    looks.server.setManifest(manifest);
    const said = await looks.look();
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
    looks.server.setManifest(manifest);
    await looks.refused("UPDATE_MANIFEST", what);
  }
});

test("after all that the application is as it was", () => looks.check());
