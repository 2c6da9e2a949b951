// @ts-check
/** TLS as a client, against Node's and openssl's servers. The image is test/images/tls, which dials where it is told to. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createPlainServer } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createServer } from "node:tls";
import { atRest } from "../lib/attack.mjs";
import { Pki } from "../lib/pki.mjs";
import { startTls } from "../lib/tls.mjs";

/** @typedef {import("../lib/pki.mjs").Certificate} Certificate */
/** @typedef {{ error?: string, version?: string, alpn?: string, resumed?: boolean, peer?: string, answer?: string }} Outcome */

/** @type {import("../../tools/lib/device.mjs").Device} */
let device;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const middle = pki.make({ name: "middle", authority: true }, root);
const other = pki.make({ name: "other", authority: true });
/** @type {import("node:net").Server[]} */
const servers = [];

before(async () => {
  device = await startTls();
  await device.control(`clock ${Math.floor(Date.now() / 1000)}`);
});
after(async () => {
  for (const server of servers) server.close();
  await device?.close();
  pki.close();
});

/** A server that says hello by HTTP. @param {{ chain: string, key: string }} pair @param {import("node:tls").TlsOptions} [options] */
async function serve(pair, options = {}) {
  const server = createServer(
    { cert: pair.chain, key: pair.key, ALPNProtocols: ["http/1.1"], ...options },
    (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nhello"));
    },
  );
  server.on("tlsClientError", () => {});
  servers.push(server);
  return listen(server);
}

/** @param {import("node:net").Server} server */
async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/** @param {number} port @param {string} name @param {string} [authority] @returns {Promise<Outcome>} */
async function dial(port, name, authority = root.cert) {
  const url = new URL(`/dial/127.0.0.1/${port}/${name}`, device.apUrl(80));
  const answer = await fetch(url, { method: "PUT", body: authority, headers: { Connection: "close" } });
  assert.equal(answer.status, 200);
  return /** @type {Promise<Outcome>} */ (answer.json());
}

test("a chain that leads to the trust store is accepted, EC and RSA, TLS 1.2 and 1.3", async () => {
  for (const key of /** @type {const} */ (["ec", "rsa", "p384"])) {
    const pair = pki.make({ name: "good.lan", key }, middle);
    for (const maxVersion of /** @type {const} */ (["TLSv1.2", "TLSv1.3"])) {
      const outcome = await dial(await serve(pair, { maxVersion }), "good.lan");
      assert.deepEqual([outcome.error, outcome.version, outcome.alpn], [undefined, maxVersion, "http/1.1"]);
      assert.equal(outcome.peer, "CN=good.lan");
      assert.match(outcome.answer ?? "", /^HTTP\/1\.0 200 OK\s+hello$/);
    }
  }
});

test("names: the whole one, one level of a wildcard, an address", async () => {
  const pair = pki.make({ name: "x", names: ["DNS:a.lan", "DNS:*.b.lan", "IP:127.0.0.1"] }, root);
  const port = await serve(pair);
  for (const name of ["a.lan", "A.LAN", "one.b.lan", "127.0.0.1"])
    assert.equal((await dial(port, name)).error, undefined, name);
  for (const name of ["x", "b.lan", "two.one.b.lan", "127.0.0.2", "a.lan.evil"]) {
    assert.equal((await dial(port, name)).error, "TLS_WRONG_NAME", name);
  }
});

for (const [what, make, code] of /** @type {[string, () => Certificate, string][]} */ ([
  ["an unknown authority", () => pki.make({ name: "s.lan" }, other), "TLS_UNKNOWN_CA"],
  ["nobody but itself", () => pki.make({ name: "s.lan" }), "TLS_SELF_SIGNED"],
  ["a certificate that has run out", () => pki.make({ name: "s.lan", to: "20230101000000Z" }, root), "TLS_EXPIRED"],
  ["a certificate of next year", () => pki.make({ name: "s.lan", from: "20450101000000Z" }, root), "TLS_NOT_YET_VALID"],
  ["a certificate for clients", () => pki.make({ name: "s.lan", usage: "clientAuth" }, root), "TLS_WRONG_USAGE"],
  ["a chain whose middle is missing", () => ({ ...pki.make({ name: "s.lan" }, middle), chain: "" }), "TLS_UNKNOWN_CA"],
])) {
  test(`a server with ${what} is refused: ${code}`, async () => {
    const pair = make();
    const port = await serve({ ...pair, chain: pair.chain || pair.cert });
    for (const tries of [1, 2]) assert.equal((await dial(port, "s.lan")).error, code, `${tries}`);
  });
}

test("a session is resumed, in both versions, and only with the server that it was made with", async () => {
  const pair = pki.make({ name: "again.lan" }, root);
  for (const maxVersion of /** @type {const} */ (["TLSv1.2", "TLSv1.3"])) {
    const port = await serve(pair, { maxVersion });
    const times = [await dial(port, "again.lan"), await dial(port, "again.lan")];
    assert.deepEqual(
      times.map(({ error, resumed }) => [error, resumed]),
      [
        [undefined, false],
        [undefined, true],
      ],
      maxVersion,
    );
    const elsewhere = await serve(pair, { maxVersion });
    assert.deepEqual((await dial(elsewhere, "again.lan")).error, undefined);
  }
});

test("what is no TLS, what says nothing, and what is not there", async () => {
  const garbage = createPlainServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const silent = createPlainServer((socket) => socket.on("error", () => {}));
  const brief = createPlainServer((socket) => socket.on("error", () => {}).destroy());
  servers.push(garbage, silent, brief);
  assert.equal((await dial(await listen(garbage), "x.lan")).error, "TLS_PROTOCOL");
  const start = Date.now();
  assert.equal((await dial(await listen(silent), "x.lan")).error, "CONNECT_TIMEOUT");
  assert.equal(Date.now() - start > 2500, true);
  const lost = (await dial(await listen(brief), "x.lan")).error;
  assert.match(lost ?? "", /^CONNECTION_LOST$/);
  const gone = createPlainServer();
  const port = await listen(gone);
  gone.close();
  assert.equal((await dial(port, "x.lan")).error, "CONNECT_REFUSED");
});

test("nobody is dialled before the time is known", { timeout: 20_000 }, async () => {
  const pair = pki.make({ name: "later.lan" }, root);
  let connections = 0;
  const port = await serve(pair);
  servers.at(-1)?.on("connection", () => connections++);
  await device.control("clock 0");
  const waiting = dial(port, "later.lan");
  await delay(2500);
  assert.equal(connections, 0);
  await device.control(`clock ${Math.floor(Date.now() / 1000)}`);
  assert.equal((await waiting).error, undefined);
  assert.equal(connections, 1);
});

test("after all that nothing is left, and the device has not restarted", async () => {
  const pair = pki.make({ name: "end.lan" }, root);
  const bad = pki.make({ name: "end.lan" }, other);
  const [port, wrong] = [await serve(pair), await serve(bad)];
  for (let i = 0; i < 10; i++) await dial(i % 2 ? port : wrong, "end.lan");
  const base = await atRest(device);
  for (let i = 0; i < 20; i++) await dial(i % 2 ? port : wrong, "end.lan");
  assert.deepEqual(await atRest(device), base);
  assert.equal((await device.figures()).boots, 1, device.tail());
});
