// @ts-check
/**
 * Any WWW-Authenticate and Set-Cookie: what the device makes of them is well-formed, goes to nobody else, and nothing is left of it. FUZZ_RUNS and FUZZ_SEED choose how much and
 * what.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { getSetCookies, Headers } from "undici";
import { startClient } from "../lib/client.mjs";
import { Origins } from "../lib/origins.mjs";
import { rested } from "../lib/settle.mjs";

const runs = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 100),
  seed: Number(process.env.FUZZ_SEED ?? 1),
  endOnFailure: true,
};
/** Not to be seen in anything but what is made of it by a hash, or behind "Basic". */
const PASSWORD = "open-sesame";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
const origins = new Origins();
/** Heads of requests. @type {string[]} */ const heads = [];
let lines = "";
let port = 0;

before(async () => {
  device = await startClient(["--clock", "real"]);
  port = await origins.raw((socket, head) => {
    heads.push(head);
    const isFirst = /^GET \/first/.test(head);
    const status = isFirst && lines.includes("WWW-") ? "401 Who" : "200 OK";
    socket.end(`HTTP/1.1 ${status}\r\n${isFirst ? lines : ""}Content-Length: 0\r\n\r\n`, "latin1");
  });
});
after(async () => {
  await device?.close();
  origins.close();
});

/** @param {string} path @param {object} order @returns {Promise<{ status?: number, error?: string }>} */
async function get(path, order) {
  const what = { url: `http://127.0.0.1:${port}${path}`, options: { idle: 0 }, ...order };
  const url = `${device.apUrl(80)}/fetch?${encodeURIComponent(JSON.stringify(what))}`;
  const answer = await fetch(url, { method: "PUT", headers: { Connection: "close" } });
  return /** @type {Promise<{ status?: number, error?: string }>} */ (answer.json());
}

/** What may stand in a header at all. */
const ascii = fc.integer({ min: 0x20, max: 0x7e });
const any = fc.oneof({ arbitrary: ascii, weight: 30 }, fc.integer({ min: 0x80, max: 0xff }), fc.constant(9));
const noise = fc.array(any, { maxLength: 40 }).map((codes) => String.fromCharCode(...codes));
const word = fc.constantFrom(
  "Basic",
  "Digest",
  "Bearer",
  "realm",
  "nonce",
  "qop",
  "auth",
  "algorithm",
  "MD5",
  "SHA-256",
);
const mark = fc.constantFrom(" ", ",", "=", '"', "\\", ", ", '="', '", ', "\t", ";", "/", "==");
const soup = fc.array(fc.oneof(word, mark, mark, noise), { maxLength: 30 }).map((parts) => parts.join(""));
const quoted = fc.oneof(noise, word).map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`);
const field = fc.tuple(fc.oneof(word, fc.constantFrom("opaque", "stale")), fc.oneof(quoted, word, noise));
const digest = fc.array(field, { maxLength: 8 }).map((fields) => {
  const all = [["realm", '"r"'], ["nonce", '"n"'], ...fields];
  return `Digest ${all.map(([name, value]) => `${name}=${value}`).join(", ")}`;
});
/** One that can be answered, whatever its texts are, if these are UTF-8. */
const good = fc
  .tuple(quoted, quoted, quoted, fc.constantFrom("", ", qop=auth", ", algorithm=SHA-256, qop=auth"))
  .map(([realm, nonce, opaque, more]) => `Digest realm=${realm}, nonce=${nonce}, opaque=${opaque}${more}`);
const challenge = fc.oneof(soup, digest, good, noise);

test("challenges: what is shown is well-formed, at most once, and never the password", async () => {
  let shown = 0;
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(challenge, { minLength: 1, maxLength: 3 }), async (challenges) => {
      lines = challenges.map((text) => `WWW-Authenticate: ${text}\r\n`).join("");
      heads.length = 0;
      // A login of its own, that knows nothing yet.
      const login = { user: "jo", password: PASSWORD, basic: false, number: number++ };
      const { status, error } = await get("/first", { login });
      assert.ok(status === 401, `${status} ${error}`);
      assert.ok(heads.length === 1 || heads.length === 2);
      const [, second] = heads;
      if (!second) return;
      shown++;
      const [, value] = /^authorization: (.*)$/im.exec(second) ?? [];
      const pair = String.raw`\w+=(?:"(?:[^"\\\x00-\x08\x0a-\x1f]|\\.)*"|[\w-]+)`;
      assert.match(value, new RegExp(`^Digest ${pair}(?:, ${pair})*$`));
      assert.equal(second.includes(PASSWORD), false);
    }),
    runs,
  );
  assert.ok(shown > runs.numRuns / 10, `${shown}`);
});

const pairs = fc.tuple(fc.constantFrom("a", "b", "sid", "__Host-x", "é", ""), fc.constantFrom("=", "", " = "), noise);
const attribute = fc.oneof(
  noise,
  fc.constantFrom("Secure", "HttpOnly", "Path=/", "Path=/first", "path", "Max-Age=60", "Max-Age=0", "Max-Age=1e9"),
  fc.constantFrom("Domain=127.0.0.1", "Domain=0.0.1", "Expires=Wed, 21 Oct 2099 07:28:00 GMT", "Expires=x", "="),
);
const cookie = fc
  .tuple(pairs, fc.array(attribute, { maxLength: 5 }), fc.constantFrom(";", "; ", " ;"))
  .map(([pair, attributes, between]) => [pair.join(""), ...attributes].join(between));

test("cookies: those that come back are those that a browser's rules would send", async () => {
  let jar = 3000;
  let back = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(cookie, { minLength: 1, maxLength: 4 }), async (cookies) => {
      lines = cookies.map((text) => `Set-Cookie: ${text}\r\n`).join("");
      // A jar of its own, of which there are few.
      jar = 3000 + ((jar + 1) % 4000);
      heads.length = 0;
      await get("/first", { jar });
      await get("/second", { jar });
      const [, value = ""] = /^cookie: (.*)$/im.exec(heads[1]) ?? [];
      const known = cookies.flatMap((text) => getSetCookies(new Headers({ "Set-Cookie": text })));
      for (const each of value === "" ? [] : value.split("; ")) {
        const [, name, text] = /^([^=]+)=(.*)$/.exec(each) ?? [];
        assert.match(each, /^[ -~]*$/);
        const isKnown = known.some((one) => one.name === name && one.value === text);
        assert.ok(isKnown, `${JSON.stringify(each)} of ${JSON.stringify(cookies)}`);
        back++;
      }
    }),
    runs,
  );
  assert.ok(back > runs.numRuns / 10, `${back}`);
});

test("nothing is left behind", async () => {
  const order = { login: { user: "jo", password: PASSWORD }, jar: 2999 };
  lines = 'WWW-Authenticate: Digest realm="r", nonce="n"\r\nSet-Cookie: a=b\r\n';
  for (let i = 0; i < 4; i++) await get("/first", order);
  const first = await rested(device);
  for (let i = 0; i < 10; i++) await get("/first", order);
  assert.deepEqual(await rested(device), first);
});
