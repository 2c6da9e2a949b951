// @ts-check
/** The certificate of a device: what it makes by itself, what it takes from others, and what it refuses, with openssl as the judge. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Device } from "../../tools/lib/device.mjs";
import { certificateState, certified, downloadCertificate, postCertificate } from "../lib/certificates.mjs";
import { powerOnSetup, withDevice } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { readBlob } from "../lib/nvs.mjs";
import { Openssl } from "../lib/openssl.mjs";
import { Raw } from "../lib/raw.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { settled } from "../lib/settle.mjs";
import { form, requestHead } from "../lib/upload.mjs";

const run = promisify(execFile);

/** @type {Device} */ let device;
/** @type {Openssl} */ let openssl;
let url = "";

before(async () => {
  openssl = new Openssl();
  device = new Device({ air: "" });
  await device.powerOn(["--clock", "real"]);
  url = await device.waitForAddress("access point", "https");
});
after(async () => {
  await device?.close();
  openssl?.close();
});

/**
 * Nothing more is in use than before: at once, or when the last connection is forgotten and what the radio has begun meanwhile is over.
 * @param {{ slots: number, chunks: number, native: number }} before
 */
async function checkHeaps(before) {
  let now = await settled(device);
  const more = () => now.slots > before.slots || now.chunks > before.chunks || now.native > before.native;
  for (let tries = 0; tries < 40 && more(); tries++) {
    await delay(250);
    now = await settled(device);
  }
  assert.ok(!more(), `${JSON.stringify(now)} after ${JSON.stringify(before)}`);
}

const pem = (/** @type {Buffer} */ certificate) => new X509Certificate(certificate);
const print = (/** @type {Buffer} */ certificate) => pem(certificate).fingerprint256.replaceAll(":", "");

test("the certificate that a new device makes is what RFC 5280 wants", async () => {
  const state = await certified(url);
  const certificate = await downloadCertificate(url);
  const text = openssl.run("x509", "-in", openssl.file(certificate), "-noout", "-text");
  for (const part of [
    /Version: 3 /,
    /Signature Algorithm: ecdsa-with-SHA256/,
    /Issuer: CN = lws-000001\n/,
    /Subject: CN = lws-000001\n/,
    /Not Before: Jan {2}1 00:00:00 2018 GMT/,
    /Not After : Dec 31 23:59:59 2049 GMT/,
    /NIST CURVE: P-256/,
    /Basic Constraints: \n\s+CA:FALSE/,
    /Key Usage: critical\n\s+Digital Signature\n/,
    /Extended Key Usage: critical\n\s+TLS Web Server Authentication\n/,
    /DNS:lws-000001, DNS:lws-000001.local, IP Address:192.168.4.1/,
    /Subject Key Identifier: \n\s+([0-9A-F]{2}:){19}[0-9A-F]{2}\n/,
  ])
    assert.match(text, part);
  const { serialNumber, ca } = pem(certificate);
  assert.match(serialNumber, /^[4-7][0-9A-F]{39}$/);
  assert.deepEqual(
    [state.source, state.serial, state.print, state.key, state.count, ca],
    ["self", serialNumber, print(certificate), "EC 256", "1", false],
  );
  assert.equal(Number(state.days), Math.floor((Date.UTC(2050, 0, 1) / 1000 - 1 - Date.now() / 1000) / 86400));
});

