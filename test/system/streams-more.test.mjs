// @ts-check
/** What a policy may ask of streams beside their protocol: times, cookies, certificates of our own, brokers. The image is test/images/streammore. */
import assert from "node:assert/strict";
import { createServer as createSecureServer } from "node:https";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { Broker, OddBroker, packet } from "../lib/broker.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { rested } from "../lib/settle.mjs";
import { StreamDevice } from "../lib/streams.mjs";
import { WsOrigin } from "../lib/ws-origin.mjs";

/** @typedef {{ peer?: string, dns_us?: number, sockconn_us?: number, tls_us?: number, txn_resp_us?: number, dns?: string[], http?: number }} Times */

/** @type {StreamDevice} */ let bed;
const origins = new Origins();
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const pair = pki.make({ name: "localhost" }, root);
/** @type {Broker[]} */ const brokers = [];

before(async () => {
  bed = await StreamDevice.start(root.cert, [], "streammore");
});
after(async () => {
  await bed?.close();
  for (const broker of brokers) await broker.close();
  for (const server of servers) server.close();
  origins.close();
  pki.close();
});

/** @param {string} type @param {object} order */
const create = (type, order) => bed.create(type, { connect: true, ...order });
/** @param {number} stream */
async function destroy(stream) {
  await bed.order({ stream, destroy: true });
  await bed.empty();
}
/** What a stream was told of its times. @param {number} stream @returns {Times[]} */
const times = (stream) =>
  bed.heard(stream).flatMap((text) => {
    const [, length, json] = /^rx 67 (\d+) (.*)$/.exec(text) ?? [];
    if (json) assert.ok(Number(length) <= 500 && Number(length) === json.length);
    return json ? [JSON.parse(json)] : [];
  });

// --- times --------------------------------------------------------------------------------------------------------------------

