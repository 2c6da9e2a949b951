// @ts-check
/** Basic authentication (RFC 7617, RFC 9110 §11) of mounts and WebSocket upgrades, with curl, ws and raw sockets. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { imageFile } from "../../tools/lib/images.mjs";
import { ask, Raw } from "../lib/raw.mjs";
import { startServices } from "../lib/services.mjs";
import { settled } from "../lib/settle.mjs";

const run = promisify(execFile);
const CHALLENGE = 'Basic realm="services", charset="UTF-8"';

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {string} */ let url;
before(async () => {
  ({ device, url } = await startServices());
});
after(() => device?.close());
// Each case begins with no failures behind it.
beforeEach(async () => assert.equal((await get("/who", basic("plain", "password"))).status, 200));

/** @param {string | Buffer} user @param {string} password */
function basic(user, password) {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** @param {string} path @param {string} [authorization] @param {string} [start] */
function requestOf(path, authorization, start = "GET") {
  const field = authorization === undefined ? "" : `Authorization: ${authorization}\r\n`;
  return `${start} ${path} HTTP/1.1\r\nHost: services\r\n${field}\r\n`;
}

/** @param {string} path @param {string} [authorization] */
function get(path, authorization) {
  return ask(url, requestOf(path, authorization));
}

/** Opens a WebSocket; resolves with its first message, or with the status that it was refused with. @param {string} [auth] */
function upgrade(auth) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/`, "who", auth === undefined ? {} : { auth });
    socket.on("message", (data) => {
      resolve(JSON.parse(String(data)));
      socket.close();
    });
    socket.on("unexpected-response", (_request, response) => {
      resolve({ status: response.statusCode, challenge: response.headers["www-authenticate"] });
      response.destroy();
    });
    socket.on("error", reject);
  });
}

test("without credentials: 401 with a challenge, and the connection is kept (RFC 9110 §15.5.2)", async () => {
  const raw = await Raw.open(url);
  for (const path of ["/who", "/files/sample.txt", "/files", "/nobody/sample.txt"]) {
    const { status, headers, body } = await raw.write(requestOf(path)).response();
    assert.equal(status, 401, path);
    assert.equal(headers.get("www-authenticate"), CHALLENGE);
    assert.equal(body.includes("sample"), false);
  }
  assert.equal((await raw.write(requestOf("/who", undefined, "HEAD")).response({ head: true })).status, 401);
  const { status } = await raw.write(requestOf("/sample.txt")).response();
  assert.equal(status, 200);
  raw.close();
});

test("no handler runs before the check", async () => {
  const { asked } = JSON.parse((await get("/who", basic("plain", "password"))).body.toString());
  await get("/who");
  await get("/who", basic("plain", "wrong"));
  await upgrade();
  const again = JSON.parse((await get("/who", basic("plain", "password"))).body.toString());
  assert.equal(again.asked, asked + 1);
});

test("the user's name is told to handlers, the password is not (RFC 7617 §2)", async () => {
  for (const [user, password] of [
    ["plain", "password"],
    ["hashed", "pässword:"],
    ["other", "Täst pass"],
    ["fifteen-letters", "password"],
  ]) {
    const { status, body } = await get("/who", basic(user, password));
    assert.equal(status, 200, user);
    const told = JSON.parse(body.toString());
    assert.equal(told.user, user);
    assert.match(told.authorization, /^\*+$/);
  }
  assert.equal(
    device.lines.some((line) => /password|Täst/.test(line)),
    false,
  );
});

test("files behind a login", async () => {
  const { status, body } = await get("/files/sample.txt", basic("hashed", "pässword:"));
  assert.equal(status, 200);
  assert.match(body.toString(), /^a sample/);
  const { stdout } = await run("curl", [
    "-sS",
    "-w",
    "%{http_code}",
    "-u",
    "plain:password",
    `${url}/files/sample.txt`,
  ]);
  assert.match(stdout, /^a sample.*200$/s);
  const refused = await run("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", `${url}/files/sample.txt`]);
  assert.equal(refused.stdout, "401");
});

test("the scheme's name has no case, any other scheme is a missing login (RFC 9110 §11.1)", async () => {
  const good = basic("plain", "password").slice(6);
  for (const each of [`basic ${good}`, `BASIC  ${good}`]) assert.equal((await get("/who", each)).status, 200, each);
  for (const each of ["Bearer abc", "Digest username=plain", "Basic", "", `Basicx ${good}`]) {
    const { status, headers } = await get("/who", each);
    assert.equal(status, 401, each);
    assert.equal(headers.get("www-authenticate"), CHALLENGE);
  }
});

test("credentials that are malformed: 403", async () => {
  const encode = (/** @type {string | Buffer} */ text) => `Basic ${Buffer.from(text).toString("base64")}`;
  for (const each of [
    "Basic *",
    "Basic cGxhaW46cGFzc3dvcmQ",
    "Basic cGxhaW46cGFzc3dvcmQ====",
    "Basic cGxhaW46 cGFzc3dvcmQ=",
    encode("plainpassword"),
    encode("plain:pass\nword"),
    encode("plain:pass\0word"),
    encode(Buffer.from("plain:\xff", "latin1")),
    encode(`plain:${"x".repeat(120)}`),
  ]) {
    assert.equal((await get("/who", each)).status, 403, each);
  }
});

// Each case is below the failures after which a peer has to wait.
for (const wrong of [
  [basic("plain", "passwore"), basic("plain", "")],
  [basic("plain", "password "), basic("Plain", "password")],
  [basic("nobody", "password"), basic("", "password")],
  [basic("hashed", "password"), basic("hashed", "pässword")],
  [basic("sixteen-letters!", "password"), basic("plain\u00e4", "password")],
  [basic("damaged", "password"), basic("damaged", "$pbkdf2-sha256$1000$c2FsdHNhbHQ=$tooshort")],
  [basic("slow", "password")],
]) {
  test(`refused: ${wrong.map((each) => Buffer.from(each.slice(6), "base64")).join(" and ")}`, async () => {
    for (const each of wrong) {
      const { status, headers } = await get("/who", each);
      assert.equal(status, 401);
      assert.equal(headers.get("www-authenticate"), CHALLENGE);
    }
  });
}

test("a namespace that can't be opened lets nobody in", async () => {
  const mark = device.mark();
  assert.equal((await get("/nobody/sample.txt", basic("plain", "password"))).status, 401);
  await device.waitForLine(/absent can't be read/, { after: mark });
});

test("WebSocket upgrades are checked the same way", async () => {
  assert.deepEqual(await upgrade(), { status: 401, challenge: CHALLENGE });
  assert.deepEqual(await upgrade("plain:wrong"), { status: 401, challenge: CHALLENGE });
  assert.equal((await upgrade("plain:password")).user, "plain");
  assert.equal((await upgrade("hashed:pässword:")).user, "hashed");
});

test("a user that does not exist costs as much as a wrong password", async () => {
  const cost = async (/** @type {string} */ authorization) => {
    const before = await device.meter();
    const start = process.hrtime.bigint();
    assert.equal((await get("/who", authorization)).status, 401);
    return { codes: (await device.meter()) - before, time: Number(process.hrtime.bigint() - start) / 1e6 };
  };
  await cost(basic("nobody", "wrong"));
  const unknown = await cost(basic("nobody", "wrong"));
  // Success forgets the failures.
  assert.equal((await get("/who", basic("plain", "password"))).status, 200);
  const known = await cost(basic("hashed", "wrong"));
  assert.ok(Math.abs(known.codes - unknown.codes) < 600, `${known.codes} and ${unknown.codes} byte codes`);
  assert.ok(unknown.time > 0.5, `${unknown.time} ms: the rounds are made`);
});

test("after three failures a peer waits, for longer each time (RFC 6585 §4)", { timeout: 30_000 }, async () => {
  for (let i = 0; i < 3; i++) assert.equal((await get("/who", basic("plain", "wrong"))).status, 401);
  const [right, without, elsewhere, socket] = await Promise.all([
    get("/who", basic("plain", "password")),
    get("/who"),
    get("/sample.txt"),
    upgrade("plain:password"),
  ]);
  assert.equal(right.status, 429, "not even the right password");
  assert.match(right.headers.get("retry-after") ?? "", /^[12]$/);
  assert.equal(without.status, 401, "asking without a password is no attempt");
  assert.equal(elsewhere.status, 200);
  assert.equal(socket.status, 429);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  assert.equal((await get("/who", basic("plain", "wrong"))).status, 401);
  const longer = await get("/who", basic("plain", "password"));
  assert.equal(longer.status, 429);
  assert.match(longer.headers.get("retry-after") ?? "", /^[34]$/);
  await new Promise((resolve) => setTimeout(resolve, 4100));
  assert.equal((await get("/who", basic("plain", "password"))).status, 200);
  assert.equal((await get("/who", basic("plain", "wrong"))).status, 401, "forgotten");
});

test("an image that names no authenticator does not carry one", () => {
  const carries = (/** @type {string} */ name) => readFileSync(imageFile(name)).includes("\0lws/http/auth\0");
  assert.deepEqual(["services", "ota", "bench", "factory"].map(carries), [true, true, false, false]);
});

test("logins leave nothing behind in the heap", async () => {
  for (let i = 0; i < 5; i++) await get("/who", basic("plain", "password"));
  const before = await settled(device);
  for (let i = 0; i < 40; i++) assert.equal((await get("/files/sample.txt", basic("plain", "password"))).status, 200);
  const now = await settled(device);
  assert.ok(now.slots + now.chunks <= before.slots + before.chunks + 256, `${JSON.stringify([before, now])}`);
});
