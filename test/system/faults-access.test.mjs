// @ts-check
/** Faults that the firmware before this one had where somebody sets a unit up, each with the test that would have found it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { certified } from "../lib/certificates.mjs";
import { powerOnSetup, readChip, setupFlash, withDevice, writeChip } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { NvsWriter, readNvs, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { accessPoint, HOSTILE, PLAIN } from "../lib/radio.mjs";
import { Raw } from "../lib/raw.mjs";
import { readState, ScanClient } from "../lib/scan-client.mjs";
import { postForm } from "../lib/setup-client.mjs";
import { form } from "../lib/upload.mjs";
import { CONTINUATION, frame, handshake, TEXT, WsRaw } from "../lib/ws.mjs";

/** A unit in use: it has a network, and somebody else's setting in another namespace. */
const provisioned = () =>
  setupFlash(settingsWith([PLAIN], new NvsWriter().add("lwsdemoba", "user", "password").add(SETTINGS, "serial", "A1")));

/** @type {Device} */ let device;
let url = "";

before(async () => {
  device = new Device({ air: accessPoint(HOSTILE, 1), flash: provisioned() });
  await device.powerOn();
  url = await device.waitForAddress("access point", "https");
  await certified(url);
});
after(() => device?.close());

const nvs = (/** @type {Device} */ of) => readNvs(of.partition("nvs"));

/** What a message is answered with. @param {ScanClient} client @param {object} message */
const refusal = (client, message) => client.next((each) => each.error !== undefined, client.send(message));

test("W1: a unit that has a certificate is not open, whatever the certificate is called in its memory", async () => {
  const client = await ScanClient.open(url);
  const state = await client.state();
  assert.deepEqual([state.forced_button, state.ssl_pub, state.access.change], ["0", "1", "0"]);
  for (const message of [{ group: "g" }, { reset: "1" }, { ssid0: "", pw0: "", slot: "0" }, { "factory-reset": "1" }])
    assert.equal((await refusal(client, message)).error, "FORBIDDEN", JSON.stringify(message));
  client.close();
  for (const path of ["/factory", "/otaform", "/access/password"])
    assert.equal((await postForm(url + path, { serial: "B2" })).error, "FORBIDDEN", path);
  assert.deepEqual([nvs(device).get("lws-station/serial"), nvs(device).get("lws-station/0ssid")], ["A1", PLAIN.ssid]);
});

test("W1: the button at the start opens it, and only that start", async () => {
  await withDevice({ air: "", flash: provisioned() }, async (own) => {
    let at = await powerOnSetup(own);
    const client = await ScanClient.open(at);
    const state = await client.state();
    assert.deepEqual([state.forced_button, state.boot, state.access.change], ["1", "button", "1"]);
    client.close();
    assert.equal((await postForm(`${at}/factory`, { serial: "B2" })).status, 200);
    await own.powerOff();
    at = await powerOnSetup(own, []);
    assert.equal((await postForm(`${at}/factory`, { serial: "C3" })).error, "FORBIDDEN");
    assert.equal(nvs(own).get("lws-station/serial"), "B2");
  });
});

test("W4: nothing changes for a page of another site, and the access password is asked for", async () => {
  await withDevice({ air: "", flash: provisioned() }, async (own) => {
    let at = await powerOnSetup(own);
    const foreign = { Origin: "https://evil.example" };
    for (const path of ["/factory", "/otaform", "/access/password"])
      assert.equal((await postForm(at + path, { password: "of the attacker" }, foreign)).status, 403, path);
    const client = await ScanClient.open(at);
    client.send({ setting: "1", access_pw: "correct horse" });
    await client.next((message) => message.access?.password === "1");
    client.close();
    await own.powerOff();
    at = await powerOnSetup(own, []);
    await assert.rejects(ScanClient.open(at), /403/);
    const { cookie } = await postForm(`${at}/access/login`, { password: "correct horse" });
    assert.equal((await postForm(`${at}/factory`, { role: "in" }, { Cookie: cookie })).status, 200);
    assert.equal((await fetch(`${at}/esplws-rtf`, { redirect: "manual" })).status, 404, "no GET restarts anything");
  });
});

