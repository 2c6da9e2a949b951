// @ts-check
/** TLS as a server, with openssl, curl, Node and ws as peers. The image is test/images/tls. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { atRest } from "../lib/attack.mjs";
import { Pki } from "../lib/pki.mjs";
import { Raw } from "../lib/raw.mjs";
import { certify, openTls, run, startTls } from "../lib/tls.mjs";

/** @type {import("../../tools/lib/device.mjs").Device} */
let device;
const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const middle = pki.make({ name: "middle", authority: true }, root);
const first = pki.make({ name: "first.lan", names: ["DNS:first.lan", "IP:127.0.0.1"] }, root);
const two = pki.make({ name: "two.lan", names: ["DNS:two.lan", "DNS:*.two.lan"], key: "rsa" }, middle);
const guarded = pki.make({ name: "guarded.lan" }, root);
const few = pki.make({ name: "few.lan" });
const clients = pki.make({ name: "clients", authority: true });
const alice = pki.make({ name: "alice", usage: "clientAuth" }, clients);

before(async () => {
  device = await startTls();
  await device.control(`clock ${Math.floor(Date.now() / 1000)}`);
  assert.equal(await certify(device, "first.lan", first), "");
  assert.equal(await certify(device, "two.lan", two), "");
  assert.equal(await certify(device, "guarded.lan", guarded, clients.cert), "");
  assert.equal(await certify(device, "few.lan", few), "");
});
after(async () => {
  await device?.close();
  pki.close();
});

/** @param {string} servername @param {import("node:tls").ConnectionOptions} [options] */
const open = (servername, options) => openTls(device, { servername, ca: root.cert, ...options });
const get = (/** @type {string} */ host, path = "/facts", more = "") =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;

/** curl, told where the names are. @param {string} url @param {string[]} args */
function curl(url, ...args) {
  const { hostname, port } = new URL(device.apUrl(443));
  return run("curl", ["-sS", "--connect-to", `::${hostname}:${port}`, "--cacert", root.certFile, ...args, url]);
}

/** openssl s_client. @param {string[]} args */
function client(...args) {
  const { hostname, port } = new URL(device.apUrl(443));
  return run("openssl", ["s_client", "-connect", `${hostname}:${port}`, "-CAfile", root.certFile, ...args], "Q\n");
}

for (const version of ["1.2", "1.3"]) {
  test(`curl verifies the certificate and speaks TLS ${version}`, async () => {
    const { status, stdout, stderr } = await curl("https://first.lan/facts", `--tlsv${version}`, "--tls-max", version);
    assert.equal(status, 0, stderr);
    const facts = JSON.parse(stdout);
    assert.equal(facts.version, `TLSv${version}`);
    assert.equal(facts.vhost, "first.lan");
    assert.equal(facts.alpn, "http/1.1");
  });

  test(`openssl resumes a session of TLS ${version}`, async () => {
    const file = `${pki.folder}/session${version}`;
    const protocol = `-tls${version.replace(".", "_")}`;
    const request = get("first.lan", "/facts", "Connection: close\r\n");
    const { hostname, port } = new URL(device.apUrl(443));
    const args = ["s_client", "-connect", `${hostname}:${port}`, "-CAfile", root.certFile, "-servername", "first.lan"];
    const opened = await run("openssl", [...args, protocol, "-quiet", "-sess_out", file], request);
    assert.match(opened.stdout, /"resumed":false/, opened.stderr);
    const again = await run("openssl", [...args, protocol, "-ign_eof", "-sess_in", file], request);
    assert.match(again.stdout, /^Reused, TLSv/m, again.stderr);
    assert.match(again.stdout, /"resumed":true/);
  });
}

for (const [name, vhost, issuer] of [
  ["first.lan", "first.lan", "first.lan"],
  ["two.lan", "two.lan", "two.lan"],
  ["deep.two.lan", "two.lan", "two.lan"],
  ["TWO.LAN", "two.lan", "two.lan"],
  ["notwo.lan", "first.lan", "first.lan"],
  ["unknown.org", "first.lan", "first.lan"],
]) {
  test(`SNI ${name} leads to the vhost ${vhost} and its certificate`, async () => {
    const raw = await open(name, { checkServerIdentity: () => undefined });
    assert.equal(raw.tls.getPeerCertificate().subject.CN, issuer);
    const { body } = await raw.write(get(name)).response();
    assert.equal(JSON.parse(body.toString()).vhost, vhost);
    raw.close();
  });
}

