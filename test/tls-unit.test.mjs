// @ts-check
/** The cases about TLS sessions, inside of the engine: two sessions talk to each other in memory. */
import { after, test } from "node:test";
import { Device } from "../tools/lib/device.mjs";
import { runCases } from "./lib/unit.mjs";

/** What the certificates of the image take for the present. */
const NOW = "1800000000";
const device = new Device({ factory: null, ota_0: "tlsunit", args: ["--js-heap", "262144", "--clock", NOW] });
after(() => device.close());

test("TLS sessions inside of the engine", { timeout: 60_000 }, (t) => runCases(t, device, 90));