test("W5: names that look like commands or markup are text, both ways", async () => {
  await withDevice({ air: accessPoint(HOSTILE, 1), flash: setupFlash() }, async (own) => {
    const client = await ScanClient.open(await powerOnSetup(own));
    const seen = await client.next((message) => message.aps?.length > 0);
    assert.equal(seen.aps[0].ssid, HOSTILE.ssid);
    const { boots } = await own.figures();
    const ssid = '"reset" identify","x":"';
    const mark = client.setSlot(0, ssid, 'factory-reset"update');
    const state = await client.next((message) => message.known?.[0]?.ssid !== "", mark);
    assert.equal(state.known?.[0]?.ssid, ssid);
    assert.equal(nvs(own).get("lws-station/0password"), 'factory-reset"update');
    const { pwm } = await own.control("led");
    assert.ok(pwm.length > 0);
    assert.equal((await own.figures()).boots, boots);
    client.close();
  });
});

test("W8: a form gets a whole answer, and what it brought is in use without a restart", async () => {
  await withDevice({ air: "", flash: setupFlash() }, async (own) => {
    const at = await powerOnSetup(own);
    const { boots } = await own.figures();
    for (const type of ["urlencoded", "multipart"]) {
      const fields = {
        serial: `N-${type}`,
        opts: "red & <blue>",
        group: "lamps",
        role: "left",
        updsettings: "Update",
        text: "",
      };
      const body = Object.entries(fields).map(([name, value]) => form(value, { name, file: null, end: "\r\n" }));
      const answer =
        type === "urlencoded"
          ? await postForm(`${at}/factory`, fields)
          : await fetch(`${at}/factory`, {
              method: "POST",
              body: Buffer.concat([...body, Buffer.from("------e2e-boundary--\r\n")]),
              headers: { "Content-Type": "multipart/form-data; boundary=----e2e-boundary" },
            });
      assert.equal(answer.status, 200, type);
      assert.ok(Number(answer.headers.get("content-length")) > 10);
      const client = await ScanClient.open(at);
      const state = await client.next((message) => message.serial === `N-${type}`);
      assert.deepEqual([state.opts, state.group, state.role], [fields.opts, "lamps", "left"]);
      client.close();
    }
    assert.equal((await own.figures()).boots, boots);
    for (const bad of /** @type {Record<string, string>[]} */ ([
      { serial: "a b" },
      { serial: "x".repeat(15) },
      { opts: "x".repeat(15) },
      { group: "-" },
    ]))
      assert.equal((await postForm(`${at}/factory`, { role: "changed", ...bad })).error, "BAD_NAME");
    assert.equal(nvs(own).get("lws-station/role"), "left", "all of a form or nothing");
  });
});

test("W13: 1 is a button that is pressed, and every page is told", async () => {
  const clients = [await ScanClient.open(url), await ScanClient.open(url)];
  for (const client of clients) assert.equal((await client.state()).button, "0");
  for (const [position, value] of [
    ["down", "1"],
    ["up", "0"],
  ]) {
    const marks = clients.map((client) => client.mark());
    await device.control(`button ${position}`);
    for (const [i, client] of clients.entries()) {
      const state = await client.next((message) => message.button === value, marks[i]);
      assert.equal(state.forced_button, "0", "pressed later it opens nothing");
    }
  }
  for (const client of clients) client.close();
});

test("W14: a slot tells whether it has a passphrase; a shorter name leaves nothing of a longer one", async () => {
  await withDevice({ air: "", flash: setupFlash() }, async (own) => {
    const at = await powerOnSetup(own);
    const client = await ScanClient.open(at);
    client.setSlot(0, "secured", "12345678");
    client.setSlot(1, "open", "");
    const { known } = await client.next((message) => message.known?.[1]?.ssid === "open");
    assert.deepEqual(
      known?.map(({ pp }) => pp),
      ["1", "0", "0", "0"],
    );
    for (const role of ["a-long-role", "x"]) await postForm(`${at}/factory`, { group: "a-long-group", role });
    for (const password of ["a rather long password", "short and"])
      await postForm(`${at}/access/password`, { password });
    client.close();
    assert.equal(nvs(own).get("lws-station/role"), "x");
    await own.powerOff();
    const again = await powerOnSetup(own, []);
    assert.equal(
      (await postForm(`${again}/access/login`, { password: "short and long password" })).error,
      "WRONG_PASSWORD",
    );
    assert.equal((await postForm(`${again}/access/login`, { password: "short and" })).status, 200);
  });
});

