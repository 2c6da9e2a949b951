// @ts-check
/** Forms of both kinds (RFC 7578, WHATWG URL §5.1) with undici, curl and raw sockets, at any cut and beyond every limit. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { FormData, request } from "undici";
import { ask, Raw } from "../lib/raw.mjs";
import { startServices } from "../lib/services.mjs";
import { settled } from "../lib/settle.mjs";

const run = promisify(execFile);
const URLENCODED = "application/x-www-form-urlencoded";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {string} */ let url;
before(async () => {
  ({ device, url } = await startServices());
});
after(() => device?.close());

/** @param {string | Buffer} body @param {string} type @param {string[]} fields */
function post(body, type, ...fields) {
  const bytes = Buffer.from(body);
  const head = ["POST /formtest HTTP/1.1", "Host: services", `Content-Type: ${type}`, ...fields];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes]);
}

/**
 * What the answer's table says: [length, value] of each parameter, then the file.
 * @param {string} html
 * @returns {Record<string, any>}
 */
function rows(html) {
  const cells = [...html.matchAll(/<tr><td>(\w+)<\/td><td>(\d+)<\/td><td>(.*?)<\/td><\/tr>/gs)];
  assert.deepEqual(
    cells.map((cell) => cell[1]),
    ["text", "send", "file", "upload"],
  );
  const [, filename] = /<span id="filename">(.*?)<\/span>/s.exec(html) ?? assert.fail(html);
  const [, length] = /<span id="length">(\d+)<\/span>/.exec(html) ?? assert.fail(html);
  return { ...Object.fromEntries(cells.map((cell) => [cell[1], [Number(cell[2]), cell[3]]])), filename, length };
}

