// @ts-check
/** The cases about Secure Streams, inside of the engine. */
import { after, test } from "node:test";
import { Device } from "../tools/lib/device.mjs";
import { runCases } from "./lib/unit.mjs";

/** What the certificates of the image take for the present. */
const NOW = "1800000000";
const device = new Device({ factory: null, ota_0: "streams", args: ["--js-heap", "327680", "--clock", NOW] });
after(() => device.close());

test("Secure Streams inside of the engine", { timeout: 60_000 }, (t) => runCases(t, device, 70));
