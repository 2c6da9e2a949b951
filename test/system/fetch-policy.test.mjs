// @ts-check
/** A device fetches its policy: what servers may give, and that nothing else takes the old one's place. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { FetchDevice } from "../lib/fetch-policy.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";

/** @typedef {(response: import("node:http").ServerResponse) => void} Answer */

const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const other = pki.make({ name: "other", authority: true });
const pair = pki.make({ name: "localhost" }, root);
/** @type {FetchDevice} */ let device;
/** What the server does next; the last for all that follow. @type {Answer[]} */ let answers = [];
let requests = 0;

before(async () => {
  const port = await origins.http((request, response) => {
    if (request.url !== "/policy") {
      response.end("hello");
      return;
    }
    requests++;
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  }, pair);
  device = await FetchDevice.start(root.cert, port);
});
after(async () => {
  await device?.close();
  origins.close();
  pki.close();
});

/** @param {string | Buffer} body @returns {Answer} */
const gives = (body) => (response) => response.end(body);

/** A system that rises while the server answers so. @param {Answer[]} what @param {string} [own] the image's policy @param {number} [tries] */
async function rise(what, own = device.policy("1"), tries = 1) {
  answers = what;
  requests = 0;
  await device.rise(own, tries);
  const { release, error, bus } = await device.risen();
  assert.equal(bus.length, 1, "it is told once");
  assert.ok(Math.abs(bus[0].time - Date.now() / 1000) < 60, "and when");
  return { release, error, told: bus[0] };
}

/** The old policy stays. @param {Answer} what @param {string} code @param {string} [own] */
async function isKept(what, code, own) {
  const { release, error, told } = await rise([what], own);
  assert.deepEqual([release, error, told.policy, told.error], ["1", code, "kept", code]);
  await device.end();
}

test("a policy is fetched, and takes the place of the image's own", async () => {
  const { told, release, error } = await rise([gives(device.policy("2"))]);
  assert.deepEqual([release, error, told.policy, told.release], ["2", undefined, "updated", "2"]);
  assert.equal(requests, 1);
  await device.end();
});

/** What streams have told until `last` was. @param {string} last */
async function said(last) {
  /** @type {string[]} */ const all = [];
  for (let i = 0; i < 500 && !all.includes(last); i++) {
    all.push(...(await device.facts()).said);
    await delay(10);
  }
  return all.join();
}

test("streams that are there go on as they were, and trust whom they trusted", async () => {
  for (const { cert } of [root, other]) {
    const isSame = cert === root.cert;
    /** @type {(() => void)[]} */ const asked = [];
    answers = [(response) => asked.push(() => response.end(device.policy("2", { certs: [{ root: cert }] })))];
    await device.rise(device.policy("1"), 1);
    await device.stream("talk");
    while (asked.length === 0) await delay(5);
    assert.equal((await device.facts()).system, "POLICY_VALID", "it waits");
    asked[0]();
    while ((await device.facts()).system !== "OPERATIONAL") await delay(5);
    await device.stream("talk");
    const told = await said(isSame ? "talk 2 QOS_ACK_REMOTE" : "talk 2 ALL_RETRIES_FAILED");
    assert.match(told, isSame ? /talk 2 CONNECTED/ : /talk 2 UNREACHABLE/);
    const { release, streams } = await device.facts();
    assert.deepEqual([release, streams], ["2", 2]);
    await device.end();
  }
});

/** What a good policy looks like, with one thing wrong. @type {[string, (policy: FetchDevice["policy"]) => string | Buffer, string][]} */
const BAD = [
  ["garbage", () => Buffer.from([0x00, 0xff, 0xfe, 0x12]), "POLICY_SYNTAX"],
  ["a page", () => "<!doctype html><title>Log in</title>", "POLICY_SYNTAX"],
  ["another policy behind it", (policy) => policy("2") + policy("3"), "POLICY_SYNTAX"],
  ["too long", (policy) => policy("2") + " ".repeat(20_000), "POLICY_TOO_LARGE"],
  ["without an end", () => `{"s":[${'{"a":1},'.repeat(200_000)}`, "POLICY_TOO_LARGE"],
  ["nested too deeply", () => "[".repeat(15_000), "POLICY_TOO_LARGE"],
  [
    "nested in metrics",
    (policy) => policy("2", { metrics: JSON.parse("[".repeat(99) + "]".repeat(99)) }),
    "POLICY_TOO_LARGE",
  ],
  ["a mistake at its very end", (policy) => policy("2", { colour: "red" }), "POLICY_UNKNOWN_KEY"],
  ["for another product", (policy) => policy("2", { product: "other" }), "POLICY_PRODUCT"],
  ["for newer firmware", (policy) => policy("2", { "schema-version": 2 }), "POLICY_SCHEMA"],
  ["with a damaged certificate", (policy) => policy("2").replace("MII", "MIJ"), "POLICY_BAD_CERTIFICATE"],
  ["that trusts nobody", (policy) => policy("2", { trust_stores: [] }), "POLICY_UNDEFINED"],
  ["empty", () => "", "POLICY_SYNTAX"],
];

test("bad policies: the old one stays", async (t) => {
  for (const [title, make, code] of BAD) {
    await t.test(title, () => isKept(gives(make((...args) => device.policy(...args))), code));
  }
});

