// @ts-check
/**
 * Nothing that is secret is in anything that a unit says: not in a page, a message, an answer to a name server's client, an error, the CSV or the console,
 * whatever it is asked. Secrets are planted wherever a unit takes one, and all that it says is searched for them.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { AirDevice } from "../lib/air.mjs";
import { certified, postCertificate } from "../lib/certificates.mjs";
import { Asker, query } from "../lib/dns.mjs";
import { Eavesdropper, privateNumber, writings } from "../lib/eavesdrop.mjs";
import { NvsWriter, readBlob, readNvs, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { Openssl } from "../lib/openssl.mjs";
import { accessPoint, PLAIN } from "../lib/radio.mjs";
import { frame, handshake, TEXT } from "../lib/ws.mjs";

const HOME = { ...PLAIN, passphrase: 'home: "quoted" & <b>' };
const STRICT = { ssid: "Strict", passphrase: "what the router wants", address: "10.0.0.2" };
const WRONG = "wrong for that router";
const KEY = `${"5ec2e7".repeat(10)}beef`;
const PASSWORD = "setup: 'sesame' & <i>";
const GUESS = "a guess at the password";
const BASIC = "basic auth <secret>";
const HEAD = "key,type,encoding,value\nlws-station,namespace,,\n";

const spy = new Eavesdropper();
/** @type {AirDevice} */ let device;
/** @type {Openssl} */ let openssl;
let url = "";
let cookie = "";
let host = "";

before(async () => {
  openssl = new Openssl();
  const air = [accessPoint(HOME, 1), accessPoint(STRICT, 2, "rssi=-30"), accessPoint({ ...HOME, ssid: "Other" }, 3)];
  device = new AirDevice([], air, { factory: "loud", speed: 5 });
  const writer = new NvsWriter().add("lwsdemoba", "user", BASIC).add(SETTINGS, "serial", "A1");
  rewritePartition(device.flashFile, "nvs", settingsWith([{ ...STRICT, passphrase: WRONG }, HOME], writer));
  for (const [name, secret] of Object.entries({ HOME: HOME.passphrase, STRICT: STRICT.passphrase, WRONG, KEY }))
    spy.plant(`passphrase ${name}`, secret);
  spy.plant("password", PASSWORD);
  spy.plant("guess", GUESS);
  spy.plant("basic-auth password", BASIC);
});
after(async () => {
  await device?.close();
  openssl?.close();
});

/** Powers on, with everything on the console. @param {string[]} args */
async function powerOn(args) {
  await device.powerOn(args);
  await device.control("log D");
  url = new URL(await device.waitForAddress("access point", "https")).origin;
  host = new URL(url).host;
}

/** @param {string} line @param {string} [body] @param {string[]} fields @param {string} [to] */
function request(line, body = "", fields = [], to = url) {
  const head = [`${line} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...fields];
  if (body !== "") head.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return spy.ask(to, Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`), `answer to ${line} ${fields}`);
}

/** @param {string} path @param {Record<string, string>} fields @param {string[]} [more] */
const post = (path, fields, more = []) =>
  request(`POST ${path}`, new URLSearchParams(fields).toString(), [
    "Content-Type: application/x-www-form-urlencoded",
    ...more,
  ]);

/** Opens a WebSocket, says things, and keeps what comes back. @param {(string | Buffer)[]} messages @param {string[]} [fields] */
async function talk(messages, fields = []) {
  const head = handshake({ Host: host, "Sec-WebSocket-Protocol": "esplws-scan" });
  const hello = head.replace(/\r\n\r\n$/, `\r\n${[...fields, "", ""].join("\r\n")}`);
  return spy.ask(
    url,
    Buffer.concat([Buffer.from(hello, "latin1"), ...messages.map((text) => frame(TEXT, text))]),
    "ws",
  );
}

