// @ts-check
/** The corpus of HTTP/1 cases (test/corpus/README.md): each is fed to the role as a whole, byte by byte and in random cuts. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "../tools/lib/paths.mjs";
import { openAnywhere } from "./lib/anywhere.mjs";
import { readCorpus } from "./lib/corpus.mjs";
import { checkCorpus, runCorpus } from "./lib/corpus-run.mjs";
import { Raw } from "./lib/raw.mjs";

const corpus = readCorpus(join(ROOT, "test", "corpus", "http1"));
/** Ways of feeding, with the image's port for each. */
const modes = /** @type {const} */ ([
  ["whole", 80],
  ["byte by byte", 81],
  ["in random cuts", 82],
]);
const PROBE = "GET /echo/probe HTTP/1.1\r\nHost: corpus\r\n\r\n";
/** Milliseconds in which nothing has to come where nothing must come. */
const SILENCE = 60;

/** @type {import("./lib/anywhere.mjs").Anywhere} */
let device;
before(async () => {
  device = await openAnywhere(
    "corpus",
    modes.map(([, port]) => port),
  );
});
after(() => device?.close());

/**
 * @param {import("./lib/raw.mjs").Response} response
 * @param {import("./lib/corpus.mjs").Expected} expected
 */
function compare(response, expected) {
  const body = response.body.toString("latin1");
  assert.equal(response.status, expected.status, body);
  for (const [name, value] of expected.headers) assert.equal(response.headers.get(name), value, name);
  for (const name of expected.absent) assert.equal(response.headers.has(name), false, name);
  if (expected.body !== undefined) assert.equal(body, expected.body);
  if (expected.json) {
    const json = JSON.parse(response.body.toString());
    for (const [name, value] of Object.entries(expected.json)) assert.deepEqual(json[name], value, name);
  }
}

/** @param {import("./lib/corpus.mjs").Case} it @param {number} port */
async function play(it, port) {
  const raw = await Raw.open(device.urlOf(port));
  try {
    raw.write(it.bytes);
    if (it.fin) raw.end();
    for (const expected of it.responses) compare(await raw.response({ head: expected.head }), expected);
    if (it.ending === "close") {
      assert.equal(await raw.ended(), "end");
    } else if (it.ending === "keep") {
      const probe = await raw.write(PROBE).response();
      assert.equal(JSON.parse(probe.body.toString()).path, "/echo/probe");
    } else await delay(SILENCE);
    assert.equal(raw.input.toString("latin1"), "", "nothing more is sent");
    if (it.ending === "wait") assert.equal(raw.ending, "", "the connection stays");
  } finally {
    raw.close();
  }
}

runCorpus("http1", corpus, modes, play);

test("every case says which rule it shows, titles are unique, and there are enough of them", () => {
  checkCorpus(corpus, 250);
});

test("after all of them the device has not restarted, and keeps no connection", async () => {
  await device.checkWell();
});
