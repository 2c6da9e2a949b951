// @ts-check
/** What the unit is told to be called: stored, told back, and emptied, each by who may do it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { powerOnSetup } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { readNvs } from "../lib/nvs.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { logIn, postForm } from "../lib/setup-client.mjs";

const PASSWORD = "open sesame 8";
const HEAD = "key,type,encoding,value\nlws-station,namespace,,\n";

/** @type {Device} */ let device;
let url = "";

before(async () => {
  device = new Device({ air: "" });
  url = await powerOnSetup(device);
});
after(() => device?.close());

const stored = (/** @type {string} */ key) => readNvs(device.partition("nvs")).get(`lws-station/${key}`);

test("serial number and options are set by form or message, and emptied by message", async () => {
  assert.equal((await postForm(`${url}/factory`, { serial: "A1", opts: "relay", role: "left" })).status, 200);
  const client = await ScanClient.open(url);
  const before = await client.state();
  assert.deepEqual([before.serial, before.opts, before.host], ["A1", "relay", "lws-A1"]);
  // A field of a form that nothing is written into means nothing, as ever.
  assert.equal((await postForm(`${url}/factory`, { serial: "", opts: "", role: "right" })).status, 200);
  assert.deepEqual([stored("serial"), stored("opts"), stored("role")], ["A1", "relay", "right"]);
  for (const key of ["opts", "serial", "role"]) {
    const mark = client.send({ [key]: "" });
    await client.next(
      (message) => message.known !== undefined && message[key] === (key === "serial" ? "000001" : ""),
      mark,
    );
    assert.equal(stored(key), undefined, key);
  }
  const mark = client.send({ serial: "no blanks" });
  assert.deepEqual((({ error, for: what }) => [error, what])(await client.next(({ error }) => !!error, mark)), [
    "BAD_NAME",
    "serial",
  ]);
  client.close();
});

test("the region is stored and told, as a digit from 0 to 3", async () => {
  const client = await ScanClient.open(url);
  assert.equal((await client.state()).region, "0");
  for (const message of [{ region: "3" }, { setting: "1", region: "2" }]) {
    await client.next(({ region }) => region === message.region, client.send(message));
    assert.equal(stored("region"), message.region);
  }
  assert.ok((await (await fetch(`${url}/settings.csv`)).text()).includes("region,data,string,2\n"));
  for (const region of ["4", "x", "10"]) {
    const { error } = await client.next((message) => message.error !== undefined, client.send({ region }));
    assert.equal(error, "BAD_NAME");
  }
  await client.next(({ region }) => region === "0", client.send({ region: "" }));
  assert.equal(stored("region"), undefined);
  client.close();
});

test("with the password alone serial number and options stay, by message and by CSV", async () => {
  await postForm(`${url}/factory`, { serial: "A1", opts: "relay" });
  assert.equal((await postForm(`${url}/access/password`, { password: PASSWORD })).status, 200);
  await device.powerOff();
  url = await powerOnSetup(device, []);
  const cookie = await logIn(url, PASSWORD);
  const client = await ScanClient.open(url, { Cookie: cookie });
  for (const message of [{ serial: "B2" }, { opts: "" }]) {
    const { error } = await client.next((each) => each.error !== undefined, client.send(message));
    assert.equal(error, "FORBIDDEN", JSON.stringify(message));
  }
  await client.next(({ role }) => role === "left", client.send({ role: "left" }));
  client.close();
  const post = async (/** @type {string} */ rows) => {
    const headers = { "Content-Type": "text/csv", Cookie: cookie, Connection: "close" };
    const answer = await fetch(`${url}/settings.csv`, { method: "POST", body: HEAD + rows, headers });
    return answer.status;
  };
  for (const row of ["serial,data,string,B2", "opts,data,string,", "serial,data,string,"])
    assert.equal(await post(`group,data,string,taken\n${row}\n`), 403, row);
  assert.deepEqual([stored("serial"), stored("opts"), stored("group")], ["A1", "relay", undefined]);
  // A backup of the same unit changes neither.
  assert.equal(await post("serial,data,string,A1\nopts,data,string,relay\ngroup,data,string,lamps\n"), 200);
  assert.equal(stored("group"), "lamps");
});
