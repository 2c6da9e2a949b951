// @ts-check
/** A setup image that is built for a line: http and a form until there is a certificate, then as any other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { postCertificate } from "../lib/certificates.mjs";
import { withDevice } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { readNvs } from "../lib/nvs.mjs";
import { Openssl } from "../lib/openssl.mjs";
import { postForm } from "../lib/setup-client.mjs";

test("a unit without a certificate takes one, with its serial number, and restarts to https", async () => {
  const openssl = new Openssl();
  const own = openssl.issue("unit-7", { extensions: ["subjectAltName=DNS:unit-7"] });
  try {
    await withDevice({ factory: null, ota_0: "unprovisioned", air: "" }, async (device) => {
      await device.powerOn();
      const url = (await device.waitForAddress("access point")).replace(/\/$/, "");
      assert.match(await (await fetch(url)).text(), /data-page="factory"/);
      assert.ok(device.lines.some((line) => line.includes('access point "ESP_000001"')));
      assert.equal(
        device.lines.some((line) => line.includes("https://")),
        false,
        "nothing is served by TLS",
      );
      assert.equal(
        (await postForm(`${url}/factory`, { serial: "stolen" }, { Origin: "http://evil.example" })).status,
        403,
      );
      assert.equal((await postCertificate(url, { pub: own.certificate })).error, "BAD_REQUEST");
      const mark = device.mark();
      const start = Date.now();
      assert.equal((await postForm(`${url}/factory`, { serial: "7" })).status, 200);
      assert.equal((await postCertificate(url, { pub: own.certificate, pri: own.key })).status, 200);
      await device.waitForLine(/access point "config-lws-7".* is at https/, { after: mark });
      assert.ok(Date.now() - start > 2900, "time to read the answer");
      assert.equal(readNvs(device.partition("nvs")).get("lws-station/serial"), "7");
      const secure = await device.waitForAddress("access point", "https");
      assert.match(await (await fetch(secure)).text(), /data-page="setup"/);
    });
  } finally {
    openssl.close();
  }
});
