// @ts-check
/** Streams that serve WebSockets, bytes, and both by TLS, against the `ws` package, openssl and connections whose bytes a case sets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { WebSocket } from "ws";
import { ROOT } from "../../tools/lib/paths.mjs";
import { Raw } from "../lib/raw.mjs";
import { crowd, ServingDevice } from "../lib/serving.mjs";
import { run } from "../lib/tls.mjs";
import { frame, TEXT } from "../lib/ws.mjs";

/** @type {ServingDevice} */ let bed;
const CERTIFICATE = join(ROOT, "test/images/streamserver/cert.pem");
const ca = readFileSync(CERTIFICATE);

before(async () => {
  bed = await ServingDevice.start();
});
after(() => bed?.close());
afterEach(async () => {
  for (const type of ["web", "web_tls", "guest", "talk", "raw", "raw_tls"]) await bed.end(type);
  bed.clear();
});

const UP = "CREATING CONNECTING CONNECTED";
const END = "DISCONNECTED DESTROYING";
const TALKED = `${UP} SERVER_UPGRADE ${END}`;

/** @param {string} scheme @param {number} port @param {string[]} protocols @param {object} [options] */
function dial(scheme, port, protocols, options = {}) {
  const all = { ca, servername: "device.lan", ...options };
  return new WebSocket(`${bed.url(port, scheme)}/ask?name=a`, protocols, all);
}

/** The status that a handshake is refused with. @param {WebSocket} socket */
async function refusal(socket) {
  socket.on("error", () => {});
  const [, response] = await once(socket, "unexpected-response");
  socket.terminate();
  return response.statusCode;
}

/** @param {WebSocket} socket @param {string | Buffer} text */
async function echo(socket, text) {
  socket.send(text);
  const [data, isBinary] = await once(socket, "message");
  return { text: String(data), isBinary };
}

test("a WebSocket: what is agreed on, messages there and back, and its end from either side", async () => {
  await bed.serve("web");
  const socket = dial("ws", 81, ["other", "lws-test"]);
  await once(socket, "open");
  assert.equal(socket.protocol, "lws-test");
  assert.deepEqual(await echo(socket, "hello"), { text: "hello", isBinary: false });
  const long = "abcdefgh".repeat(1000);
  assert.equal((await echo(socket, long)).text, long);
  socket.close(1000);
  await once(socket, "close");
  const ended = dial("ws", 81, ["lws-test"]);
  await once(ended, "open");
  ended.send("bye");
  assert.deepEqual((await once(ended, "close"))[0], 1000);
  const lost = dial("ws", 81, ["lws-test"]);
  await once(lost, "open");
  lost.terminate();
  assert.deepEqual(await bed.over(3), [TALKED, TALKED, TALKED]);
  assert.deepEqual(bed.heard("L"), ["CREATING"], "the stream that listens hears nothing of it");
});

test("a subprotocol that was not offered is not spoken", async () => {
  await bed.serve("web");
  assert.equal(await refusal(dial("ws", 81, [])), 403);
  assert.equal(await refusal(dial("ws", 81, ["other"])), 400);
  assert.equal(await refusal(dial("ws", 81, ["lws-test"], { origin: "http://evil.example" })), 403);
  for (const states of await bed.over(3)) assert.equal(states, "CREATING CONNECTING DESTROYING");
});

test("a server of WebSockets alone takes any client, and no request", async () => {
  await bed.serve("talk");
  const socket = dial("ws", 83, []);
  await once(socket, "open");
  assert.equal((await echo(socket, "hello")).text, "hello");
  socket.terminate();
  const raw = await Raw.open(bed.url(83));
  raw.write("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.equal((await raw.response()).status, 404);
  raw.close();
  assert.deepEqual((await bed.over(2)).sort(), ["CREATING CONNECTING DESTROYING", TALKED].sort());
});

test("who dawdles over headers while others wait for a transaction is given up for them", async () => {
  await bed.serve("talk");
  const slow = await Raw.open(bed.url(83));
  slow.write("GET / HTTP/1.1\r\nHost: a");
  await bed.order({});
  const since = performance.now();
  const socket = dial("ws", 83, []);
  await once(socket, "open");
  assert.ok(performance.now() - since < 2000, "that is 8 s of the device's");
  socket.terminate();
  slow.close();
  await bed.over(2);
});

/** @param {string} protocol */
const upgrade = (protocol) =>
  "GET /ask HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`;

test("a kept connection becomes a WebSocket; credit holds it back to the byte; bytes come one by one", async () => {
  await bed.serve("web", { credit: 8 });
  const raw = await Raw.open(bed.url(81));
  raw.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await raw.response()).status, 200);
  await raw.drip(upgrade("lws-test"));
  assert.equal((await raw.response()).status, 101);
  await raw.drip(frame(TEXT, "hello"));
  assert.equal((await raw.take(7)).subarray(2).toString(), "hello");
  raw.write(Buffer.concat([frame(TEXT, "second"), frame(TEXT, "third")]));
  await delay(20);
  await bed.order({});
  const payload = () => bed.heard(bed.names()[0] ?? "").filter((text) => text.startsWith("rx "));
  assert.match(payload().at(-1) ?? "", /^rx \d \d sec$/);
  await bed.order({ grant: 3 });
  assert.equal((await raw.take(8)).subarray(2).toString(), "second");
  await bed.order({ grant: 100 });
  assert.equal((await raw.take(7)).subarray(2).toString(), "third");
  raw.close(true);
  assert.deepEqual(await bed.over(1), [`${UP} SERVER_TXN SERVER_UPGRADE ${END}`]);
});