/** @type {[string, Answer][]} */
const FAILING = [
  ["404", (response) => response.writeHead(404).end("no")],
  ["a redirection", (response) => response.writeHead(302, { Location: "http://localhost/" }).end()],
  ["401", (response) => response.writeHead(401).end()],
  ["503 for an hour", (response) => response.writeHead(503, { "Retry-After": "3600" }).end()],
  ["no answer", () => {}],
  ["a head and no body", (response) => response.writeHead(200, { "Content-Length": 100 }).flushHeaders()],
  ["a connection that breaks off at once", (response) => response.socket?.destroy()],
  [
    "a length that there is not",
    (response) => {
      response.writeHead(200, { "Content-Length": 9000 });
      response.end(device.policy("2"));
      setTimeout(() => response.socket?.end(), 20);
    },
  ],
];

test("servers that fail: the old policy stays", async (t) => {
  for (const [title, answer] of FAILING) await t.test(title, () => isKept(answer, "POLICY_UNAVAILABLE"));
  await t.test("a length that is shorter than the policy", () =>
    isKept((response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n${device.policy("2")}`);
    }, "POLICY_SYNTAX"),
  );
  await t.test("one that drips", () =>
    isKept(
      (response) => {
        const timer = setInterval(() => response.write(" "), 50);
        response.on("close", () => clearInterval(timer));
      },
      "POLICY_UNAVAILABLE",
      device.policy("1", {}, { timeout_ms: 400 }),
    ),
  );
});

test("a connection that breaks off anywhere: the old policy stays", async () => {
  const whole = device.policy("2");
  for (const isReset of [false, true]) {
    for (const at of [1, 7, 100, 400, whole.length >> 1, whole.length - 2, whole.length - 1]) {
      await isKept((response) => {
        response.writeHead(200, { "Content-Length": whole.length });
        response.write(whole.slice(0, at));
        const socket = /** @type {import("node:tls").TLSSocket} */ (response.socket);
        setTimeout(() => (isReset ? socket.destroy() : socket.end()), 5);
      }, "POLICY_UNAVAILABLE");
    }
  }
});

test("a connection that breaks off before there is an answer: the old policy stays", async () => {
  let left = 0;
  const cutter = await origins.cutter(device.port, () => left);
  const own = device.policy("1", {}, { port: cutter });
  for (const at of [0, 1, 6, 90, 200, 500, 900, 1200]) {
    left = at;
    await isKept(gives(device.policy("2")), "POLICY_UNAVAILABLE", own);
  }
  left = 1e6;
  assert.equal((await rise([gives(device.policy("2"))], own)).release, "2");
  await device.end();
});

test("it comes in the smallest pieces", async () => {
  const whole = device.policy("2");
  const { release } = await rise([
    async (response) => {
      for (let at = 0; at < whole.length; at += 97) {
        response.write(whole.slice(at, at + 97));
        await delay(1);
      }
      response.end();
    },
  ]);
  assert.equal(release, "2");
  await device.end();
});

test("one that is as large as it may be, in place of another one", async () => {
  const large = (/** @type {string} */ release) => {
    const policy = JSON.parse(device.policy(release));
    const [, { talk }] = policy.s;
    while (JSON.stringify(policy).length < 16_000)
      policy.s.push({ [`t${policy.s.length}`]: { ...talk, payload_fmt: "x".repeat(200) } });
    return JSON.stringify(policy).padEnd(16_384);
  };
  assert.equal((await rise([gives(large("2"))], large("1"))).release, "2");
  await device.stream("t9");
  assert.match(await said("t9 2 QOS_ACK_REMOTE"), /t9 2 CONNECTED/);
  await device.end();
});

test("it is tried three times", async () => {
  const { release, error } = await rise([gives("no")], device.policy("1"), 0);
  assert.deepEqual([release, error, requests], ["1", "POLICY_SYNTAX", 3]);
  await device.end();
  const late = await rise([gives("no"), FAILING[0][1], gives(device.policy("2"))], device.policy("1"), 0);
  assert.deepEqual([late.release, requests], ["2", 3]);
  await device.end();
});

test("it comes from nobody who can't be trusted", async () => {
  await isKept(
    gives(device.policy("2")),
    "POLICY_SOURCE",
    device.policy("1", {}, { tls: false, tls_trust_store: undefined }),
  );
  assert.equal(requests, 0, "nobody is asked");
  await isKept(gives(device.policy("2")), "POLICY_UNAVAILABLE", device.policy("1", { certs: [{ root: other.cert }] }));
  assert.equal(requests, 0);
});

test("a policy that names none is left as it is", async () => {
  await device.rise(device.policy("1", { s: [] }));
  const { system, release, bus } = await device.facts();
  assert.deepEqual([system, release, bus], ["OPERATIONAL", "1", []]);
  await device.end();
});

test("nothing of all that is left in memory", async () => {
  const round = async () => {
    await rise([gives(device.policy("2"))]);
    await device.end();
    for (const [, make, code] of BAD.slice(0, 4)) await isKept(gives(make((...args) => device.policy(...args))), code);
    for (const [, answer] of FAILING.slice(5, 7)) await isKept(answer, "POLICY_UNAVAILABLE");
    return rested(device.device);
  };
  assert.deepEqual(await round(), await round());
});