test("without SNI the first vhost answers", async () => {
  const { stdout } = await client("-noservername");
  assert.match(stdout, /subject=CN = first\.lan/);
});

test("a chain goes out with its intermediate certificate", async () => {
  const { stdout, stderr } = await client("-servername", "two.lan", "-showcerts", "-verify_return_error");
  assert.equal(stdout.match(/BEGIN CERTIFICATE/g)?.length, 2, stderr);
  assert.match(stdout, /Verify return code: 0 \(ok\)/);
});

test("what is older than TLS 1.2, and weak, is refused", async () => {
  for (const args of [
    ["-tls1_1"],
    ["-tls1_2", "-cipher", "AES128-SHA"],
    ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"],
  ]) {
    const { stdout } = await client(...args);
    assert.match(stdout, /no peer certificate available/, args.join(" "));
  }
});

test("a client that speaks only another application protocol is refused (RFC 7301 §3.2)", async () => {
  await assert.rejects(open("first.lan", { ALPNProtocols: ["h2"] }), /no application protocol|alert number 120/);
});

test("a vhost with authorities lets in only clients with a certificate of theirs, and says who they are", async () => {
  const stranger = pki.make({ name: "mallory", usage: "clientAuth" });
  for (const identity of [{}, { cert: stranger.cert, key: stranger.key }]) {
    const attempt = (async () => {
      const raw = await open("guarded.lan", identity);
      // With TLS 1.3 the client is done before the server has judged its certificate.
      await raw.write(get("guarded.lan")).response();
    })();
    await assert.rejects(attempt);
  }
  const raw = await open("guarded.lan", { cert: alice.cert, key: alice.key });
  const { body } = await raw.write(get("guarded.lan")).response();
  assert.equal(JSON.parse(body.toString()).peer, "CN=alice");
  raw.close();
});

test("the dates of a client's certificate count as soon as the clock is set", async () => {
  const old = pki.make({ name: "old", usage: "clientAuth", to: "20240101000000Z" }, clients);
  const ask = async () => {
    const raw = await open("guarded.lan", { cert: old.cert, key: old.key });
    return (await raw.write(get("guarded.lan", "/facts", "Connection: close\r\n")).response()).status;
  };
  await assert.rejects(ask());
  await device.control("clock 0");
  assert.equal(await ask(), 200);
  await device.control(`clock ${Math.floor(Date.now() / 1000)}`);
  await assert.rejects(ask());
});

test("a host that wants certificates is not reached through a connection for another (421, RFC 9110 §15.5.20)", async () => {
  const raw = await open("first.lan");
  assert.equal((await raw.write(get("two.lan")).response()).status, 200, "no certificate wanted");
  assert.equal((await raw.write(get("guarded.lan")).response()).status, 421);
  raw.close();
});

test("a target in absolute form has to have the scheme of the connection (RFC 9110 §7.4)", async () => {
  const raw = await open("first.lan");
  const ask = (/** @type {string} */ target) =>
    raw.write(`GET ${target} HTTP/1.1\r\nHost: first.lan\r\n\r\n`).response();
  assert.equal((await ask("https://first.lan/1k.txt")).status, 200);
  assert.equal((await ask("http://first.lan/1k.txt")).status, 421);
  raw.close();
});

test("plain HTTP on the port of TLS is redirected", async () => {
  const raw = await Raw.open(device.apUrl(443));
  const { port, hostname } = new URL(device.apUrl(443));
  const response = await raw.write(get(`${hostname}:${port}`, "/some/thing?x=1")).response();
  assert.equal(response.status, 308);
  assert.equal(response.headers.get("location"), `https://${hostname}:${port}/some/thing?x=1`);
  raw.close();
});

