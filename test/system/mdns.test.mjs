// @ts-check
/** The unit's name and services, asked for by a resolver library that sends to the unit alone, on loopback. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { Asker, name, query, words } from "../lib/dns.mjs";
import { answersOf, askDirectly } from "../lib/mdns.mjs";
import { NvsWriter, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { accessPoint, OPEN } from "../lib/radio.mjs";
import { ScanClient } from "../lib/scan-client.mjs";

const HOST = "lws-000001.local";
/** It is joined and asks for its name sooner; what is answered does not depend on that. */
const FAST = ["--speed", "2"];
const NAMED = /N .* mdns: the unit is (\S+)/;

/** @type {Device} */ let device;
/** @param {string} host @param {any} type */
const ap = (host, type) => askDirectly(device.apAddress, device.portBase + 5353, [{ name: host, type }]);
/** @param {string} host @param {any} type */
const station = (host, type) => askDirectly(device.staAddress, device.portBase + 5353, [{ name: host, type }]);

before(async () => {
  device = new Device({ air: accessPoint(OPEN, 1), args: FAST });
  rewritePartition(device.flashFile, "nvs", settingsWith([OPEN]));
  await device.powerOn(["--button", "down"]);
  await device.waitForAddress("station");
  const mark = device.mark();
  await device.waitForLine(NAMED, { after: mark });
});
after(() => device?.close());

test("the name has the address of the interface by which it is asked", async () => {
  for (const [ask, address] of /** @type {const} */ ([
    [ap, "192.168.4.1"],
    [station, OPEN.address],
  ])) {
    for (const host of [HOST, "LWS-000001.Local"]) {
      const packet = await ask(host, "A");
      assert.equal(packet?.id, 77, "a resolver that knows no multicast wants its id back");
      assert.equal(packet?.questions[0].name, host);
      assert.deepEqual(
        packet?.answers.map(({ name, type, ttl, flush, data }) => [name, type, ttl, flush, data]),
        [[HOST, "A", 10, false, address]],
      );
    }
  }
});

test("it has no address of another kind, and says so", async () => {
  const packet = await ap(HOST, "AAAA");
  assert.deepEqual(
    packet?.answers.map(({ name, type, data }) => [name, type, data.nextDomain, data.rrtypes]),
    [[HOST, "NSEC", HOST, ["A"]]],
  );
});

test("names of others are not answered", async () => {
  for (const host of ["lws-000002.local", "lws-000001", "x.lws-000001.local", "_http._tcp.local"])
    assert.equal(
      await askDirectly(device.apAddress, device.portBase + 5353, [{ name: host, type: "ANY" }], 100),
      undefined,
    );
});

test("the page is found as a service, with all that is needed to open it", async () => {
  const instance = "lws-000001._https._tcp.local";
  const packet = await ap("_https._tcp.local", "PTR");
  assert.deepEqual(
    packet?.answers.map(({ data }) => data),
    [instance],
  );
  const [place] = answersOf(packet, "SRV", instance);
  assert.deepEqual([place.data.port, place.data.target], [443, HOST]);
  assert.equal(answersOf(packet, "TXT", instance).length, 1);
  assert.equal(answersOf(packet, "A", HOST)[0].data, "192.168.4.1");
  const kinds = await ap("_services._dns-sd._udp.local", "PTR");
  assert.deepEqual(
    kinds?.answers.map(({ data }) => data),
    ["_https._tcp.local"],
  );
});

test("several questions are answered at once", async () => {
  const questions = /** @type {any[]} */ ([
    { name: HOST, type: "A" },
    { name: "_https._tcp.local", type: "PTR" },
    { name: "other.local", type: "A" },
  ]);
  const packet = await askDirectly(device.apAddress, device.portBase + 5353, questions);
  assert.equal(packet?.questions.length, 3);
  assert.deepEqual(packet?.answers.map(({ type }) => type).sort(), ["A", "PTR"]);
});

