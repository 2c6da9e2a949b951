// @ts-check
/** The cases about Secure Streams, inside of the engine. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Device } from "../tools/lib/device.mjs";
import { runCases } from "./lib/unit.mjs";

/** What the certificates of the image take for the present. */
const NOW = "1800000000";
const device = new Device({ factory: null, ota_0: "streams", args: ["--js-heap", "327680", "--clock", NOW] });
after(() => device.close());

test("Secure Streams inside of the engine", { timeout: 60_000 }, (t) => runCases(t, device, 70));

test("failure, which certificate a store could not be built with is said, once for each of three tries", () => {
  const said = device.lines.flatMap((line) => /E \(\d+\) trust: (.*)$/.exec(line)?.[1] ?? []);
  for (const [type, text] of [
    ["bad", "store bad: certificate first.key: CERT_"],
    ["worse", "store worse: certificate about.txt: CERT_"],
    ["lost", "store lost: certificate nothing.pem can't be read: "],
  ]) {
    const lines = said.filter((line) => line.startsWith(`${type}: `));
    assert.equal(lines.length, 3, lines.join("\n"));
    for (const line of lines) assert.ok(line.startsWith(`${type}: ${text}`), line);
  }
});