test("a certificate that is replaced is shown to new connections; those that there are go on", async () => {
  const before = await open("first.lan");
  const next = pki.make({ name: "first.lan", names: ["DNS:first.lan"] }, middle);
  assert.equal(await certify(device, "first.lan", next), "");
  const after = await open("first.lan");
  const { serialNumber } = after.tls.getPeerCertificate();
  assert.notEqual(serialNumber, before.tls.getPeerCertificate().serialNumber);
  for (const raw of [before, after]) {
    assert.equal((await raw.write(get("first.lan")).response()).status, 200);
    raw.close();
  }
  assert.equal(await certify(device, "first.lan", { chain: next.chain, key: first.key }), "KEY_MISMATCH");
  const still = await open("first.lan");
  assert.equal(still.tls.getPeerCertificate().serialNumber, serialNumber);
  still.close();
  assert.equal(await certify(device, "first.lan", first), "");
});

test("an upload in records of 16 kB, and pipelined requests", async () => {
  const body = Buffer.alloc(1_000_000, "0123456789");
  const raw = await open("first.lan");
  raw.write(`POST /sink HTTP/1.1\r\nHost: first.lan\r\nContent-Length: ${body.length}\r\n\r\n`).write(body);
  const { length } = JSON.parse((await raw.response()).body.toString());
  assert.equal(length, body.length);
  raw.write(get("first.lan", "/1k.txt").repeat(20));
  for (let i = 0; i < 20; i++) assert.equal((await raw.response()).body.length, 1024);
  raw.close();
});

/** A WebSocket by TLS. @param {string} protocol */
function webSocket(protocol) {
  const { hostname, port } = new URL(device.apUrl(443));
  /** @type {import("ws").ClientOptions & import("node:tls").ConnectionOptions} */
  const options = { ca: root.cert, servername: "first.lan" };
  return new WebSocket(`wss://${hostname}:${port}/`, protocol, options);
}

test("a WebSocket over TLS: messages of all sizes, and the close handshake", async () => {
  const ws = webSocket("lws-echo");
  await once(ws, "open");
  for (const size of [0, 1, 125, 126, 2000, 2048, 5000, 16_384]) {
    ws.send(Buffer.alloc(size, size));
    const [data] = await once(ws, "message");
    assert.equal(data.equals(Buffer.alloc(size, size)), true, `${size}`);
  }
  ws.close(1000);
  assert.equal((await once(ws, "close"))[0], 1000);
});

test("two sessions are let in, more wait until one of them leaves or has been idle", async () => {
  const { hostname, port } = new URL(device.apUrl(8443));
  const options = { host: hostname, port: Number(port), servername: "few.lan", ca: few.cert };
  const busy = [await openTls(device, options), await openTls(device, options)];
  for (const raw of busy) assert.equal((await raw.write(get("few.lan")).response()).status, 200);
  const start = Date.now();
  const third = openTls(device, options);
  const fourth = openTls(device, options);
  for (const waiting of [third, fourth]) {
    const raw = await waiting;
    assert.equal((await raw.write(get("few.lan", "/facts", "Connection: close\r\n")).response()).status, 200);
  }
  assert.equal(Date.now() - start > 1000, true, "waited");
  for (const raw of busy) raw.close();
});

test("a client that stops within its handshake holds the others up for two seconds", {
  timeout: 20_000,
}, async () => {
  const { hostname, port } = new URL(device.apUrl(8443));
  const silent = await Raw.open(device.apUrl(8443));
  silent.write(Buffer.from([22, 3, 1, 2, 0, 1]));
  await delay(100);
  const start = Date.now();
  const raw = await openTls(device, { host: hostname, port: Number(port), servername: "few.lan", ca: few.cert });
  assert.equal((await raw.write(get("few.lan")).response()).status, 200);
  const time = Date.now() - start;
  assert.equal(time > 1000 && time < 3000, true, `${time} ms`);
  raw.close();
  silent.close();
});

test("the last place for a handshake is not for a peer that has one", async () => {
  const silent = await Promise.all([1, 2, 3].map(() => Raw.open(device.apUrl(443))));
  for (const raw of silent) raw.write(Buffer.from([22, 3, 1, 2, 0, 1]));
  await delay(100);
  const start = Date.now();
  const other = await openTls(device, { servername: "first.lan", ca: root.cert, localAddress: "127.0.0.9" });
  assert.equal((await other.write(get("first.lan")).response()).status, 200);
  assert.equal(Date.now() - start < 500, true, `${Date.now() - start} ms`);
  for (const raw of [...silent, other]) raw.close();
});

