// @ts-check
/** What a chip does not survive: the device resets, says why, comes back by itself and serves. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startBench } from "../lib/bench.mjs";
import { ask, Raw } from "../lib/raw.mjs";

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
});
after(() => bench?.device.close());

/** Asks until the device, which may be starting, answers. */
async function served() {
  for (let tries = 0; ; tries++) {
    try {
      return await ask(bench.url, "GET /1k.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    } catch (error) {
      if (tries === 100) throw error;
      await delay(20);
    }
  }
}

test("a start after power on has no cause but that", async () => {
  assert.equal((await bench.device.control("status")).reset, "power on");
});

test("what was given up is room for something larger", async () => {
  const { device, url } = bench;
  const { boots } = await device.figures();
  const { status } = await ask(url, "GET /break/room HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.equal(status, 200);
  assert.equal((await device.figures()).boots, boots, device.tail());
});

for (const [command, cause, words] of /** @type {const} */ ([
  ["heap", "memory full", /^E .*memory full/],
  ["stack", "stack overflow", /^E .*stack overflow/],
  ["reject", "rejection", /^E .*rejected on purpose/],
])) {
  test(`${cause}: reset, with the cause in the log and in the next start's reason`, async () => {
    const { device, url } = bench;
    const { boots } = await device.figures();
    const mark = device.mark();
    const raw = await Raw.open(url);
    raw.write(`GET /break/${command} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await raw.ended();
    assert.equal(raw.input.includes("HTTP/1.1 5"), false);
    await device.waitForLine(words, { after: mark });
    await device.waitForLine(new RegExp(`board: reset: ${cause}`), { after: mark });
    await device.waitForLine(/boot: Loaded app from partition/, { after: mark });
    assert.equal((await served()).status, 200);
    const status = await device.control("status");
    assert.equal(status.reset, cause);
    assert.equal(status.running, "ota_0");
    assert.equal((await device.figures()).boots, boots + 1);
    assert.equal(device.isOn, true);
  });
}

test("reset after reset it comes back, and no memory of the old runs stays", async () => {
  const { device } = bench;
  const before = await device.figures();
  for (let i = 0; i < 8; i++) {
    const mark = device.mark();
    (await Raw.open(bench.url)).write("GET /break/heap HTTP/1.1\r\nHost: a\r\n\r\n");
    await device.waitForLine(/board: reset: memory full/, { after: mark });
    assert.equal((await served()).status, 200);
  }
  const after = await device.figures();
  assert.equal(after.boots, before.boots + 8);
  assert.deepEqual([after.slotsBase, after.chunksBase], [before.slotsBase, before.chunksBase]);
});
