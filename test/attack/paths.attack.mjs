// @ts-check
/** Paths that try to leave what is served, in every spelling (RFC 3986 §2.1, §5.2.4, §7.3). The image is test/images/bench. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { atRest, fillPool, withstand } from "../lib/attack.mjs";
import { startBench } from "../lib/bench.mjs";
import { ask } from "../lib/raw.mjs";

const UPS = [
  "..",
  "%2e%2e",
  ".%2E",
  "%2e.",
  "%252e%252e",
  "%c0%ae%c0%ae",
  "%e0%80%ae.",
  "%f0%80%80%ae.",
  "..;",
  "%u002e.",
];
const UPS_RAW = ["..%00", "\xef\xbc\x8e\xef\xbc\x8e", "....", "..%20", "%", "%2"];
const SLASHES = ["/", "//", "/./", "%2f", "%2F", "%5c", "\\", "%c0%af", "%252f", "%e0%80%af", "%u2215", "%00/"];
const TARGETS = ["etc/passwd", "main", "www/1k.txt", "partitions.csv"];
const BASES = ["/", "/a/", "/a/b/"];

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
  // The engine keeps each name that it makes of a text, so each is tried once before.
  await tryAll();
  await fillPool(bench.url);
  await atRest(bench.device);
});
after(() => bench?.device.close());

/** Asks for all of them; resolves with how many answers of each status there were. */
async function tryAll() {
  /** @type {Record<number, number>} */
  const statuses = {};
  for (const up of [...UPS, ...UPS_RAW]) {
    for (const slash of SLASHES) {
      for (const target of TARGETS) {
        for (const base of BASES) {
          const path = `${base}${(up + slash).repeat(4)}${target}`;
          const { status, body } = await ask(bench.url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
          assert.equal(status === 400 || status === 404, true, `${status} for ${path}`);
          assert.equal(body.includes("root:"), false, path);
          statuses[status] = (statuses[status] ?? 0) + 1;
        }
      }
    }
  }
  return statuses;
}

test("every spelling of a way up is refused, or leads to nothing", { timeout: 60_000 }, (t) =>
  withstand(bench.device, t, { url: bench.url, path: "/1k.txt" }, async () => {
    const start = Date.now();
    const statuses = await tryAll();
    return `${JSON.stringify(statuses)} in ${Date.now() - start} ms`;
  }),
);

test("a way up that stays within is followed", async () => {
  for (const path of ["/a/../1k.txt", "/a/%2e%2e/1k.txt", "/../../1k.txt", "/./1k.txt", "//1k.txt"]) {
    assert.equal((await ask(bench.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)).status, 200, path);
  }
});
