// @ts-check
/** Every example, powered on with its own other end: what it says, what the other end has got, and that it holds what it teaches. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { Peer } from "../../examples/peer/peer.mjs";
import { Device } from "../../tools/lib/device.mjs";
import { prepareExample } from "../../tools/lib/example.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { checkPolicy } from "../../tools/lib/policy/check.mjs";
import { moduleOf, resourcesOf } from "../../tools/lib/policy/emit.mjs";

/** A loopback address that no other peer of ours has: the id of this process is in it. */
const ADDRESS = `127.${16 + ((process.pid >> 8) & 0x7f)}.${process.pid & 0xff}.254`;

/** @type {Peer} */ let peer;
before(async () => {
  peer = await Peer.start({ address: ADDRESS });
});
after(() => peer?.close());

/** What an example says, line by line; others may come between. @type {Record<string, string[]>} */
const SAID = {
  get: ["CONNECTED", '"hello from peer.lan:7443", with 1 trust store', "QOS_ACK_REMOTE", "DESTROYING", "done"],
  metadata: ["15 bytes, in fahrenheit", "70 in Reykjavik", "done"],
  form: ["the server has read: room=greenhouse #1; temperature=21; humid=yes", "QOS_ACK_REMOTE", "DESTROYING"],
  parts: ["the server has read: note=a grey square; picture: grey.pgm, 4109 bytes", "QOS_ACK_REMOTE", "DESTROYING"],
  "ws-echo": [1, 2, 3].map((number) => `"message ${number}" has come back`).concat("done"),
  mqtt: ['"21 degrees" was published', '"22 degrees" was published', "done"],
  raw: ["CONNECTED", '"as it is, and nothing around it" has come back', "DISCONNECTED", "DESTROYING"],
  server: ["CREATING", "CONNECTED", "SERVER_TXN", "SERVER_UPGRADE", "DISCONNECTED", "DESTROYING"],
  testsfail: ["PASS good", "PASS expired", "PASS concealed", "17 of 17 as expected"],
  stress: [
    "at first: 0 streams, 0 trust stores, 0 draining",
    "a crowd: 100 streams, 1 trust stores, 0 draining",
    "nobody: 0 streams, 0 trust stores, 1 draining",
    "100 pages in 100 visits, 0 bytes of native heap more: 0 streams, 0 trust stores, 0 draining",
  ],
};
/** What the other end has got. @type {Record<string, RegExp>} */
const GOT = {
  get: /^GET \/hello, 0 bytes$/,
  form: /^POST \/form, 47 bytes$/,
  parts: /^POST \/form, 4\d{3} bytes$/,
  mqtt: /^published to greenhouse\/reading: 22 degrees$/,
  testsfail: /^no TLS: .*certificate expired/,
};
/** What is done with an example when it is on its network. @type {Record<string, (device: Device) => Promise<void>>} */
const ACTS = {
  server: async (device) => {
    const url = await device.waitForAddress("station");
    const page = await fetch(`${url}?name=Ada`);
    assert.equal(await page.text(), "hello Ada, this is page 1\n");
    assert.equal(page.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal((await fetch(url, { method: "POST", body: "a" })).status, 405);
    const socket = new WebSocket(url.replace("http", "ws"), "example-echo");
    await once(socket, "open");
    socket.send("there and back");
    const [data] = await once(socket, "message");
    assert.equal(String(data), "there and back");
    socket.close();
    await once(socket, "close");
  },
};
/** How many times as fast as the world: those that have time-outs are given the time for them. @type {Record<string, number>} */
const SPEED = { testsfail: 2, stress: 2 };

const examples = readdirSync(join(ROOT, "examples")).filter((name) =>
  existsSync(join(ROOT, "examples", name, "app.ts")),
);

test("every example is known here, and in the table of docs/examples.md", () => {
  assert.deepEqual(examples, Object.keys(SAID).sort());
  const table = readFileSync(join(ROOT, "docs", "examples.md"), "utf8");
  for (const name of examples) {
    assert.ok(table.includes(`| [${name}](../examples/${name}) |`), name);
    const lines = readFileSync(join(ROOT, "examples", name, "app.ts"), "utf8").split("\n").length;
    assert.ok(lines <= 100, `${name} has ${lines} lines`);
    assert.ok(existsSync(join(ROOT, "examples", name, "README.md")), name);
  }
});

test("what an example holds is what its policy would be compiled to now, without a warning", () => {
  for (const name of examples) {
    const folder = join(ROOT, "examples", name);
    const file = join(folder, "policy.json");
    const policy = checkPolicy(readFileSync(file, "utf8"), file);
    assert.deepEqual(policy.report.problems, [], name);
    assert.equal(readFileSync(join(folder, "policy.ts"), "utf8"), moduleOf(policy, "policy.json"), name);
    const resources = resourcesOf(policy);
    const kept = existsSync(join(folder, "policy")) ? readdirSync(join(folder, "policy")) : [];
    assert.deepEqual(kept, [...resources.keys()], name);
    for (const [each, der] of resources) assert.deepEqual(readFileSync(join(folder, "policy", each)), der, name);
  }
});

test("an example that there is not", () => {
  assert.throws(
    () => prepareExample("nothing", join(ROOT, "build", "nothing.bin")),
    /there is no example "nothing"; there are form, get, /,
  );
});

describe("examples", { concurrency: 4 }, () => {
  for (const name of examples) {
    test(name, { timeout: 30_000 }, async () => {
      const speed = String(SPEED[name] ?? 5);
      const device = new Device({
        flash: Buffer.alloc(0),
        args: ["--clock", "real", "--speed", speed, ...peer.switches],
      });
      prepareExample(name, device.flashFile);
      try {
        await device.powerOn();
        await ACTS[name]?.(device);
        let mark = 0;
        for (const line of SAID[name]) {
          const text = `N \\(\\d+\\) ${name}: ${line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
          await device.waitForLine(new RegExp(text), { after: mark });
          mark = device.lines.findIndex((each, i) => i >= mark && new RegExp(text).test(each)) + 1;
        }
        const trouble = device.lines.filter((line) => /^E \(|board: reset|FAIL /.test(line));
        assert.deepEqual(trouble, []);
        if (GOT[name])
          assert.ok(
            peer.lines.some((line) => GOT[name].test(line)),
            peer.lines.join("\n"),
          );
      } finally {
        await device.close();
      }
    });
  }
});