test("W18: a message in many frames is one message, and one that is too long ends the connection", async () => {
  const raw = await Raw.open(url);
  const head = handshake({ Host: new URL(url).host, "Sec-WebSocket-Protocol": "esplws-scan" });
  assert.equal((await raw.write(head).response()).status, 101);
  const peer = new WsRaw(raw);
  const next = async () => {
    let text = "";
    for (;;) {
      const { fin, payload } = await peer.frame();
      text += payload;
      if (fin) return JSON.parse(text);
    }
  };
  await next();
  const message = '{"group":"fragmented"}';
  for (let at = 0; at < message.length; at++)
    raw.write(frame(at === 0 ? TEXT : CONTINUATION, message.at(at), { fin: at === message.length - 1 }));
  for (;;) {
    const answer = await next();
    if (answer.known) continue;
    assert.deepEqual([answer.error, answer.for], ["FORBIDDEN", "group"], "read as one");
    break;
  }
  raw.write(frame(TEXT, "x".repeat(1025)));
  for (;;) {
    const { opcode, payload } = await peer.frame();
    if (opcode !== 8) continue;
    assert.equal(payload.readUInt16BE(), 1009);
    break;
  }
  raw.close();
});

test("W20: the page has an element for everything that the firmware can say", async () => {
  const html = await (await fetch(url)).text();
  const wanted = [...html.matchAll(/\b(?:el|byId|onSubmit|busy|complain)\("([\w-]+)"/g)].map(([, id]) => id);
  assert.ok(wanted.length > 60);
  for (const id of wanted) assert.ok(html.includes(` id="${id}"`), `#${id}`);
});

test("a factory reset wants somebody there, erases the settings and nothing else, and begins anew", async () => {
  await withDevice({ air: "", flash: provisioned() }, async (own) => {
    const client = await ScanClient.open(await powerOnSetup(own));
    await certified(client.socket.url.replace(/^ws/, "http").replace(/\/$/, ""));
    const mark = own.mark();
    await own.control("button up");
    client.send({ "factory-reset": "1" });
    assert.equal(await client.ended(), 1001);
    await own.waitForLine(/access point "ESP_000001".* is at https/, { after: mark });
    const left = [...nvs(own).keys()];
    assert.deepEqual(
      left.filter((key) => !key.startsWith("lws-station/")),
      ["lwsdemoba/user"],
    );
    assert.deepEqual(
      left.filter((key) => /ssid|password|serial|resetting/.test(key)),
      [],
    );
    const state = await readState(await own.waitForAddress("access point", "https"));
    assert.deepEqual([state.forced_button, state.access.change, state.known?.[0]?.ssid], ["1", "1", ""]);
  });
});

test("power fails in a factory reset: the next start goes on with it", { timeout: 120_000 }, async () => {
  await withDevice({ air: "", flash: provisioned() }, async (own) => {
    const at = await powerOnSetup(own);
    await certified(at);
    await own.powerOff();
    const chip = readChip(own);
    let cuts = 0;
    for (let n = 1; ; n++) {
      writeChip(own, chip);
      const client = await ScanClient.open(await powerOnSetup(own));
      await client.state();
      await own.control(`power-cut ${n}`);
      client.send({ "factory-reset": "1" });
      await client.ended();
      const mark = own.mark();
      if (own.isOn) await new Promise((resolve) => setTimeout(resolve, 100));
      if (own.isOn) break;
      cuts++;
      // Nothing makes a new certificate meanwhile: what counts is what the start has left.
      await powerOnSetup(own, []);
      const left = [...nvs(own).keys()].filter((key) => /ssid|password|serial|resetting/.test(key));
      const old = left.includes("lws-station/resetting") ? ["half"] : left;
      assert.ok(old.length === 0 || old.length === 3, `cut ${n}: ${left} ${own.lines.slice(mark).join("\n")}`);
      await own.powerOff();
    }
    assert.ok(cuts > 5, `${cuts} cuts`);
  });
});