test("times of HTTP: of a new connection, of one that was kept, by TLS, and for nobody who has not asked", async () => {
  const answer = /** @type {import("node:http").RequestListener} */ (
    (request, response) => void setTimeout(() => response.end("hello"), request.url === "/slow" ? 150 : 0)
  );
  const host = `localhost:${await origins.http(answer)}`;
  const stream = await create("h1_perf", { values: { host, path: "slow" }, credit: 5 });
  await bed.until(stream, "DISCONNECTED");
  const [first] = times(stream);
  assert.deepEqual([first.peer, first.dns, first.http], ["127.0.0.1", ["127.0.0.1"], 200]);
  assert.deepEqual([typeof first.dns_us, typeof first.sockconn_us, first.tls_us], ["number", "number", undefined]);
  const { txn_resp_us: took = 0 } = first;
  assert.ok(took >= 145_000 && took < 2_000_000, `${took}`);
  const told = bed.heard(stream).map((text) => text.replace(/\{.*/, "{"));
  const rest = ["rx 1 5 hello", "rx 2 0 ", "QOS_ACK_REMOTE", "DISCONNECTED"];
  assert.match(told[3], /^rx 67 \d+ \{$/);
  assert.deepEqual([told.slice(0, 3), told.slice(4)], [["CREATING", "CONNECTING", "CONNECTED"], rest]);
  await bed.order({ stream, connect: true, addCredit: 5 });
  await bed.until(stream, "DISCONNECTED", 2);
  assert.deepEqual(Object.keys(times(stream)[1]), ["txn_resp_us", "http"]);
  await destroy(stream);
  const secure = `localhost:${await origins.http(answer, pair)}`;
  const other = await create("h1_perf_tls", { values: { host: secure, path: "" } });
  await bed.until(other, "DISCONNECTED");
  assert.ok((times(other)[0].tls_us ?? 0) > 1000);
  await destroy(other);
  const mute = await create("plain", { values: { host, path: "" } });
  await bed.until(mute, "DISCONNECTED");
  assert.deepEqual(times(mute), []);
  await destroy(mute);
});

test("times of the other protocols", async () => {
  const ws = new WsOrigin(origins);
  const echo = await create("ws_perf", { values: { host: await ws.listen(), path: "" } });
  await bed.until(echo, "rx");
  assert.deepEqual([times(echo)[0].http, times(echo)[0].peer], [101, "127.0.0.1"]);
  await destroy(echo);
  ws.close();
  const broker = await Broker.start();
  brokers.push(broker);
  const mq = await create("mq_perf", { values: { host: broker.place, name: "x" } });
  await bed.until(mq, "rx");
  assert.deepEqual(Object.keys(times(mq)[0]).sort(), ["dns", "dns_us", "peer", "sockconn_us", "txn_resp_us"]);
  await destroy(mq);
  const raw = await create("raw_perf", { values: { host: await listen(createServer((socket) => socket.resume())) } });
  await bed.until(raw, "rx");
  assert.deepEqual(Object.keys(times(raw)[0]).sort(), ["dns", "dns_us", "peer", "sockconn_us"]);
  await destroy(raw);
});

// --- cookies ------------------------------------------------------------------------------------------------------------------

test("cookies come back, to WebSockets too, where the policy says so", async () => {
  /** @type {(string | undefined)[]} */ const seen = [];
  const port = await origins.http(
    (request, response) => {
      seen.push(request.headers.cookie);
      response.setHeader("Set-Cookie", [`n=${seen.length}`, "sid=abc; HttpOnly"]).end("hello");
    },
    undefined,
    (request, socket) => {
      seen.push(request.headers.cookie);
      socket.end("HTTP/1.1 403 No\r\nSet-Cookie: ws=1\r\n\r\n");
    },
  );
  const values = { host: `localhost:${port}`, path: "" };
  for (const type of ["jar", "jar", "plain", "jar_ws", "jar"]) {
    const stream = await create(type, { values });
    await bed.until(stream, type === "jar_ws" ? "ALL_RETRIES_FAILED" : "DISCONNECTED");
    await destroy(stream);
  }
  assert.deepEqual(seen, [undefined, "n=1; sid=abc", undefined, "n=2; sid=abc", "n=2; sid=abc; ws=1"]);
});

test("headers by their own names, where the policy says so", async () => {
  /** @type {import("node:http").IncomingHttpHeaders[]} */ const seen = [];
  const port = await origins.http((request, response) => {
    seen.push(request.headers);
    response.writeHead(404, { "X-Kind": "of magic", ETag: '"7"' }).end("hello");
  });
  const values = { host: `localhost:${port}`, path: "", kind: "k" };
  const own = { "X-A:": "1", "x-b:": "2", "x-A:": "3", "X-Kind:": "4" };
  const stream = await create("direct", { values: { ...values, ...own }, peek: "eTag:" });
  await bed.until(stream, "DISCONNECTED");
  assert.deepEqual([seen[0]["x-a"], seen[0]["x-b"], seen[0]["x-kind"]], ["3", "2", "k, 4"]);
  const told = bed.heard(stream).filter((text) => !text.startsWith("rx "));
  const tag = 'eTag: "7"';
  const states = [
    "CREATING",
    "CONNECTING",
    tag,
    "user state 1404",
    tag,
    "CONNECTED",
    "QOS_NACK_REMOTE",
    "DISCONNECTED",
  ];
  assert.deepEqual(told, states, "as long as the head of the answer is there");
  assert.equal((await bed.order({ stream, get: "kind" })).value, "of magic");
  await destroy(stream);
  const wrong = await create("direct", { values: { ...values, "Host:": "elsewhere" } });
  await bed.until(wrong, "ALL_RETRIES_FAILED");
  await destroy(wrong);
  assert.equal(seen.length, 1);
});

// --- certificates -------------------------------------------------------------------------------------------------------------

/** @type {import("node:net").Server[]} */ const servers = [];
const middle = pki.make({ name: "middle", authority: true }, root);
const card = pki.make({ name: "unit-7", usage: "clientAuth" }, middle);
const foreign = pki.make({ name: "unit-7", usage: "clientAuth" }, pki.make({ name: "other", authority: true }));
const strict = { cert: pair.chain, key: pair.key, ca: root.cert, requestCert: true, rejectUnauthorized: true };

/** @param {import("node:net").Server} server @returns {Promise<string>} where it is */
async function listen(server) {
  servers.push(server);
  server.on("tlsClientError", () => {});
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return `localhost:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
}
/** @param {unknown} socket @returns {string} */
const nameOf = (socket) =>
  String(/** @type {import("node:tls").TLSSocket} */ (socket).getPeerCertificate().subject?.CN);

test("a server that wants to know who we are is shown our certificate, and what vouches for it", async () => {
  /** @type {string[]} */ const names = [];
  const web = createSecureServer(strict, (request, response) => {
    names.push(nameOf(request.socket));
    response.end("hello");
  });
  web.on("upgrade", (request, socket) => {
    names.push(nameOf(request.socket));
    socket.end("HTTP/1.1 403 No\r\n\r\n");
  });
  const aedes = await Broker.start();
  brokers.push(aedes);
  const host = await listen(web);
  const mqHost = await listen(
    createTlsServer(strict, (socket) => {
      names.push(nameOf(socket));
      socket.on("error", () => {});
      aedes.aedes.handle(socket);
    }),
  );
  const rawHost = await listen(
    createTlsServer(strict, (socket) => {
      names.push(nameOf(socket));
      socket.on("error", () => {});
      socket.write("hi");
    }),
  );
  /** @param {string} type @param {string} place @param {string} last */
  const visit = async (type, place, last) => {
    const stream = await create(type, { values: { host: place, path: "", name: "x" } });
    await bed.until(stream, last);
    const states = bed.states(stream);
    await destroy(stream);
    return states;
  };
  await bed.order({ identity: true }, card.chain + card.key);
  assert.match(await visit("card", host, "DISCONNECTED"), /CONNECTED QOS_ACK_REMOTE/);
  await visit("card_ws", host, "ALL_RETRIES_FAILED");
  await visit("card_mq", mqHost, "CONNECTED");
  await visit("card_raw", rawHost, "rx");
  assert.deepEqual(names, ["unit-7", "unit-7", "unit-7", "unit-7"]);
  names.length = 0;
  assert.doesNotMatch(await visit("no_card", host, "ALL_RETRIES_FAILED"), /CONNECTED/);
  await bed.order({ identity: true }, foreign.chain + foreign.key);
  assert.doesNotMatch(await visit("card", host, "ALL_RETRIES_FAILED"), /CONNECTED/);
  assert.deepEqual(names, []);
  await bed.order({ identity: true }, `${card.chain}`);
  const broken = await bed.order({ create: "card", values: { host, path: "" } });
  assert.match(String(broken.error), /KEY_/);
  assert.deepEqual([broken.streams, broken.stores], [0, 0]);
  await bed.order({ identity: true }, card.chain + card.key);
});

test("AWS IoT agrees on MQTT by ALPN on port 443, and takes no long topics", async () => {
  const aedes = await Broker.start();
  brokers.push(aedes);
  /** @type {unknown[]} */ const agreed = [];
  const server = (/** @type {string[]} */ ALPNProtocols) =>
    createTlsServer({ cert: pair.chain, key: pair.key, ALPNProtocols }, (socket) => {
      agreed.push(socket.alpnProtocol);
      socket.on("error", () => {});
      aedes.aedes.handle(socket);
    });
  const host = await listen(server(["x-amzn-mqtt-ca"]));
  const stream = await create("aws", { values: { host, name: "x" }, text: "hello" });
  await bed.until(stream, "QOS_ACK_REMOTE");
  assert.deepEqual(agreed, ["x-amzn-mqtt-ca"]);
  await destroy(stream);
  const name = "n".repeat(257);
  const long = await create("aws", { values: { host, name } });
  await bed.until(long, "ALL_RETRIES_FAILED");
  await destroy(long);
  const other = await create("aws", { values: { host: await listen(server(["h2"])), name: "x" } });
  await bed.until(other, "ALL_RETRIES_FAILED");
  assert.doesNotMatch(bed.states(other), /CONNECTED/);
  await destroy(other);
});

// --- who shares ---------------------------------------------------------------------------------------------------------------

test("a ninth stream of a broker: a connection more for who has no name, a clear no for who has one", async () => {
  const broker = await Broker.start();
  brokers.push(broker);
  const values = { host: broker.place, name: "x" };
  /** @param {number} count */
  const many = async (count) => {
    const streams = [];
    for (let i = 0; i < count; i++) streams.push(await create("mq", { values }));
    return streams;
  };
  const nine = await many(9);
  for (const each of nine) await bed.until(each, "CONNECTED");
  assert.equal(new Set(broker.clients).size, 2);
  await broker.publish("in/x", "to all", 1);
  for (const each of nine) await bed.until(each, "rx");
  for (const each of nine) await bed.order({ stream: each, destroy: true });
  await bed.empty();
  await bed.order({ mqtt: { id: "unit-7" } });
  const eight = await many(8);
  for (const each of eight) await bed.until(each, "CONNECTED");
  const [ninth] = await many(1);
  await bed.until(ninth, "ALL_RETRIES_FAILED");
  assert.equal(bed.states(ninth), "CREATING CONNECTING UNREACHABLE ALL_RETRIES_FAILED");
  assert.match(bed.device.tail(10), /too many users of a broker/);
  assert.equal(new Set(broker.clients).size, 3);
  await bed.order({ stream: eight[0], destroy: true });
  await bed.order({ stream: ninth, connect: true });
  await bed.until(ninth, "CONNECTED");
  for (const each of [...eight.slice(1), ninth]) await bed.order({ stream: each, destroy: true });
  await bed.order({ mqtt: {} });
  await bed.empty();
});

test("a broker that forgets who we were: what was on its way is told to be lost, and the subscription is made anew", async () => {
  let isDeaf = true;
  /** @type {string[]} */ const filters = [];
  const broker = await OddBroker.start(({ type, body }, socket) => {
    if (type === "connect") socket.write(packet(0x20, 0, 0));
    else if (type === "subscribe") {
      filters.push(String(body.subarray(4, -1)));
      socket.write(packet(0x90, body[0], body[1], 1));
    } else if (type === "publish" && isDeaf) socket.destroy();
    else if (type === "publish") socket.write(packet(0x40, body[7], body[8]));
  });
  await bed.order({ mqtt: { id: "unit-8" } });
  const stream = await create("mq", { values: { host: broker.place, name: "x" }, text: "one" });
  await bed.until(stream, "DISCONNECTED");
  isDeaf = false;
  await bed.order({ stream, connect: true });
  await bed.until(stream, "QOS_NACK_REMOTE");
  await bed.order({ stream, text: "two" });
  await bed.until(stream, "QOS_ACK_REMOTE");
  assert.match(bed.states(stream), /CONNECTED DISCONNECTED CONNECTING CONNECTED QOS_NACK_REMOTE QOS_ACK_REMOTE$/);
  assert.deepEqual(filters, ["in/x", "in/x"]);
  await bed.order({ mqtt: {} });
  await destroy(stream);
  broker.close();
});

test("20 streams with a certificate, a cookie and times, one after the other, leave nothing behind", async () => {
  const host = await listen(createSecureServer(strict, (_request, response) => response.end("hello")));
  const cookie = await origins.http((_request, response) => response.setHeader("Set-Cookie", "n=1").end("hello"));
  const visit = async () => {
    for (const [type, place] of [
      ["card", host],
      ["jar", `localhost:${cookie}`],
      ["h1_perf", `localhost:${cookie}`],
    ]) {
      const stream = await create(type, { values: { host: place, path: "" } });
      await bed.until(stream, "DISCONNECTED");
      await destroy(stream);
    }
  };
  for (let i = 0; i < 4; i++) await visit();
  const before = await rested(bed.device);
  for (let i = 0; i < 7; i++) await visit();
  assert.deepEqual(await rested(bed.device), before);
});