/** @param {string} text */
function escaped(text) {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

const NONE = [0, "NULL"];

test("an urlencoded form, by curl -d", async () => {
  const { stdout } = await run("curl", [
    "-sS",
    "--data-urlencode",
    "text=Grüße & <b>",
    "-d",
    "send=Send+it",
    `${url}/formtest`,
  ]);
  const expected = [Buffer.byteLength("Grüße & <b>"), "Grüße &amp; &lt;b&gt;"];
  assert.deepEqual(rows(stdout), {
    ...{ text: expected, send: [7, "Send it"], file: NONE, upload: NONE },
    ...{ filename: "", length: "0" },
  });
});

test("a multipart form with a file, by curl -F", async () => {
  const file = join(device.folder, 'a "file" & <more>.txt');
  writeFileSync(file, Buffer.alloc(65_432, "--\r\n"));
  const { stdout } = await run("curl", [
    "-sS",
    "-F",
    `file=@"${file.replaceAll('"', '\\"')}"`,
    "--form-string",
    "upload=<script>",
    `${url}/formtest`,
  ]);
  assert.deepEqual(rows(stdout), {
    ...{ text: NONE, send: NONE, file: NONE, upload: [8, "&lt;script&gt;"] },
    ...{ filename: escaped('a "file" & <more>.txt'), length: "65432" },
  });
});

test("a multipart form by undici, and the connection is kept", async () => {
  const form = new FormData();
  form.set("text", "one\r\ntwo");
  form.set("file", new Blob(["x".repeat(1000)]), "x.bin");
  const { statusCode, headers, body } = await request(`${url}/formtest`, { method: "POST", body: form });
  assert.equal(statusCode, 200);
  assert.equal(headers.connection, undefined);
  assert.match(String(headers["content-type"]), /^text\/html/);
  const result = rows(await body.text());
  assert.deepEqual(result.text, [8, "one\r\ntwo"]);
  assert.deepEqual([result.filename, result.length], ["x.bin", "1000"]);
});

test("the same answers byte by byte, on one connection", async () => {
  const raw = await Raw.open(url);
  const bodies = [
    ["text=%C3%A4+1&send=&other=2", URLENCODED],
    [
      '--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\u00e4 1\r\n--b--\r\n',
      "multipart/form-data; boundary=b",
    ],
  ];
  for (const [body, type] of bodies) {
    await raw.drip(post(body, type));
    const { status, headers, body: html } = await raw.response();
    assert.equal(status, 200);
    assert.equal(headers.get("connection"), undefined);
    assert.deepEqual(rows(html.toString()).text, [4, "ä 1"]);
  }
  raw.close();
});

test("whatever a form says comes back, in any pieces", { timeout: 120_000 }, async () => {
  const text = fc.string({ unit: "binary", maxLength: 120 }).map((each) => each.replaceAll("\0", ""));
  const raw = await Raw.open(url);
  await fc.assert(
    fc.asyncProperty(
      text,
      text,
      fc.array(fc.nat({ max: 400 }), { maxLength: 6 }),
      fc.boolean(),
      async (a, b, cuts, isMultipart) => {
        const [body, type] = isMultipart
          ? [
              `--b\r\nContent-Disposition: form-data; name=text\r\n\r\n${a}\r\n--b\r\nContent-Disposition: form-data; name=send\r\n\r\n${b}\r\n--b--`,
              "multipart/form-data; boundary=b",
            ]
          : [new URLSearchParams({ send: b, text: a }).toString(), URLENCODED];
        const bytes = post(body, type);
        let from = 0;
        for (const to of [
          ...cuts
            .map((cut) => bytes.length - cut)
            .filter((cut) => cut > 0)
            .sort((x, y) => x - y),
          bytes.length,
        ]) {
          raw.write(bytes.subarray(from, to));
          await new Promise((resolve) => setImmediate(resolve));
          from = to;
        }
        const { status, body: html } = await raw.response();
        assert.equal(status, 200, html.toString());
        const result = rows(html.toString());
        const shown = (/** @type {string} */ value) =>
          value === "" ? NONE : [Buffer.byteLength(value), escaped(value)];
        assert.deepEqual(result.text, shown(a));
        assert.deepEqual(result.send, shown(b));
      },
    ),
    { numRuns: 150 },
  );
  raw.close();
});

test("errors: 400 malformed, 413 too large, 415 no form, 405 no POST, 403 of another origin", async () => {
  const part = (/** @type {string} */ disposition, /** @type {string} */ data) =>
    `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${data}\r\n`;
  const multipart = "multipart/form-data; boundary=b";
  const cases = /** @type {const} */ ([
    [400, "text=%zz", URLENCODED],
    [400, "text=%4", URLENCODED],
    [400, "text=%ff", URLENCODED],
    [400, `${"n".repeat(32)}=1`, URLENCODED],
    [400, part("name=text", "1"), multipart],
    [400, "", multipart],
    [400, `${part("name=text", "\xff")}--b-`, multipart],
    [413, `text=${"x".repeat(1025)}`, URLENCODED],
    [413, `text=${"x".repeat(1000)}&send=${"x".repeat(25)}`, URLENCODED],
    [413, `${part("name=text", "x".repeat(1025))}--b--`, multipart],
    [413, `${part("name=file; filename=f", "x".repeat(100_001))}--b--`, multipart],
    [413, "x".repeat(200_000), URLENCODED],
    [415, "text=1", "text/plain"],
    [415, "text=1", "application/json"],
    [415, "text=1", "multipart/form-data"],
  ]);
  for (const [status, body, type] of cases) {
    const what = `${type}: ${body.slice(0, 40)}`;
    assert.equal((await ask(url, post(body, type))).status, status, what);
  }
  assert.equal((await ask(url, "GET /formtest HTTP/1.1\r\nHost: services\r\n\r\n")).status, 405);
  assert.equal((await ask(url, post("text=1", URLENCODED, "Origin: http://elsewhere"))).status, 403);
});

test("exactly at the limits", async () => {
  const text = await ask(url, post(`text=${"x".repeat(1024)}`, URLENCODED));
  assert.equal(rows(text.body.toString()).text[0], 1024);
  const file = `--b\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n${"x".repeat(100_000)}\r\n--b--`;
  const answer = await ask(url, post(file, "multipart/form-data; boundary=b"));
  assert.equal(rows(answer.body.toString()).length, "100000");
});

test("heap comes back, also when clients leave in the middle of a file", async () => {
  const before = await settled(device);
  const begun = post(
    `--b\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n${"x".repeat(50_000)}`,
    "multipart/form-data; boundary=b",
  );
  for (let i = 0; i < 5; i++) {
    const raw = await Raw.open(url);
    raw.write(begun.subarray(0, 20_000 + i));
    await new Promise((resolve) => setTimeout(resolve, 50));
    raw.close(true);
  }
  const now = await settled(device);
  assert.ok(
    now.slots + now.chunks <= before.slots + before.chunks + 512,
    `${JSON.stringify(before)} → ${JSON.stringify(now)}`,
  );
});