test("a new name is answered for, the old one no longer", async () => {
  const mark = device.mark();
  const client = await ScanClient.open(device.apUrl(443, "https"));
  client.send({ group: "kitchen" });
  client.send({ role: "light" });
  assert.equal((await device.waitForLine(NAMED, { after: mark }))[1], "kitchen-light.local");
  assert.equal((await ap("kitchen-light.local", "A"))?.answers[0].data, "192.168.4.1");
  assert.equal(
    await askDirectly(device.apAddress, device.portBase + 5353, [{ name: HOST, type: "A" }], 100),
    undefined,
  );
  client.close();
});

test("who floods the unit with questions gets few answers, and others are served later", async () => {
  const asker = new Asker(device.apAddress, device.portBase + 5353);
  for (let i = 0; i < 500; i++) await asker.send(query("kitchen-light.local"));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(asker.answers.length > 0 && asker.answers.length <= 40, String(asker.answers.length));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.ok(await asker.ask(query("kitchen-light.local")));
  asker.close();
});

test("malformed questions are not answered", async () => {
  const asker = new Asker(device.apAddress, device.portBase + 5353);
  const good = query("kitchen-light.local", 1, { flags: 0 });
  for (const bad of [
    good.subarray(0, 20),
    query("kitchen-light.local", 1, { flags: 0, counts: [2, 0, 0, 0] }),
    query("kitchen-light.local", 1, { flags: 0, counts: [0xffff, 0, 0, 0] }),
    query("kitchen-light.local", 1, { flags: 0x0800 }),
    query("kitchen-light.local", 1, { flags: 0x8400 }),
    query("kitchen-light.local", 1, { flags: 0, dnsClass: 3 }),
    Buffer.concat([words(1, 0, 1, 0, 0, 0), Buffer.from([0xc0, 0x0c]), words(1, 1)]),
    Buffer.concat([words(1, 0, 2, 0, 0, 0), name("a"), words(1, 1), Buffer.from([0xc0, 0x11]), words(1, 1)]),
  ])
    assert.equal(await asker.ask(bad, 60), undefined);
  // A name that is continued elsewhere in the message is one all the same.
  const pointed = Buffer.concat([words(1, 0, 2, 0, 0, 0), name("x.local"), words(1, 1)]);
  const label = Buffer.concat([Buffer.from([13]), Buffer.from("kitchen-light"), Buffer.from([0xc0, 14]), words(1, 1)]);
  assert.equal((await asker.ask(Buffer.concat([pointed, label])))?.readUInt16BE(6), 1);
  asker.close();
});

test("after all that nothing has failed", async () => {
  assert.equal((await device.figures()).boots, 1);
  assert.deepEqual(
    device.lines.filter((line) => line.startsWith("E ")),
    [],
  );
});

test("the application has its name and its services, too; of its group once it has one", async () => {
  const application = new Device({ ota_0: "ota", air: accessPoint(OPEN, 1), args: FAST });
  const writer = new NvsWriter();
  writer.add(SETTINGS, "group", "kitchen");
  rewritePartition(application.flashFile, "nvs", settingsWith([OPEN], writer));
  try {
    await application.powerOn();
    await application.waitForLine(NAMED);
    const port = application.portBase + 5353;
    const ask = (/** @type {string} */ host, /** @type {any} */ type) =>
      askDirectly(application.staAddress, port, [{ name: host, type }]);
    assert.equal((await ask(HOST, "A"))?.answers[0].data, OPEN.address);
    const kinds = await ask("_services._dns-sd._udp.local", "PTR");
    assert.deepEqual(
      kinds?.answers.map(({ data }) => data),
      ["_https._tcp.local", "_lwsgrmem._tcp.local"],
    );
    const members = await ask("_lwsgrmem._tcp.local", "PTR");
    const [text] = answersOf(members, "TXT", "kitchen._lwsgrmem._tcp.local");
    assert.deepEqual(text.data.map(String), [
      "model=lws",
      "group=kitchen",
      "role=",
      "mac=240AC4000001",
      "width=320",
      "height=160",
    ]);
    assert.equal(answersOf(members, "SRV", "kitchen._lwsgrmem._tcp.local")[0].data.target, HOST);
  } finally {
    await application.close();
  }
});
