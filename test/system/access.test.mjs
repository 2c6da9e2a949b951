// @ts-check
/** Who may read and change what on the setup page: passwords, sessions, presence, and requests that come from elsewhere. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { Device } from "../../tools/lib/device.mjs";
import { certified } from "../lib/certificates.mjs";
import { servedSetup } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { readBlob, readNvs } from "../lib/nvs.mjs";
import { Raw } from "../lib/raw.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { logIn, postForm } from "../lib/setup-client.mjs";
import { handshake } from "../lib/ws.mjs";

const PASSWORD = "a planted password";
const PASSPHRASE = "planted passphrase";
/** The seconds that a peer has to wait are the device's. */
const SPEED = 4;

/** @type {Device} */ let device;
let url = "";
/** Everything that the device has sent to the tests of this file. */
let traffic = "";

before(async () => {
  device = new Device({ air: "", args: ["--speed", String(SPEED)] });
  await device.powerOn();
  url = await servedSetup(device);
  await certified(url);
});
after(() => device?.close());

const settings = () => readNvs(device.partition("nvs"));

/** Status of a WebSocket handshake, 101 where it succeeds. @param {string} from @param {Record<string, string>} [headers] */
async function upgrade(from, headers = {}) {
  const raw = await Raw.open(from);
  try {
    const request = handshake({ Host: new URL(from).host, "Sec-WebSocket-Protocol": "esplws-scan", ...headers });
    return (await raw.write(request).response()).status;
  } finally {
    raw.close();
  }
}

