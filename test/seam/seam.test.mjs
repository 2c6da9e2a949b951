// @ts-check
/** The seam does here what it does everywhere: the suite's log is that of expected.txt. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openPlace } from "../lib/place.mjs";
import { FORWARDS, SeamPeer } from "./peer.mjs";

const EXPECTED = readFileSync(join(import.meta.dirname, "expected.txt"), "utf8")
  .trimEnd()
  .split("\n");
const LINE = /seam: (.*)$/;
/** Milliseconds; an emulator is slow, and waits for connections that had no room. */
const TIMEOUT = 200_000;

test("the suite of the seam logs what it is to log", { timeout: TIMEOUT }, async () => {
  const place = await openPlace("seam", { forwards: FORWARDS, alone: true, settings: false });
  const peer = new SeamPeer(place);
  const served = peer.run();
  try {
    await place.waitForLine(/seam: === end$/, { timeout: TIMEOUT - 10_000 });
  } finally {
    peer.close();
    await place.close();
    await served;
    if (process.env["LWS_XS_SEAM_LOG"]) console.log(place.lines.join("\n"));
  }
  const log = place.lines.flatMap((line) => LINE.exec(line)?.[1] ?? []);
  assert.deepEqual(log, EXPECTED);
});