test("what is no frame ends the connection, and what users answer", async () => {
  await bed.serve("web");
  const raw = await Raw.open(bed.url(81));
  raw.write(upgrade("lws-test"));
  assert.equal((await raw.response()).status, 101);
  raw.write("\x81\x05hello");
  await raw.ended();
  raw.close();
  await bed.over(1);
  await bed.end("web");
  for (const [what, answer] of Object.entries({ SERVER_UPGRADE: -2, CONNECTED: -1, rx: -1, tx: -2 })) {
    bed.clear();
    await bed.serve("web", { answers: { [what]: answer } });
    const socket = dial("ws", 81, ["lws-test"]);
    socket.on("error", () => {});
    socket.on("open", () => socket.send("hello"));
    await once(socket, "close");
    const upTo = what === "CONNECTED" ? UP : `${UP} SERVER_UPGRADE`;
    assert.deepEqual(await bed.over(1), [`${upTo} ${END}`], what);
    await bed.end("web");
  }
});

test("WebSockets end with what listens or with a reset at any point, and leave nothing", async () => {
  const all = Buffer.concat([Buffer.from(upgrade("lws-test")), frame(TEXT, "a".repeat(40)), frame(TEXT, "bye")]);
  const round = async () => {
    await bed.serve("web");
    await crowd(bed.url(81), all.subarray(0, 40));
    for (let at = 0; at <= all.length; at += 23) {
      const raw = await Raw.open(bed.url(81));
      await new Promise((resolve) => raw.socket.write(all.subarray(0, at), resolve));
      if (at % 2) await delay(2);
      raw.close(true);
    }
    for (const states of await bed.over(1)) {
      assert.match(states, /^CREATING CONNECTING (CONNECTED SERVER_UPGRADE DISCONNECTED )?DESTROYING$/);
    }
    bed.clear();
    await bed.serve("guest");
    const sockets = [dial("ws", 81, ["lws-test"]), dial("ws", 80, ["guest"])];
    await Promise.all(sockets.map((socket) => once(socket, "open")));
    for (const socket of sockets) assert.equal((await echo(socket, "hello")).text, "hello");
    const ends = sockets.map((socket) => once(socket, "close"));
    await bed.end("web");
    await bed.end("guest");
    await Promise.all(ends);
    assert.deepEqual(await bed.over(2), [TALKED, TALKED]);
    assert.equal(await refusal(dial("ws", 80, ["guest"])), 400);
    bed.clear();
  };
  await round();
  const before = await bed.rested();
  await round();
  assert.deepEqual(await bed.rested(), before);
});

test("bytes: there and back, from the first on, and ends of all kinds", async () => {
  await bed.serve("raw");
  const raw = await Raw.open(bed.url(84));
  raw.write("hello");
  assert.equal((await raw.take(5)).toString(), "hello");
  await raw.drip("one by one");
  assert.equal((await raw.take(10)).toString(), "one by one");
  raw.write("bye");
  assert.equal(await raw.ended(), "end");
  raw.close();
  const half = await Raw.open(bed.url(84));
  half.write("z".repeat(20_000)).end();
  assert.equal((await half.take(20_000)).length, 20_000, "who has said all is still answered");
  assert.equal(await half.ended(), "end");
  half.close();
  const reset = await Raw.open(bed.url(84));
  reset.write("hello").close(true);
  const states = await bed.over(3);
  assert.deepEqual(states, Array(3).fill(`${UP} ${END}`));
});