test("openssl and curl accept it for its names, and for no other", async () => {
  const certificate = openssl.file(await downloadCertificate(url));
  const verify = (/** @type {string[]} */ ...args) =>
    openssl.run("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", certificate, ...args, certificate);
  for (const name of ["lws-000001", "lws-000001.local"]) assert.match(verify("-verify_hostname", name), /: OK/);
  assert.match(verify("-verify_ip", "192.168.4.1"), /: OK/);
  assert.throws(() => verify("-verify_hostname", "other.local"), /ostname mismatch/);

  // Nothing hands the key out: it is read from the flash.
  const pair = readBlob(device.partition("nvs"), "lws-station", "ap-self.pair");
  const [chainLength, keyLength] = [pair.readUInt16LE(4), pair.readUInt16LE(6)];
  const key = openssl.convert(pair.subarray(8 + chainLength, 8 + chainLength + keyLength), "-inform", "der");
  const cert = await downloadCertificate(url);
  const server = createServer({ cert, key }, (_request, response) => response.end("hello"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const curl = (/** @type {string} */ host) =>
    run("curl", ["-sS", "--cacert", certificate, "--connect-to", `::127.0.0.1:${port}`, `https://${host}/`]);
  try {
    for (const host of ["lws-000001", "lws-000001.local", "192.168.4.1"])
      assert.equal((await curl(host)).stdout, "hello", host);
    await assert.rejects(curl("other.local"), /no alternative certificate subject name|does not match/);
  } finally {
    server.close();
  }
});

test("certificates of every usual kind are taken, and are in use at once and after a restart", {
  timeout: 90_000,
}, async () => {
  const root = openssl.authority("root");
  const issuing = openssl.authority("issuing", root);
  const extensions = ["subjectAltName=DNS:device.example,IP:192.168.1.5", "extendedKeyUsage=serverAuth,clientAuth"];
  const leaf = openssl.issue("leaf", { issuer: issuing, extensions });
  const rsa = openssl.issue("rsa", { kind: "rsa:2048", extensions });
  const chain = Buffer.concat([leaf.certificate, issuing.certificate, root.certificate]);
  const large = openssl.issue("rsa", { kind: "rsa:4096" });
  const p384 = openssl.issue("p384", { kind: "P-384", options: ["-sha384"] });
  /** @type {[name: string, certificate: Buffer, key: Buffer, count: number, kind: string][]} */
  const cases = [
    ["P-256", leaf.certificate, leaf.key, 1, "EC 256"],
    ["a chain", chain, leaf.key, 3, "EC 256"],
    [
      "a chain in DER",
      Buffer.concat([openssl.der(leaf.certificate), openssl.der(issuing.certificate)]),
      leaf.key,
      2,
      "EC 256",
    ],
    ["a key in DER", leaf.certificate, openssl.convert(leaf.key, "-outform", "der"), 1, "EC 256"],
    ["a key of SEC 1", leaf.certificate, openssl.convert(leaf.key, "-traditional"), 1, "EC 256"],
    ["RSA with 2048 bits", rsa.certificate, rsa.key, 1, "RSA 2048"],
    ["a key of PKCS #1", rsa.certificate, openssl.convert(rsa.key, "-traditional"), 1, "RSA 2048"],
    ["RSA with 4096 bits", large.certificate, large.key, 1, "RSA 4096"],
    ["P-384", p384.certificate, p384.key, 1, "EC 384"],
    [
      "one file with both",
      Buffer.concat([rsa.key, rsa.certificate]),
      Buffer.concat([rsa.certificate, rsa.key]),
      1,
      "RSA 2048",
    ],
  ];
  const self = await certificateState(url);
  const present = async () => {
    await postCertificate(url, { pub: leaf.certificate, pri: leaf.key });
    await downloadCertificate(url);
    await certificateState(url);
    return settled(device);
  };
  await present();
  const before = await present();
  for (const [name, pub, pri, count, kind] of cases) {
    assert.deepEqual(
      await postCertificate(url, { pub, pri }),
      { status: 200, error: "", text: "the certificate is in use" },
      name,
    );
    const state = await certificateState(url);
    assert.deepEqual([state.source, state.key, state.count], ["own", kind, String(count)], name);
    const handed = await downloadCertificate(url);
    assert.equal(handed.toString().match(/BEGIN CERTIFICATE/g)?.length, count, name);
    assert.equal(handed.toString().includes("PRIVATE"), false, name);
    assert.equal(state.print, print(handed), name);
  }
  await present();
  await checkHeaps(before);
  const own = await certificateState(url);
  assert.deepEqual([own.subject, own.issuer, own.names], ["leaf", "issuing", "device.example 192.168.1.5"]);

  await device.powerOff();
  url = await powerOnSetup(device, ["--clock", "real", "--button", "down"]);
  assert.deepEqual(await certificateState(url), own);
  assert.equal((await postCertificate(url, { remove: "own" })).status, 200);
  assert.deepEqual(await certificateState(url), self, "the self-signed one has stayed");
});

test("whatever is wrong with a certificate or key has its own name, and changes nothing", {
  timeout: 90_000,
}, async () => {
  const good = openssl.issue("good", { kind: "rsa:2048" });
  const { certificate, key } = good;
  const root = openssl.authority("root");
  const stranger = openssl.authority("stranger");
  const leaf = openssl.issue("leaf", { issuer: root });
  const client = openssl.issue("leaf", { issuer: root, extensions: ["extendedKeyUsage=clientAuth"] });
  const weak = openssl.issue("weak", { kind: "rsa:1024" });
  const sha1 = openssl.issue("sha1", { kind: "rsa:2048", options: ["-sha1"] });
  const ed = openssl.issue("ed", { kind: "ed25519" });
  const p521 = openssl.issue("p521", { kind: "P-521" });
  const gone = openssl.issue("gone", { days: -1 });
  // Of two primes it would take ten seconds.
  const huge = openssl.key("rsa:8192:4");
  const damaged = Buffer.from(openssl.der(certificate));
  damaged[damaged.length - 20] ^= 4;
  const encrypted = (/** @type {string[]} */ ...args) => openssl.convert(key, "-aes128", "-passout", "pass:x", ...args);
  const encryptedDer = Buffer.from(
    encrypted()
      .toString()
      .replace(/-----[^-]+-----/g, ""),
    "base64",
  );
  const chain = (/** @type {Buffer[]} */ ...all) => Buffer.concat(all);
  /** @type {[code: string, status: number, pub: Buffer | string, pri: Buffer | string][]} */
  const cases = [
    ["CERT_TRUNCATED", 422, certificate.subarray(0, 500), key],
    ["CERT_TRUNCATED", 422, openssl.der(certificate).subarray(0, 500), key],
    ["CERT_MALFORMED", 422, "", key],
    ["CERT_MALFORMED", 422, "no certificate", key],
    ["CERT_MALFORMED", 422, key, key],
    ["CERT_MALFORMED", 422, damaged, key],
    ["CERT_MALFORMED", 422, certificate.toString().replace(/\n.{6}/, "\n??????"), key],
    ["CERT_TOO_LARGE", 413, Buffer.alloc(8193, "\n"), key],
    ["CERT_TOO_LARGE", 413, chain(...Array(5).fill(leaf.certificate)), leaf.key],
    ["CERT_UNSUPPORTED", 422, ed.certificate, key],
    ["CERT_UNSUPPORTED", 422, p521.certificate, key],
    ["CERT_WEAK", 422, weak.certificate, weak.key],
    ["CERT_WEAK", 422, sha1.certificate, sha1.key],
    ["CERT_ORDER", 422, chain(root.certificate, leaf.certificate), root.key],
    ["CERT_ORDER", 422, chain(leaf.certificate, stranger.certificate), leaf.key],
    ["CERT_ORDER", 422, chain(leaf.certificate, leaf.certificate), leaf.key],
    ["CERT_WRONG_USAGE", 422, client.certificate, client.key],
    ["CERT_EXPIRED", 422, gone.certificate, gone.key],
    ["KEY_TRUNCATED", 422, certificate, key.subarray(0, 900)],
    ["KEY_MALFORMED", 422, certificate, certificate],
    ["KEY_MALFORMED", 422, certificate, key.toString().replace(/\n.{6}/, "\n??????")],
    ["KEY_ENCRYPTED", 422, certificate, encrypted()],
    ["KEY_ENCRYPTED", 422, certificate, encrypted("-traditional")],
    ["KEY_ENCRYPTED", 422, certificate, encryptedDer],
    ["KEY_TOO_LARGE", 413, certificate, huge],
    ["KEY_TOO_LARGE", 413, certificate, openssl.convert(huge, "-outform", "der")],
    ["KEY_UNSUPPORTED", 422, certificate, ed.key],
    ["KEY_UNSUPPORTED", 422, certificate, p521.key],
    ["KEY_WEAK", 422, certificate, weak.key],
    ["KEY_MISMATCH", 422, certificate, openssl.key("rsa:2048")],
    ["KEY_MISMATCH", 422, certificate, leaf.key],
  ];
  const state = await certificateState(url);
  const flash = device.partition("nvs");
  let before;
  for (const round of [1, 2]) {
    for (const [i, [code, status, pub, pri]] of cases.entries()) {
      const answer = await postCertificate(url, { pub, pri });
      assert.deepEqual([answer.error, answer.status], [code, status], `case ${i}`);
    }
    if (round === 2) break;
    // The first time, pools grow to what they need: a connection may still be closing when the next one comes.
    await Promise.all([1, 2, 3, 4].map(() => certificateState(url)));
    before = await settled(device);
  }
  await checkHeaps(/** @type {NonNullable<typeof before>} */ (before));
  assert.deepEqual(await certificateState(url), state);
  assert.ok(device.partition("nvs").equals(flash), "nothing was written");
});

test("dates count as soon as the device knows the time", async () => {
  const { certificate, key } = openssl.issue("dated");
  const day = 86_400;
  const now = Math.floor(Date.now() / 1000);
  for (const [clock, code, days] of /** @type {const} */ ([
    [now - 2 * day, "CERT_NOT_YET_VALID", ""],
    [now + 31 * day, "CERT_EXPIRED", ""],
    [now + 10 * day - 60, "", "20"],
    [0, "", ""],
  ])) {
    await device.control(`clock ${clock}`);
    assert.equal((await postCertificate(url, { pub: certificate, pri: key })).error, code);
    if (code === "") assert.equal((await certificateState(url)).days, days);
  }
  await device.control(`clock ${now + 40 * day + 60}`);
  assert.deepEqual([(await certificateState(url)).days, (await certificateState(url)).source], ["-11", "own"]);
  await device.control(`clock ${now}`);
  await postCertificate(url, { remove: "own" });
});

test("certificate and key can be renewed one by one, and an authority for clients comes and goes", async () => {
  const key = openssl.key();
  const first = openssl.issue("first", { key });
  const second = openssl.issue("second", { key });
  assert.equal((await postCertificate(url, { pub: first.certificate })).error, "BAD_REQUEST");
  assert.equal((await postCertificate(url, { pub: first.certificate, pri: key })).error, "");
  assert.equal((await postCertificate(url, { pub: second.certificate })).error, "");
  assert.equal((await certificateState(url)).subject, "second");
  assert.equal((await postCertificate(url, { pri: openssl.key() })).error, "KEY_MISMATCH");
  const root = openssl.authority("root");
  assert.equal((await postCertificate(url, { ca: first.certificate })).error, "CERT_WRONG_USAGE");
  assert.equal((await certificateState(url)).client, "0");
  assert.equal((await postCertificate(url, { ca: root.certificate })).error, "");
  assert.equal((await certificateState(url)).client, "1");
  assert.equal((await postCertificate(url, { remove: "ca" })).error, "");
  assert.equal((await certificateState(url)).client, "0");
  await postCertificate(url, { remove: "own" });
});

test("forms that are none, and requests of others, are refused", async () => {
  const { certificate, key } = openssl.issue("x");
  const request = (/** @type {RequestInit} */ init) => fetch(`${url}/factory`, { method: "POST", ...init });
  assert.equal((await request({ body: "a=b", headers: { "Content-Type": "text/plain" } })).status, 415);
  assert.equal((await request({ body: new FormData() })).status, 400);
  assert.equal((await postCertificate(url, { remove: "all" })).error, "BAD_REQUEST");
  assert.equal((await postCertificate(url, { remove: "own", pub: certificate, pri: key })).error, "BAD_REQUEST");
  const foreign = await request({ body: new FormData(), headers: { Origin: "http://evil.example" } });
  assert.equal(foreign.status, 403);
  assert.equal((await request({ body: Buffer.alloc(30_000) })).status, 413);
  const twice = new FormData();
  for (const name of ["pub", "pub"]) twice.append(name, new Blob([certificate]), "a.pem");
  assert.equal((await request({ body: twice })).status, 400);
  assert.equal((await certificateState(url)).source, "self");
});

test("one form at a time, and one that breaks off leaves nothing", async () => {
  const { certificate, key } = openssl.issue("x");
  const body = form(key, { name: "pri" });
  const before = await certificateState(url);
  const raw = await Raw.open(url);
  raw.write(requestHead(body.length).replace("/otaform", "/factory")).write(body.subarray(0, body.length - 30));
  await delay(50);
  const busy = await postCertificate(url, { pub: certificate, pri: key });
  assert.deepEqual([busy.status, busy.error], [409, "UPDATE_BUSY"]);
  raw.close();
  await delay(50);
  assert.deepEqual(await certificateState(url), before);
  assert.equal((await postCertificate(url, { pub: certificate, pri: key })).status, 200);
  assert.equal((await postCertificate(url, { remove: "own" })).status, 200);
});

test("another name of the device makes another certificate", async () => {
  const before = await certificateState(url);
  const client = await ScanClient.open(url);
  client.send({ group: "kitchen" });
  client.send({ role: "light" });
  await client.next((message) => message.certsubject === "kitchen-light" && message.cert.progress === "100");
  client.close();
  const state = await certified(url);
  assert.equal(state.names, "kitchen-light kitchen-light.local 192.168.4.1");
  assert.notEqual(state.print, before.print);
});

test("only who stands in front of the device changes its certificate", async () => {
  await withDevice({ air: "" }, async (other) => {
    let at = await powerOnSetup(other, []);
    const { print: made } = await certified(at);
    await other.powerOff();
    at = await powerOnSetup(other, []);
    const { certificate, key } = openssl.issue("x");
    const answer = await postCertificate(at, { pub: certificate, pri: key });
    assert.deepEqual([answer.status, answer.error], [403, "FORBIDDEN"]);
    const state = await certificateState(at);
    assert.deepEqual([state.print, state.change], [made, "0"]);
  });
});
