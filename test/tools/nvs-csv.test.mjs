// @ts-check
/** NVS partitions from the CSV of Espressif's tools, and back. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { Device } from "../../tools/lib/device.mjs";
import { PAGE, readNvs, writeNvs } from "../../tools/lib/nvs.mjs";
import { formatCsv, parseCsv } from "../../tools/lib/nvs-csv.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { powerOnSetup } from "../lib/chip.mjs";
import { accessPoint, HOSTILE, LONGEST } from "../lib/radio.mjs";
import { readState } from "../lib/scan-client.mjs";

const folder = mkdtempSync(join(tmpdir(), "lws-xs-nvs-"));
after(() => rmSync(folder, { recursive: true }));
const run = promisify(execFile);
/** @param {string[]} args */
const tool = (...args) => run(process.execPath, ["tools/nvs.mjs", ...args], { cwd: ROOT });
/** @param {string} name @param {string | Buffer} content */
const file = (name, content) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
/** @param {string} text */
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

/** One row of each kind, values over several pages. */
function everything() {
  const bytes = (/** @type {number} */ i) =>
    Buffer.from(Array.from({ length: 900 + 400 * i }, (_, j) => (j * 7 + i) & 255));
  return `${[
    "key,type,encoding,value",
    "lws-station,namespace,,",
    "0ssid,data,string,Casa Verde",
    "0password,data,string,correct horse",
    "0use,data,u32,7",
    "serial,data,string,A1B2C3",
    "other,namespace,,",
    "u8,data,u8,255",
    "i8,data,i8,-128",
    "u16,data,u16,65535",
    "i16,data,i16,-32768",
    "u32,data,u32,4294967295",
    "i32,data,i32,-2147483648",
    "u64,data,u64,18446744073709551615",
    "i64,data,i64,-9223372036854775808",
    "hex,data,hex2bin,00ff10AB",
    "b64,data,base64,aGVsbG8sIHdvcmxkIQ==",
    "empty,data,string,",
    ...Array.from({ length: 5 }, (_, i) => `blob${i},data,base64,${bytes(i).toString("base64")}`),
    ...Array.from({ length: 90 }, (_, i) => `n${i},data,u32,${i * i}`),
    ...Array.from({ length: 12 }, (_, i) => `s${i},data,string,${"x".repeat(31 * i)}`),
  ].join("\n")}\n`;
}

test("the bytes are those that Espressif's tool makes of the same CSV", () => {
  const bytes = writeNvs(parseCsv(everything()), 6 * PAGE);
  // That tool calls every page full and numbers pages that hold nothing, so both are left out of the sums.
  for (let at = 0; at < 4 * PAGE; at += PAGE) bytes.writeUInt32LE(0xfffffffc, at);
  const used = bytes.subarray(0, 4 * PAGE);
  assert.equal(createHash("sha256").update(used).digest("hex"), SUM);
  assert.ok(bytes.subarray(4 * PAGE).every((byte) => byte === 0xff));
});

/** Of the first four pages that nvs_partition_gen.py of ESP-IDF 4.3, version 2, made of {@link everything}. */
const SUM = "c117ded34090f8efcdd7e649a7b2580a1183d064a15806680c68bf17278f1aa7";

