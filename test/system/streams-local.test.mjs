// @ts-check
/** Streams that stay inside of the device, and answers of several parts from a real server. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Origins } from "../lib/origins.mjs";
import { ServingDevice } from "../lib/serving.mjs";

/** @type {ServingDevice} */ let bed;
const origins = new Origins();
let host = "";
/** What the server sends: its Content-Type, and pieces with a pause between them. @type {{ type: string, pieces: string[] }} */
let answer = { type: "", pieces: [] };

before(async () => {
  const port = await origins.http(async (_request, response) => {
    response.writeHead(200, { "Content-Type": answer.type });
    for (const piece of answer.pieces) {
      response.write(piece);
      await delay(1);
    }
    response.end();
  });
  host = `localhost:${port}`;
  bed = await ServingDevice.startOnNetwork();
});
after(async () => {
  await bed?.close();
  origins.close();
});
afterEach(async () => {
  for (const type of ["parts", "page", "bus", "bus"]) await bed.end(type);
  bed.clear();
});

/** Waits for an end of the stream that was created. @param {RegExp} end */
async function heard(end) {
  for (let tries = 0; tries < 500; tries++) {
    await bed.order({});
    if (end.test(bed.heard("C").at(-1) ?? "")) return bed.heard("C");
    await delay(5);
  }
  throw new Error(`no ${end}: ${bed.heard("C").join(", ")}\n${bed.device.tail(10)}`);
}

const UP = ["CREATING", "CONNECTING", "CONNECTED"];
const TYPE = "multipart/mixed; boundary=frame";
const BODY = "--frame\r\nA: 1\r\n\r\none\r\n--frame\r\nA: 2\r\n\r\ntwo\r\n--frame--\r\n";

test("an answer of several parts is as many messages, however it comes", async () => {
  for (const pieces of [[BODY], [...BODY]]) {
    answer = { type: TYPE, pieces };
    await bed.serve("parts", { values: { host, path: "/" } });
    const all = await heard(/^DISCONNECTED|ALL_RETRIES/);
    assert.deepEqual(all.slice(0, 4), [...UP, "rx 8 0 "]);
    assert.deepEqual(all.slice(-2), ["QOS_ACK_REMOTE", "DISCONNECTED"]);
    const payload = all.filter((text) => text.startsWith("rx ")).slice(1);
    /** @type {string[]} */ const messages = [];
    for (const text of payload) {
      const [, flags, length] = /^rx (\d+) (\d+) /.exec(text) ?? [];
      if (Number(flags) & 1) messages.push("");
      messages[messages.length - 1] += text.slice(`rx ${flags} ${length} `.length);
    }
    assert.deepEqual(messages, ["A: 1\r\n\r\none", "A: 2\r\n\r\ntwo"]);
    assert.match(payload.at(-1) ?? "", /^rx 18 0 /);
    await bed.end("parts");
    bed.clear();
  }
});

test("an answer of parts that is not complete is no good one; another kind comes as it is", async () => {
  for (const [type, body, last] of [
    [TYPE, BODY.slice(0, -4), "QOS_NACK_REMOTE"],
    [TYPE, BODY.replace("--frame\r\nA: 2", "--frame!\r\nA: 2"), "QOS_NACK_REMOTE"],
    ["multipart/mixed", BODY, "QOS_NACK_REMOTE"],
    ["text/plain", "hello", "QOS_ACK_REMOTE"],
  ]) {
    answer = { type, pieces: [body] };
    await bed.serve("parts", { values: { host, path: "/" } });
    const all = await heard(/^DISCONNECTED|ALL_RETRIES/);
    assert.equal(all.at(-2), last, `${type}: ${all.join(", ")}`);
    if (type === "text/plain") assert.deepEqual(all.slice(3, 5), ["rx 1 5 hello", "rx 2 0 "]);
    await bed.end("parts");
    bed.clear();
  }
});

test("a file of the image", async () => {
  await bed.serve("page", { values: { path: "policy/device.der" } });
  const all = await heard(/^DISCONNECTED/);
  assert.equal(all.filter((text) => text.startsWith("rx 3 412 ")).length, 1);
  assert.deepEqual(all.slice(-2), ["QOS_ACK_REMOTE", "DISCONNECTED"]);
  await bed.end("page");
  bed.clear();
  await bed.serve("page", { values: { path: "policy/../policy/device.der" } });
  assert.deepEqual((await heard(/^ALL_RETRIES/)).slice(1), ["CONNECTING", "UNREACHABLE", "ALL_RETRIES_FAILED"]);
});

test("local sinks, files and parts leave nothing behind", async () => {
  assert.equal((await bed.order({ create: "bus", values: {} })).error, "STREAM_NO_SINK");
  const round = async () => {
    await bed.serve("bus", { sink: true });
    await bed.serve("bus", { values: {} });
    await bed.serve("bus", { values: {} });
    assert.deepEqual(await bed.states(), ["CREATING CONNECTING CONNECTED", "CREATING CONNECTING CONNECTED"]);
    await bed.end("bus");
    assert.deepEqual(await bed.over(2), Array(2).fill("CREATING CONNECTING CONNECTED DISCONNECTED DESTROYING"));
    await bed.end("bus");
    await bed.end("bus");
    answer = { type: TYPE, pieces: [BODY] };
    for (const [type, path] of [
      ["page", "policy/key.der"],
      ["parts", "/"],
    ]) {
      bed.clear();
      await bed.serve(type, { values: { host, path } });
      await heard(/^DISCONNECTED/);
      await bed.end(type);
    }
    bed.clear();
    assert.equal((await bed.order({})).streams, 0);
  };
  await round();
  const before = await bed.rested();
  await round();
  assert.deepEqual(await bed.rested(), before);
});