test("bytes: silence, one too many, and credit", async () => {
  await bed.serve("raw", { credit: 10 });
  const raws = await Promise.all(Array.from({ length: 3 }, () => Raw.open(bed.url(84))));
  while ((await bed.states()).length < 3) await delay(5);
  const extra = await Raw.open(bed.url(84));
  await extra.ended();
  extra.close();
  raws[0].write("0123456789abcdef");
  assert.equal((await raws[0].take(10)).toString(), "0123456789");
  await bed.order({ grant: 3 });
  assert.equal((await raws[0].take(3)).toString(), "abc");
  const since = Date.now();
  await raws[1].ended();
  assert.ok(Date.now() - since < 1500, "silence is over after two seconds of the device's");
  for (const raw of raws) raw.close();
  assert.deepEqual(await bed.over(3), Array(3).fill(`${UP} ${END}`));
});

test("TLS with the certificate of the policy: curl, ws and openssl", async () => {
  await bed.serve("web_tls");
  await bed.serve("raw_tls");
  const { hostname, port } = new URL(bed.url(443, "https"));
  const name = ["--resolve", `device.lan:${port}:${hostname}`, "--cacert", CERTIFICATE];
  const { stdout, stderr } = await run("curl", ["-sSi", ...name, `https://device.lan:${port}/hello`]);
  assert.match(stdout, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nhello$/, stderr);
  const wrong = await run("curl", ["-sS", "--cacert", CERTIFICATE, `https://${hostname}:${port}/hello`]);
  assert.notEqual(wrong.status, 0, "the name is not the certificate's");
  const socket = dial("wss", 443, ["lws-other"]);
  await once(socket, "open");
  assert.equal(socket.protocol, "lws-other");
  assert.deepEqual(await echo(socket, "hello"), { text: "hello", isBinary: true });
  socket.terminate();
  const raw = new URL(bed.url(85));
  const args = ["s_client", "-connect", raw.host, "-CAfile", CERTIFICATE, "-verify_return_error", "-quiet"];
  const spoken = await run("openssl", args, "bye");
  assert.match(spoken.stderr, /CN = device\.lan/);
  assert.equal((await run("openssl", args, "hello")).stdout, "hello");
  const states = await bed.over(4);
  assert.deepEqual(
    states.filter((each) => each.includes("SERVER_TXN")),
    [`${UP} SERVER_TXN ${END}`],
  );
});

/** A client of TLS whose connection is reset after so many bytes of its. @param {string} host @param {number} port @param {number} most */
async function cut(host, port, most) {
  const wire = createConnection({ host, port });
  const relay = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      const part = chunk.subarray(0, most);
      most -= part.length;
      wire.write(part, () => {
        if (most === 0) wire.resetAndDestroy();
        done();
      });
    },
  });
  wire.on("data", (data) => relay.push(data));
  wire.on("error", () => {});
  const socket = connect({ socket: relay, ca, servername: "device.lan" });
  socket.on("error", () => {});
  socket.write("x".repeat(2000));
  await once(wire, "close");
  socket.destroy();
}

test("TLS: no more sessions than there is memory for, hostile beginnings, and nothing left", async () => {
  const round = async () => {
    await bed.serve("raw_tls");
    const { hostname, port } = new URL(bed.url(85));
    const open = async () => {
      const socket = connect({ host: hostname, port: Number(port), ca, servername: "device.lan" });
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      return socket;
    };
    const sockets = await Promise.all(Array.from({ length: 4 }, open));
    for (const socket of sockets) socket.write("hello");
    for (const socket of sockets) assert.equal(String((await once(socket, "data"))[0]), "hello");
    const fifth = open();
    const isOpen = await Promise.race([fifth.then(() => true), delay(100, false)]);
    assert.equal(isOpen, false, "it waits for its turn");
    sockets.pop()?.destroy();
    const last = await fifth;
    last.write("hello");
    assert.equal(String((await once(last, "data"))[0]), "hello");
    last.destroy();
    for (let most = 1; most < 1200; most += 200) await cut(hostname, Number(port), most);
    for (const bytes of [
      "GET / HTTP/1.1\r\n\r\n",
      "\x16\x03\x01\x02",
      "\x16\x03\x01\xff\xff".padEnd(100, "\xff"),
      "",
    ]) {
      const raw = await Raw.open(bed.url(85));
      raw.write(bytes);
      raw.close(bytes.length % 2 === 0);
    }
    await bed.end("raw_tls");
    for (const socket of sockets) socket.destroy();
    for (const states of await bed.over(5)) assert.equal(states, `${UP} ${END}`);
    bed.clear();
  };
  await round();
  const before = await bed.rested();
  await round();
  assert.deepEqual(await bed.rested(), before);
});