test("fourteen connections at once, each of which asks, resumed ones among them", async () => {
  /** @type {Buffer | undefined} */
  let session;
  const all = [];
  for (let i = 0; i < 14; i++) {
    const raw = await open("first.lan", {
      ...(session && i % 2 && { session }),
      maxVersion: i % 3 ? "TLSv1.3" : "TLSv1.2",
    });
    raw.tls.on("session", (ticket) => {
      session = ticket;
    });
    all.push(raw);
    assert.equal((await raw.write(get("first.lan")).response()).status, 200, `connection ${i}`);
  }
  for (const raw of all) assert.equal((await raw.write(get("first.lan", "/1k.txt")).response()).body.length, 1024);
  for (const raw of all) raw.close();
});

test("while others shake hands, a counter over TLS keeps its pace", async () => {
  const ws = webSocket("dumb-increment-protocol");
  await once(ws, "open");
  let count = 0;
  ws.on("message", () => count++);
  const start = Date.now();
  let handshakes = 0;
  while (Date.now() - start < 3000) {
    const raw = await open("first.lan");
    handshakes++;
    raw.close();
    await delay(20);
  }
  const rate = (count * 1000) / (Date.now() - start);
  ws.terminate();
  assert.equal(handshakes > 10, true);
  assert.equal(rate > 16 && rate < 24, true, `${rate} a second beside ${handshakes} handshakes`);
});

test("100 handshakes that are cut anywhere, and 100 whole ones, leave nothing behind", {
  timeout: 60_000,
}, async () => {
  const { hostname, port } = new URL(device.apUrl(443));
  /** A relay that cuts the client off after so many bytes of it. @param {number} limit */
  const cutAfter = async (limit) => {
    const { createServer } = await import("node:net");
    const server = createServer(async (near) => {
      const far = await Raw.open(device.apUrl(443));
      let left = limit;
      near.on("data", (data) => {
        far.write(data.subarray(0, left));
        left -= data.length;
        if (left <= 0) far.close(limit % 2 === 0);
      });
      far.socket.on("data", (data) => near.write(data));
      far.socket.on("close", () => near.destroy());
      near.on("error", () => far.close());
      near.on("close", () => far.close());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: relay } = /** @type {import("node:net").AddressInfo} */ (server.address());
    await openTls(device, { host: "127.0.0.1", port: relay, servername: "first.lan", ca: root.cert }).then(
      (raw) => raw.close(),
      () => {},
    );
    server.close();
  };
  const whole = async (/** @type {number} */ i) => {
    const raw = await openTls(device, {
      host: hostname,
      port: Number(port),
      servername: "first.lan",
      ca: root.cert,
      maxVersion: i % 2 ? "TLSv1.2" : "TLSv1.3",
    });
    assert.equal((await raw.write(get("first.lan")).response()).status, 200);
    raw.close();
  };
  for (let i = 0; i < 10; i++) await whole(i);
  for (let i = 0; i < 10; i++) await cutAfter(1 + 37 * i);
  const base = await atRest(device);
  for (let i = 0; i < 100; i++) await whole(i);
  for (let i = 0; i < 100; i++) await cutAfter(1 + ((i * 7919) % 700));
  assert.deepEqual(await atRest(device), base);
  assert.equal((await device.figures()).boots, 1, device.tail());
});

for (const [what, bytes] of /** @type {[string, Buffer][]} */ ([
  ["garbage", Buffer.from("\u0001\u0002 this is no TLS at all, nor HTTP", "latin1")],
  ["a hello of SSL 2", Buffer.from("802e0100020015000000100100800200800300800400800500800600400700c0", "hex")],
  ["a record that is too long", Buffer.concat([Buffer.from([22, 3, 1, 0x50, 0]), Buffer.alloc(0x5000)])],
  ["an alert first", Buffer.from([21, 3, 3, 0, 2, 2, 40])],
  ["application data first", Buffer.from([23, 3, 3, 0, 5, 1, 2, 3, 4, 5])],
])) {
  test(`${what} in place of a hello: the connection ends, the device goes on`, async () => {
    const raw = await Raw.open(device.apUrl(443));
    raw.write(bytes);
    await raw.ended();
    raw.close();
    const good = await open("first.lan");
    assert.equal((await good.write(get("first.lan")).response()).status, 200);
    good.close();
  });
}

test("the device has not restarted", async () => {
  assert.equal((await device.figures()).boots, 1, device.tail());
});