/** A client of the protocol with these headers. @param {Record<string, string>} headers */
async function scanClient(headers) {
  const socket = new WebSocket(url.replace(/^http/, "ws"), "esplws-scan", { headers, rejectUnauthorized: false });
  const client = new ScanClient(socket);
  socket.on("message", (data) => {
    traffic += String(data);
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return client;
}

/** Status of a request with this Host. @param {string} host @param {string} [path] */
async function statusFor(host, path = "/") {
  const raw = await Raw.open(url);
  try {
    return (await raw.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`).response()).status;
  } finally {
    raw.close();
  }
}

test("a new unit is open; who sets the password is logged in, and everybody else out", async () => {
  const early = await scanClient({});
  assert.deepEqual((await early.state()).access, { password: "0", login: "0", change: "1" });
  early.setSlot(0, "Casa Verde", PASSPHRASE);
  await early.next((message) => message.known?.[0]?.ssid === "Casa Verde");
  assert.equal((await postForm(`${url}/access/password`, { password: "short" })).error, "BAD_PASSWORD");
  const set = await postForm(`${url}/access/password`, { password: PASSWORD });
  assert.equal(set.status, 200);
  assert.match(set.cookie, /^__Host-session=[A-Za-z0-9+/]{22}==$/);
  assert.deepEqual(set.attributes.sort(), ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
  assert.equal(await early.ended(), 1008);
  const own = await scanClient({ Cookie: set.cookie });
  assert.deepEqual((await own.state()).access, { password: "1", login: "1", change: "1" });
  own.close();
});

test("the password is stored as a salted hash that takes its time", () => {
  assert.match(String(settings().get("lws-station/access_pw")), /^\$pbkdf2-sha256\$4096\$[^$]{24}\$[^$]{44}$/);
});

test("with a password nothing is told or changed without a session", async () => {
  const login = await fetch(`${url}/access/login`, { headers: { Accept: "application/json", Connection: "close" } });
  assert.deepEqual(await login.json(), { password: "1", login: "0", read: "0", change: "0" });
  assert.equal(await upgrade(url), 403);
  assert.equal(await upgrade(url, { Cookie: `__Host-session=${"A".repeat(22)}==` }), 403);
  for (const path of ["/certificate", "/certificate/device.pem"]) assert.equal((await fetch(url + path)).status, 403);
  for (const path of ["/factory", "/otaform", "/access/password"]) {
    const { status, error } = await postForm(url + path, { group: "stolen", password: "another password" });
    assert.deepEqual([path, status, error], [path, 403, "LOGIN_REQUIRED"]);
  }
  assert.equal((await fetch(url)).status, 200, "the page itself is there, for its form");
  assert.equal(settings().get("lws-station/group"), undefined);
});

test("a login opens all of it, until the logout", async () => {
  const cookie = await logIn(url, PASSWORD);
  assert.equal((await fetch(`${url}/certificate`, { headers: { Cookie: `other=1; ${cookie}` } })).status, 200);
  assert.equal((await postForm(`${url}/factory`, { group: "lamps" }, { Cookie: cookie })).status, 200);
  assert.equal(settings().get("lws-station/group"), "lamps");
  const client = await scanClient({ Cookie: cookie });
  const mark = client.send({ role: "left" });
  await client.next((message) => message.role === "left", mark);
  const { status, attributes } = await postForm(`${url}/access/logout`, {}, { Cookie: cookie });
  assert.deepEqual([status, attributes.includes("Max-Age=0")], [200, true]);
  assert.equal(await client.ended(), 1008);
  assert.equal(await upgrade(url, { Cookie: cookie }), 403);
});

test("a form without any script is led back to the page", async () => {
  const { status, headers, cookie } = await postForm(
    `${url}/access/login`,
    { password: PASSWORD },
    { Accept: "text/html" },
  );
  assert.deepEqual([status, headers.get("location")], [303, "/"]);
  assert.equal(await upgrade(url, { Cookie: cookie }), 101);
});

test("five sessions are one too many: the one that was used least recently ends", async () => {
  const cookies = [];
  for (let i = 0; i < 5; i++) cookies.push(await logIn(url, PASSWORD));
  assert.equal(await upgrade(url, { Cookie: cookies[0] ?? "" }), 403);
  assert.equal(await upgrade(url, { Cookie: cookies[4] ?? "" }), 101);
});

test("names that nobody else can have reach the page, and other names do not", async () => {
  const names = ["lamps-left", "lamps-left.local", "LAMPS-LEFT.fritz.box", "lamps-left.home.arpa.", "localhost"];
  for (const host of [...names, "192.168.4.1", "127.0.0.1:8443", "[::1]:443"]) {
    assert.equal(await statusFor(host), 200, host);
  }
  for (const host of ["evil.example", "lamps-left.evil.example", "192.168.4.1.evil.example", "xlamps-left", "1.2.3"])
    assert.equal(await statusFor(host), 421, host);
});

test("what other sites' pages try changes nothing, session or not", async () => {
  const cookie = await logIn(url, PASSWORD);
  const before = JSON.stringify([...settings()]);
  const boots = (await device.figures()).boots;
  const either = /** @type {Record<string, string>[]} */ ([{ Cookie: cookie }, {}]);
  for (const headers of either) {
    for (const origin of ["https://evil.example", "null", url.replace("https", "http"), `${url}0`]) {
      assert.equal(await upgrade(url, { ...headers, Origin: origin }), 403, origin);
      for (const path of ["/factory", "/otaform", "/access/password", "/access/login", "/access/logout"]) {
        const fields = { group: "stolen", password: "another password", remove: "own" };
        assert.equal((await postForm(url + path, fields, { ...headers, Origin: origin })).status, 403, path);
      }
    }
    // An image's GET can say nothing but its address.
    for (const path of ["/factory?group=stolen", "/access/logout", "/access/password?password=another+one", "/otaform"])
      assert.ok([200, 303, 403, 405].includes((await fetch(url + path, { headers, redirect: "manual" })).status), path);
    // A name that was made to lead here, under which the page is of one origin with us.
    const rebound = { ...headers, Host: "evil.example", Origin: "https://evil.example" };
    assert.equal(await upgrade(url, rebound), 421);
    const raw = await Raw.open(url);
    const lines = Object.entries(rebound).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST /factory HTTP/1.1\r\n${lines.join("")}Content-Type: application/x-www-form-urlencoded\r\n`;
    assert.equal((await raw.write(`${head}Content-Length: 12\r\n\r\ngroup=stolen`).response()).status, 421);
    raw.close();
  }
  assert.equal(await upgrade(url, { Cookie: cookie }), 101, "the session is still there");
  assert.equal(JSON.stringify([...settings()]), before);
  assert.equal((await device.figures()).boots, boots);
});

test("ten wrong passwords take more than ten seconds, and then the right one is taken", {
  timeout: 60_000,
}, async () => {
  const start = Date.now();
  let checked = 0;
  let refused = 0;
  while (Date.now() - start < 10_000 / SPEED) {
    const { status, error, headers } = await postForm(`${url}/access/login`, { password: `wrong password ${checked}` });
    if (error === "WRONG_PASSWORD") checked++;
    else {
      assert.deepEqual([status, error], [429, "TOO_MANY_REQUESTS"]);
      refused++;
      const wait = Number(headers.get("retry-after"));
      assert.ok(wait >= 1 && wait <= 8, String(wait));
      await delay(300 / SPEED);
    }
  }
  assert.ok(checked >= 3 && checked < 10, `${checked} in ten seconds`);
  assert.ok(refused > 0);
  for (;;) {
    const { status, headers } = await postForm(`${url}/access/login`, { password: PASSWORD });
    if (status === 200) break;
    await delay((1000 * Number(headers.get("retry-after"))) / SPEED);
  }
});

test("no secret is in any message, page or log", async () => {
  const cookie = await logIn(url, PASSWORD);
  const client = await scanClient({ Cookie: cookie });
  await client.state();
  client.send({ setting: "1", access_pw: PASSWORD });
  client.send({ setting: "1", access_pw: "short" });
  client.setSlot(1, "Casa Verde", PASSPHRASE);
  await client.next((message) => message.known?.[1]?.ssid === "Casa Verde");
  client.close();
  const headers = { Cookie: cookie, Connection: "close" };
  for (const path of ["/", "/certificate", "/certificate/device.pem", "/access/login", "/nothing"])
    traffic += await (await fetch(url + path, { headers })).text();
  const pair = readBlob(device.partition("nvs"), "lws-station", "ap-self.pair");
  assert.ok(pair.length > 100);
  // The number in the middle of an EC key is what nobody may know.
  const key = pair.subarray(8 + pair.readUInt16LE(4));
  const secret = key.subarray(key.indexOf(Buffer.from([4, 32])) + 2).subarray(0, 32);
  const record = String(settings().get("lws-station/access_pw"));
  const seen = traffic + device.lines.join("\n");
  assert.ok(traffic.includes("Casa Verde") && device.lines.length > 10);
  for (const planted of [PASSWORD, PASSPHRASE, record, record.split("$")[4] ?? "", cookie.split("=")[1] ?? ""])
    assert.equal(seen.includes(planted), false, planted);
  for (const form of [secret.toString("base64").slice(2, 40), secret.toString("hex"), secret.toString("latin1")])
    assert.equal(seen.toLowerCase().includes(form.toLowerCase()), false, form);
});

test("a provisioned unit without a password is read by everybody, and changed by who holds the button", async () => {
  const cookie = await logIn(url, PASSWORD);
  assert.equal((await postForm(`${url}/access/password`, {}, { Cookie: cookie })).status, 200);
  await device.powerOff();
  await device.powerOn();
  url = await device.waitForAddress("access point", "https");
  const client = await scanClient({});
  assert.deepEqual((await client.state()).access, { password: "0", login: "0", change: "0" });
  const mark = client.send({ group: "stolen" });
  const { error, text, for: kind } = await client.next((message) => message.error !== undefined, mark);
  assert.deepEqual([error, kind], ["FORBIDDEN", "group"]);
  assert.match(text, /hold the button/);
  client.close();
  assert.equal((await postForm(`${url}/factory`, { role: "stolen" })).error, "FORBIDDEN");
  await device.powerOff();
  await device.powerOn(["--button", "down"]);
  url = await device.waitForAddress("access point", "https");
  assert.equal((await postForm(`${url}/factory`, { role: "right", serial: "A7", opts: "rev. 2" })).status, 200);
  const stored = settings();
  assert.deepEqual(
    ["role", "serial", "opts"].map((key) => stored.get(`lws-station/${key}`)),
    ["right", "A7", "rev. 2"],
  );
});