test("every type of value comes back as it was", () => {
  const values = parseCsv(everything());
  const sorted = (/** @type {import("../../tools/lib/nvs.mjs").Value[]} */ all) =>
    all.map((value) => ({ ...value, value: String(value.value) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  assert.deepEqual(sorted(readNvs(writeNvs(values, 6 * PAGE))), sorted(values));
});

test("a CSV goes into a flash chip and comes out again, but for its secrets", async () => {
  const csv = file(
    "unit.csv",
    `${[
      "# made for one unit",
      "key,type,encoding,value",
      "lws-station,namespace,,",
      `0ssid,data,string,${quoted(HOSTILE.ssid)}`,
      `0password,data,string,${quoted(HOSTILE.passphrase)}`,
      `1ssid,data,string,${quoted(LONGEST.ssid)}`,
      `1password,data,string,${LONGEST.passphrase}`,
      "1use,data,u32,12",
      "serial,data,string,A1B2C3",
      'opts,data,string,"a, ""b"""',
      "group,data,string,house",
      "role,data,string,door",
      "access_pw,data,string,planted-one",
      "lwsdemoba,namespace,,",
      "user,data,string,planted-two",
    ].join("\n")}\n`,
  );
  const device = new Device({ air: accessPoint(HOSTILE, 1) });
  try {
    await tool("put", csv, "--flash", device.flashFile);
    const state = await readState(await powerOnSetup(device));
    assert.deepEqual(state.known?.map(({ ssid, pp, use }) => [ssid, pp, use]).slice(1), [
      [LONGEST.ssid, "1", "12"],
      ["", "0", "0"],
      ["", "0", "0"],
    ]);
    assert.deepEqual(
      [state["serial"], state["opts"], state["group"], state["role"]],
      ["A1B2C3", 'a, "b"', "house", "door"],
    );
    await device.waitForLine(/joined slot 0/);
    await device.powerOff();
    const { stdout } = await tool("read", "--flash", device.flashFile);
    for (const secret of [HOSTILE.passphrase, LONGEST.passphrase, "planted"])
      assert.equal(stdout.includes(secret), false, stdout);
    assert.doesNotMatch(stdout, /base64/, "nor does the key that the unit has made for itself");
    const back = file("back.csv", stdout);
    // What came out goes in again, over the secrets that are still there.
    const before = readNvs(device.partition("nvs"));
    await tool("put", back, "--flash", device.flashFile, "--keep");
    const sorted = (/** @type {import("../../tools/lib/nvs.mjs").Value[]} */ values) =>
      values.map(({ space, key, value }) => `${space}/${key}=${value}`).sort();
    assert.deepEqual(sorted(readNvs(device.partition("nvs"))), sorted(before));
    assert.equal(
      formatCsv(readNvs(device.partition("nvs")))
        .split("\n")
        .sort()
        .join(),
      stdout.split("\n").sort().join(),
    );
  } finally {
    await device.close();
  }
});

test("make writes a partition of the size that is asked for, and files count from the CSV", async () => {
  file("key.der", Buffer.from([0, 1, 2, 255]));
  const csv = file("files.csv", "key,type,encoding,value\nspace,namespace,,\nraw,file,binary,key.der\n");
  const out = join(folder, "files.bin");
  await tool("make", csv, "--out", out, "--size", "0x4000");
  const bytes = readFileSync(out);
  assert.equal(bytes.length, 0x4000);
  assert.deepEqual(readNvs(bytes)[0].value, Buffer.from([0, 1, 2, 255]));
  const { stdout } = await tool("read", "--bin", out);
  assert.match(stdout, /^space,namespace,,\n# raw: not written out$/m);
});

test("what is wrong is said with its line", () => {
  /** @type {[rows: string, complaint: RegExp][]} */
  const cases = [
    ["0ssid,data,string,x", /:2: a namespace has to come first/],
    ["a,namespace,,\nk,data,u8,256", /:3: 256 is out of the range of u8/],
    ["a,namespace,,\nk,data,i8,-129", /:3: -129 is out of the range/],
    ["a,namespace,,\nk,data,u8,one", /:3: "one" is no number/],
    ["a,namespace,,\nk,data,hex2bin,abc", /:3: hex2bin wants pairs/],
    ["a,namespace,,\nk,data,base64,a_b=", /:3: this is no base64/],
    ["a,namespace,,\n\n# comment\nk,data,float,1", /:5: unknown encoding "float"/],
    ["a,namespace,,\nk,date,u8,1", /:3: unknown type "date"/],
    ['a,namespace,,\nk,data,string,"two\nlines"\nsixteen-letters-,data,u8,1', /:5: a key has 1 to 15/],
    ["a,namespace,,\nk,data,u8,1\nk,data,u8,2", /:4: a second k/],
    ["a,namespace,,\nk,data,string,a,b", /:3: more than 4 fields/],
    ['a,namespace,,\nk,data,string,"open', /:3: a quote is missing/],
    ["a,namespace,,\nk,file,string,nowhere", /:3: .*nowhere/],
  ];
  for (const [rows, complaint] of cases)
    assert.throws(() => parseCsv(`key,type,encoding,value\n${rows}\n`, "x"), complaint);
  assert.throws(() => parseCsv("a,namespace,,\n", "x"), /the first row has to be key,type,encoding,value/);
  assert.throws(() => writeNvs(parseCsv(everything()), 4 * PAGE), /do not fit/);
});