/** Logs in: that answer alone has the session, which is as secret as the password from then on. @param {string} path */
async function session(path) {
  const before = new Eavesdropper();
  const body = new URLSearchParams({ password: PASSWORD }).toString();
  const fields = `Host: ${host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded`;
  const answer = await before.ask(
    url,
    `POST ${path} HTTP/1.1\r\n${fields}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const [whole, value] = /__Host-session=([^;]+)/.exec(answer) ?? assert.fail(answer);
  assert.equal(answer.split(value).length, 2, "once");
  spy.hear(path, answer.replace(value, ""));
  spy.plant(`session ${value}`, value);
  return whole;
}

const PATHS = [
  "/",
  "/setup.js",
  "/certificate",
  "/certificate/device.pem",
  "/settings.csv",
  "/join.svg",
  "/access/login",
];
const METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "NONSENSE"];

/** Everything that can be asked for, in every way. @param {string[]} fields of the one who asks */
async function askAll(fields) {
  const secret = [`Authorization: Basic ${Buffer.from(`user:${BASIC}`).toString("base64")}`, ...fields];
  for (const path of [...PATHS, "/factory", "/otaform", "/update", "/access/password", "/none", "/www/../nvs"])
    for (const method of path === "/" ? METHODS : METHODS.slice(0, 2)) await request(`${method} ${path}`, "", secret);
  for (const line of [
    "GET / HTTP/1.1",
    "GET /\0",
    "G\r\n",
    "GET http://evil.example/",
    `GET /${"x".repeat(3000)}`,
    "GET",
  ])
    await request(line, "", secret);
  await request("GET /", "", [...secret, `X-Large: ${"y".repeat(4000)}`]);
  await request("GET /", "", [...secret, "Content-Length: 1", "Content-Length: 2"]);
  await request("GET /", "", [...secret, "Host: two"]);
  await request("POST /settings.csv", `${HEAD}2ssid,data,string,x\n2password,data,string,${KEY}x\n`, [
    "Content-Type: text/csv",
    ...fields,
  ]);
  await request("POST /settings.csv", `${HEAD}2password,data,i8,${KEY}\n`, ["Content-Type: text/csv", ...fields]);
  await request("POST /settings.csv", `${HEAD}${KEY},data,string,${KEY}\n`, ["Content-Type: text/csv", ...fields]);
  await post("/access/password", { password: `${GUESS}${"z".repeat(60)}` }, fields);
  await post("/factory", { serial: GUESS, [GUESS]: GUESS, remove: GUESS }, fields);
  await request("POST /otaform", GUESS, ["Content-Type: multipart/form-data; boundary=x", ...fields]);
  await talk(
    [
      `{"ssid9":"x","pw9":${JSON.stringify(WRONG)},"slot":"9"}`,
      `{"ssid1":"x","pw1":${JSON.stringify(`${KEY}x`)},"slot":"1"}`,
      `{"pw1":${JSON.stringify(WRONG)}`,
      JSON.stringify({ setting: "1", access_pw: GUESS.padEnd(70) }),
      JSON.stringify({ [GUESS]: GUESS }),
      JSON.stringify({ scan: "1" }),
    ],
    fields,
  );
  await talk([JSON.stringify({ ssid2: "x", pw2: KEY.repeat(20), slot: "2" })], fields);
}

test("somebody sets the unit up, and gets much of it wrong", async () => {
  await powerOn(["--button", "down"]);
  await certified(url);
  await device.at(HOME.address);
  await device.waitForLine(/slot 0 not joined: password/);
  await talk([
    JSON.stringify({ ssid2: "Hex", pw2: KEY, slot: "2" }),
    JSON.stringify({ ssid0: STRICT.ssid, pw0: STRICT.passphrase, slot: "0" }),
  ]);
  const own = openssl.issue("unit");
  const other = openssl.key();
  for (const [name, key] of Object.entries({ own: own.key, other })) spy.plant(`key ${name}`, privateNumber(key));
  for (const parts of [
    { pub: own.certificate, pri: other },
    { pub: own.key, pri: own.key },
    { pri: own.key.subarray(0, 200), pub: own.certificate },
    { pub: own.certificate, pri: own.key },
  ]) {
    const { status, text, error } = await postCertificate(url, parts);
    spy.hear("POST /factory", `${status} ${error} ${text}`);
  }
  cookie = await session("/access/password");
  await askAll([`Cookie: ${cookie}`]);
  const nvs = device.partition("nvs");
  for (const kind of ["own", "self"]) {
    const pair = readBlob(nvs, SETTINGS, `ap-${kind}.pair`);
    const chain = pair.readUInt16LE(4);
    spy.plant(`key in ap-${kind}.pair`, privateNumber(pair.subarray(8 + chain)));
  }
  for (const part of String(readNvs(nvs).get("lws-station/access_pw")).split("$").slice(-2)) spy.plant("hash", part);
});

test("others ask for everything, guess, and ask in a network's own ways", async () => {
  await device.powerOff();
  await powerOn([]);
  await askAll([]);
  await askAll([`Cookie: ${cookie}`]);
  for (let tries = 0; tries < 3; tries++) await post("/access/login", { password: GUESS });
  await device.pass(2500);
  const sessions = [await session("/access/login"), await session("/access/login")];
  await askAll([`Cookie: ${sessions[1]}`]);
  await post("/access/login", { password: PASSWORD }, ["Origin: https://evil.example"]);
  await post("/access/logout", {}, [`Cookie: ${sessions[1]}`]);
  for (const line of ["GET /", "GET /portal", "GET /generate_204", "POST /access/login", "GET /\0"])
    await request(line, "", [`Cookie: ${sessions[0]}`], device.apUrl(80));
  await spy.ask(
    device.apUrl(443),
    `GET / HTTP/1.1\r\nHost: ${host}\r\nCookie: ${sessions[0]}\r\n\r\n`,
    "no TLS on 443",
  );
  for (const port of [53, 5353]) {
    const asker = new Asker(device.apAddress, device.portBase + port);
    for (const name of ["a1.local", "lws-A1.local", "_https._tcp.local", "_services._dns-sd._udp.local", "x.example"])
      for (const type of [1, 12, 16, 28, 33, 255]) {
        const answer = await asker.ask(query(name, type, { flags: 0 }), 60);
        if (answer) spy.hear(`UDP ${port} ${name}`, answer);
      }
    await asker.ask(Buffer.from(`\0\0${GUESS}`), 60);
    asker.close();
  }
});

test("a memory that is full, and a power cut on the way, are no reason to tell either", async () => {
  await device.powerOff();
  const writer = new NvsWriter().add(SETTINGS, "serial", "A1");
  for (let i = 0; writer.place.page < 4 || writer.place.free > 2; i++) writer.add("filler", `count ${i}`, i);
  const nvs = device.partition("nvs");
  rewritePartition(device.flashFile, "nvs", writer.bytes);
  await powerOn(["--button", "down"]);
  const slot = (/** @type {string} */ ssid) => JSON.stringify({ ssid3: ssid, pw3: KEY, slot: "3" });
  const said = await talk([slot("a"), slot("b")]);
  assert.ok(said.includes("STORAGE_FULL"), said);
  await device.powerOff();
  rewritePartition(device.flashFile, "nvs", nvs);
  await powerOn(["--button", "down"]);
  await device.control("power-cut 3");
  await talk([slot("a"), slot("b")]).catch(() => undefined);
  await device.waitForOff();
  await powerOn([]);
});

test("the application says none of it, with a login and without", async () => {
  await device.powerOff();
  const application = new AirDevice([], [accessPoint(HOME, 1)], { ota_0: "ota", speed: 5 });
  try {
    rewritePartition(application.flashFile, "nvs", device.partition("nvs"));
    await application.powerOn();
    const at = new URL(await application.waitForAddress("station", "https", 40_000)).origin;
    host = new URL(at).host;
    const login = (/** @type {string} */ password) =>
      `Authorization: Basic ${Buffer.from(`user:${password}`).toString("base64")}`;
    for (const field of [login("password"), login(BASIC), "Authorization: Basic ???", "X: y"])
      for (const path of ["/", "/secret/", "/formtest", "/esplws-rtf", "/none", "/settings.csv"])
        for (const method of ["GET", "TRACE"]) await request(`${method} ${path}`, "", [field, `Cookie: ${cookie}`], at);
    spy.hear("console of the application", application.lines.join("\n"));
  } finally {
    await application.close();
  }
});

test("nothing of all that was secret", () => {
  spy.hear("console", device.lines.join("\n"));
  assert.ok(spy.size > 300_000, `${spy.size} bytes were heard`);
  assert.deepEqual(spy.found(), []);
});

test("a secret would have been found, however it were written", () => {
  const secret = 'a "secret" & <more>';
  const bytes = Buffer.from(secret);
  for (const written of [
    secret,
    JSON.stringify({ x: secret }),
    `--${Buffer.concat([Buffer.from("u:"), bytes]).toString("base64")}`,
    bytes.toString("hex"),
    `x=${new URLSearchParams({ secret })}`,
    "a &quot;secret&quot; &amp; &lt;more&gt;",
    'x,"a ""secret"" & <more>"',
  ])
    assert.ok(
      [...writings(secret)].some((way) => written.includes(way)),
      written,
    );
});
