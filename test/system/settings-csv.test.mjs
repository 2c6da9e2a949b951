// @ts-check
/** Settings of a running unit in and out as CSV. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { readNvs } from "../../tools/lib/nvs.mjs";
import { parseCsv } from "../../tools/lib/nvs-csv.mjs";
import { ownPair } from "../lib/certificates.mjs";
import { powerOnSetup, setupFlash, withDevice } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { NvsWriter, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { accessPoint, HOSTILE, LONGEST, OPEN } from "../lib/radio.mjs";
import { readState } from "../lib/scan-client.mjs";

/** @type {Device} */ let device;
let url = "";
before(async () => {
  device = new Device({ air: accessPoint(HOSTILE, 1), args: ["--speed", "5"] });
  url = await powerOnSetup(device, ["--button", "down"]);
});
after(() => device?.close());

const HEAD = "key,type,encoding,value\nlws-station,namespace,,\n";
/** @param {string} text */
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
const ALL = `${HEAD}${[
  `0ssid,data,string,${quoted(HOSTILE.ssid)}`,
  `0password,data,string,${quoted(HOSTILE.passphrase)}`,
  "0use,data,u32,7",
  `1ssid,data,string,${quoted(LONGEST.ssid)}`,
  `1password,data,string,${LONGEST.passphrase}`,
  `3ssid,data,string,${OPEN.ssid}`,
  "3password,data,string,",
  "3use,data,u32,4294967295",
  "serial,data,string,A1B2C3",
  'opts,data,string,"a, ""b"""',
  "group,data,string,house",
  "role,data,string,door",
  "ntp-server,data,string,time.example",
  "update-url,data,string,https://updates.example:8443/units/lws",
  "update-auto,data,string,1",
  "cpd-url,data,string,http://check.example/online",
].join("\n")}\n`;

/** @param {string | Buffer} body @param {Record<string, string>} [headers] */
async function post(body, headers = { "Content-Type": "text/csv" }) {
  const answer = await fetch(`${url}/settings.csv`, { method: "POST", body, headers });
  return { status: answer.status, ...JSON.parse(await answer.text()) };
}
const read = async () => (await fetch(`${url}/settings.csv`)).text();

/** What is on flash, without what the unit writes by itself. */
const stored = () =>
  readNvs(device.partition("nvs"))
    .filter(({ space, key }) => space === "lws-station" && !key.startsWith("ap-"))
    .map(({ key, value }) => `${key}=${value}`)
    .sort();

test("a new unit has none", async () => {
  const answer = await fetch(`${url}/settings.csv`);
  assert.equal(await answer.text(), HEAD);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/csv/);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.match(answer.headers.get("content-disposition") ?? "", /settings\.csv/);
});

test("all that can be set comes in, takes effect, and goes out again without secrets", async () => {
  assert.deepEqual(await post(`# for one unit\r\n${ALL.replaceAll("\n", "\r\n")}`), {
    status: 200,
    ok: "1",
    text: "the settings are stored",
  });
  await device.waitForLine(/joined slot 0/);
  const state = await readState(url);
  assert.deepEqual(
    state.known?.map(({ ssid, pp }) => [ssid, pp]),
    [
      [HOSTILE.ssid, "1"],
      [LONGEST.ssid, "1"],
      ["", "0"],
      [OPEN.ssid, "0"],
    ],
  );
  assert.deepEqual(
    [state["serial"], state["opts"], state["group"], state["role"]],
    ["A1B2C3", 'a, "b"', "house", "door"],
  );
  const out = await read();
  for (const secret of [HOSTILE.passphrase, LONGEST.passphrase, quoted(HOSTILE.passphrase).slice(1, -1)])
    assert.equal(out.includes(secret), false, out);
  assert.match(out, /^# 0password,data,string,$/m);
  assert.match(out, /^3password,data,string,$/m);
  // The tool for the line reads it too, and it says of all that is no secret what went in.
  const said = (/** @type {string} */ csv) =>
    parseCsv(csv)
      .filter(({ key }) => !/^[01]password$/.test(key) && key !== "0use" && key !== "1use")
      .map(({ key, value }) => `${key}=${value}`)
      .sort();
  assert.deepEqual(said(out), said(ALL));
});

test("what came out changes nothing when it goes in again, passphrases neither", async () => {
  const before = stored();
  assert.equal((await post(await read())).status, 200);
  assert.deepEqual(stored(), before);
  assert.ok(before.some((each) => each === `1password=${LONGEST.passphrase}`));
});

test("what is there at the start is whole", async () => {
  const writer = new NvsWriter();
  writer.add(SETTINGS, "role", "door");
  await withDevice({ flash: setupFlash(writer.bytes), air: "" }, async (unit) => {
    const state = await readState(await powerOnSetup(unit, ["--button", "down"]));
    assert.equal(state["storage"], "ok", unit.tail());
  });
});

test("what is wrong is answered with its line, and changes nothing", async () => {
  /** @type {[rows: string, why: RegExp][]} */
  const cases = [
    ["serial,data,string,NEW\n0ssid,data,string,Other\n", /line 4: 0ssid names another network, so 0password/],
    ["serial,data,string,NEW\ncolour,data,string,red\n", /line 4: there is no such setting/],
    ["serial,data,string,NEW\nap-own.pair,data,base64,AAAA\n", /line 4: there is no such setting/],
    ["serial,data,string,NEW\n0password,data,string,short\n", /line 4: this is no 0password/],
    [`serial,data,string,NEW\n2ssid,data,string,${"x".repeat(33)}\n`, /line 4: this is no 2ssid/],
    ["serial,data,string,NEW\ngroup,data,string,a b\n", /line 4: this is no group/],
    ["serial,data,string,NEW\nopts,data,string,fifteen letters\n", /line 4: this is no opts/],
    ["update-url,data,string,http://updates.example/\n", /line 3: this is no update-url/],
    ["cpd-url,data,string,https://check.example/\n", /line 3: this is no cpd-url/],
    ["cpd-url,data,string,http://a b://check.example/\n", /line 3: this is no cpd-url/],
    ["update-url,data,string,https://a b/\n", /line 3: this is no update-url/],
    ["update-auto,data,string,yes\n", /line 3: this is no update-auto/],
    ["ntp-server,data,string,a/b\n", /line 3: this is no ntp-server/],
    ["serial,data,string,NEW\n1use,data,u32,4294967296\n", /line 4: 1use is a u32/],
    ["serial,data,string,NEW\n1use,data,u8,1\n", /line 4: 1use is a u32/],
    ["serial,data,u32,7\n", /line 3: serial is a string/],
    ["serial,file,string,x\n", /line 3: the type has to be data/],
    ["serial,data,string,NEW\nserial,data,string,NEW2\n", /line 4: a second serial/],
    ["serial,data,string,a,b\n", /line 3: more than four fields/],
    ['opts,data,string,"two\nlines\n', /line 3: a quote is missing/],
    ['opts,data,string,"two\nlines"\nserial,data,string,"N"EW\n', /line 5: a comma is missing/],
    ['serial,data,string,N"EW\n', /line 3: a value with a quote/],
    ["other,namespace,,\nserial,data,string,NEW\n", /line 3: there is one namespace only/],
  ];
  const before = stored();
  for (const [rows, why] of cases) {
    const { status, error, text } = await post(HEAD + rows);
    assert.deepEqual([status, error], [400, "BAD_REQUEST"], rows);
    assert.match(text, why);
    assert.deepEqual(stored(), before, rows);
  }
  for (const [body, why] of /** @type {[string, RegExp][]} */ ([
    ["", /there is nothing in it/],
    ["a,b\n", /line 1: the first row has to be/],
    ["key,type,encoding,value\nother,namespace,,\n", /line 2: the namespace has to be lws-station/],
  ]))
    assert.match((await post(body)).text, why);
  assert.match((await post(Buffer.from(`${HEAD}opts,data,string,\xff\n`, "latin1"))).text, /UTF-8/);
  assert.equal((await post(HEAD, { "Content-Type": "text/plain" })).status, 415);
  assert.equal((await post(HEAD, { "Content-Type": "application/x-www-form-urlencoded" })).status, 415);
  assert.equal((await fetch(`${url}/settings.csv`, { method: "POST", body: "x".repeat(5000) })).status, 413);
  assert.deepEqual(stored(), before);
});

test("where the memory does not hold it all, what was there is put back", async () => {
  const outcomes = [];
  for (const free of [1, 3, 5, 7, 9, 30]) outcomes.push(await postCrowded(free));
  assert.deepEqual(new Set(outcomes), new Set(["STORAGE_FULL", undefined]));
});

/**
 * Posts settings to a device whose memory has so many entries left; resolves with the error, if there is one.
 * @param {number} free
 */
async function postCrowded(free) {
  const writer = new NvsWriter().add(SETTINGS, "ap-self.pair", ownPair());
  settingsWith([LONGEST], writer);
  writer.add(SETTINGS, "role", "door");
  for (let i = 0; writer.place.page < 4 || writer.place.free > free; i++) writer.add("filler", `count ${i}`, i);
  return withDevice({ flash: setupFlash(writer.bytes), air: "" }, async (full) => {
    const at = await powerOnSetup(full, ["--button", "down"]);
    const now = async () => (await fetch(`${at}/settings.csv`)).text();
    const before = await now();
    const rows = [
      "0ssid,data,string,Another network",
      `0password,data,string,${"p".repeat(63)}`,
      `1ssid,data,string,${"n".repeat(32)}`,
      `1password,data,string,${"q".repeat(63)}`,
      "role,data,string,window",
    ];
    const answer = await fetch(`${at}/settings.csv`, {
      method: "POST",
      body: `${HEAD}${rows.join("\n")}\n`,
      headers: { "Content-Type": "text/csv" },
    });
    const { error } = JSON.parse(await answer.text());
    const passphrase = readNvs(full.partition("nvs")).find(({ key }) => key === "0password");
    assert.equal(String(passphrase?.value), error ? LONGEST.passphrase : "p".repeat(63), `${free} entries left`);
    if (error) assert.equal(await now(), before, `${free} entries left`);
    else assert.match(await now(), /^role,data,string,window$/m);
    return error;
  });
}

test("a slot is emptied by an empty name, and keys that are not named stay", async () => {
  assert.equal((await post(`${HEAD}3ssid,data,string,\nrole,data,string,\n`)).status, 200);
  const left = stored();
  assert.equal(
    left.some((each) => /^3|^role/.test(each) && !each.endsWith("=")),
    false,
    left.join(),
  );
  assert.ok(left.includes("serial=A1B2C3"));
});

test("only who may change anything can; reading is open", async () => {
  await device.powerOff();
  url = await powerOnSetup(device, []);
  const before = stored();
  assert.deepEqual((await post(`${HEAD}serial,data,string,NEW\n`)).status, 403);
  assert.match(await read(), /^serial,data,string,A1B2C3$/m);
  assert.deepEqual(stored(), before);
});
