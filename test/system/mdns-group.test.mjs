// @ts-check
/** Multicast between devices and a resolver library, in network namespaces of their own: claims, conflicts, goodbyes, known answers, groups. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { query } from "../lib/dns.mjs";
import { answersOf, Peer } from "../lib/mdns.mjs";
import { cannotMakeNamespaces, TestNetwork } from "../lib/netns.mjs";
import { NvsWriter, readNvs, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { accessPoint } from "../lib/radio.mjs";

/** @typedef {import("../lib/mdns.mjs").Heard} Heard */

const skip = cannotMakeNamespaces();
const NAMED = /N .* mdns: the unit is (\S+)/;
/** How fast the devices' time is, and that of one for which others have to wait long. */
const SPEED = 2;
const HURRY = 10;
const FIRST = "192.168.1.50";
const SECOND = "192.168.1.51";

/** @type {TestNetwork} */ let network;
/** @type {Peer} */ let peer;
/** @type {Device[]} */ const devices = [];

/** A device on the router's network. @param {string} address @param {string} mac @param {Record<string, string>} settings */
function unit(address, mac, settings, image = "ota") {
  const { name, phone } = network.device();
  const home = { ssid: "home", passphrase: "", address };
  const args = ["--netns", name, "--mac", mac, "--speed", String(SPEED)];
  const device = new Device({ ...(image === "ota" && { ota_0: "ota" }), air: accessPoint(home, 1), args });
  const writer = new NvsWriter();
  for (const [key, value] of Object.entries(settings)) writer.add(SETTINGS, key, value);
  rewritePartition(device.flashFile, "nvs", settingsWith([home], writer));
  devices.push(device);
  return { device, phone };
}

/** @param {string} from @param {string} type @param {string} name */
const says = (from, type, name) => (/** @type {Heard} */ heard) =>
  heard.from === from && heard.packet.type === "response" && answersOf(heard.packet, type, name).length > 0;

/** Connects inside of a namespace, and says something. @param {string} namespace @param {string[]} args */
function connect(namespace, ...args) {
  const script = fileURLToPath(new URL("../lib/ws-client.mjs", import.meta.url));
  const child = spawn("ip", ["netns", "exec", namespace, process.execPath, script, ...args]);
  /** @type {any[]} */ const messages = [];
  let rest = "";
  child.stdout.on("data", (data) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) messages.push(JSON.parse(line));
  });
  child.stderr.pipe(process.stderr);
  return { messages, close: () => child.kill() };
}

/** @param {() => boolean} condition @param {string} what @param {number} [patience] */
async function until(condition, what, patience = 8000) {
  const end = Date.now() + patience;
  while (!condition()) {
    assert.ok(Date.now() < end, what);
    await delay(20);
  }
}

before(async () => {
  if (skip) return;
  network = new TestNetwork();
  peer = new Peer(network.router, "192.168.1.1");
  await peer.next((heard) => heard.port === 0, 0);
});
after(async () => {
  peer?.close();
  for (const device of devices) await device.close();
  network?.close();
});

test("a unit asks three times whether its name is free, then announces it twice", { skip }, async () => {
  const { device } = unit(FIRST, "240AC4000001", { group: "kitchen", role: "light" });
  const mark = peer.mark();
  await device.powerOn();
  const { time } = await peer.next(says(FIRST, "A", "kitchen-light.local"), mark);
  const probes = peer.heard.slice(mark).filter(({ from, packet }) => from === FIRST && packet.type === "query");
  assert.equal(probes.length, 3);
  for (const { packet, port } of probes) {
    assert.equal(port, 5353);
    assert.deepEqual(
      packet.questions.map(({ name, type }) => `${name} ${type}`),
      ["kitchen-light.local ANY", "kitchen-light._https._tcp.local ANY"],
    );
    assert.deepEqual(
      packet.authorities.map(({ name, data }) => [name, data]),
      [["kitchen-light.local", FIRST]],
    );
  }
  const gap = (probes[2].time - probes[0].time) * SPEED;
  assert.ok(gap > 450 && gap < 800, `${gap} ms`);
  const first = await peer.next(says(FIRST, "A", "kitchen-light.local"), mark);
  const [address] = answersOf(first.packet, "A");
  assert.deepEqual([address.ttl, address.flush, address.data], [120, true, FIRST]);
  const [member] = answersOf(first.packet, "SRV", "kitchen._lwsgrmem._tcp.local");
  assert.equal(member.flush, false, "the name of the group is not one unit's alone");
  await peer.next((heard) => says(FIRST, "A", "kitchen-light.local")(heard) && heard.time > time + 800 / SPEED, mark);
});

test("questions to the group are answered to the group, and once a second at most", { skip }, async () => {
  await delay(1200 / SPEED);
  const mark = peer.mark();
  for (let i = 0; i < 50; i++) peer.query([{ name: "kitchen-light.local", type: "A" }]);
  await peer.next(says(FIRST, "A", "kitchen-light.local"), mark);
  await delay(300);
  const times = peer.heard
    .slice(mark)
    .filter(says(FIRST, "A", "kitchen-light.local"))
    .map(({ time }) => time);
  const gaps = times.slice(1).map((time, i) => (time - times[i]) * SPEED);
  assert.ok(times.length < 5 && gaps.every((gap) => gap > 900), `${gaps} ms between answers to 50 questions`);
});

test("what the asker knows already is not said", { skip }, async () => {
  await delay(1200 / SPEED);
  const known = (/** @type {number} */ ttl, data = "kitchen-light._https._tcp.local") => ({
    answers: [{ name: "_https._tcp.local", type: "PTR", class: "IN", ttl, data }],
  });
  const fits = says(FIRST, "PTR", "_https._tcp.local");
  let mark = peer.mark();
  peer.query([{ name: "_https._tcp.local", type: "PTR" }], known(4500));
  await delay(400);
  assert.equal(peer.heard.slice(mark).filter(fits).length, 0);
  mark = peer.mark();
  peer.query([{ name: "_https._tcp.local", type: "PTR" }], known(2000));
  await peer.next(fits, mark, 1000);
  await delay(1200 / SPEED);
  mark = peer.mark();
  peer.query([{ name: "_https._tcp.local", type: "PTR" }], known(4500, "other._https._tcp.local"));
  await peer.next(fits, mark, 1000);
});

test("a second unit of the same name takes another", { skip }, async () => {
  const { device } = unit(SECOND, "240AC4000003", { group: "kitchen", role: "light" });
  const mark = peer.mark();
  await device.powerOn();
  assert.equal((await device.waitForLine(NAMED))[1], "kitchen-light-2.local");
  await peer.next(says(SECOND, "A", "kitchen-light-2.local"), mark);
  assert.equal(peer.heard.slice(mark).some(says(SECOND, "A", "kitchen-light.local")), false);
  // Its certificate is for that name, and the next start begins with it: nothing is asked or made anew.
  await device.waitForLine(/self-signed, for kitchen-light-2 kitchen-light-2\.local/);
  assert.equal(readNvs(device.partition("nvs")).get("lws-station/label"), "kitchen-light-2");
  await device.powerOff();
  const lines = device.mark();
  const again = peer.mark();
  await device.powerOn();
  assert.equal((await device.waitForLine(NAMED, { after: lines }))[1], "kitchen-light-2.local");
  await device.waitForLine(/self-signed, for kitchen-light-2 /, { after: lines });
  assert.equal(device.lines.slice(lines).filter((line) => /self-signed|is taken/.test(line)).length, 1);
  const asked = peer.heard.slice(again).filter(({ from, packet }) => from === SECOND && packet.type === "query");
  assert.ok(asked.every(({ packet }) => packet.questions[0].name === "kitchen-light-2.local"));
  await device.powerOff();
});

test("one that claims the name while it is ours gets to hear of it, and one that has it by force moves us", {
  skip,
}, async () => {
  const [device] = devices;
  await delay(1200 / SPEED);
  let mark = peer.mark();
  const claim = { name: "kitchen-light.local", type: "A", class: "IN", ttl: 120, flush: true, data: "192.168.1.1" };
  peer.say({ respond: { answers: [claim] } });
  // The unit asks anew, and nobody says anything: it keeps its name.
  const lines = device.mark();
  assert.equal((await device.waitForLine(NAMED, { after: lines }))[1], "kitchen-light.local");
  mark = peer.mark();
  const again = device.mark();
  peer.say({ respond: { answers: [claim] } });
  await peer.next(({ from, packet }) => from === FIRST && packet.type === "query", mark);
  peer.say({ respond: { answers: [claim] } });
  assert.equal((await device.waitForLine(NAMED, { after: again }))[1], "kitchen-light-2.local");
});

test("members of a group find each other, and notice who moves and who goes", { skip }, async () => {
  // From here on the first unit's time is in a hurry.
  const [device] = devices;
  await device.powerOff();
  const lines = device.mark();
  await device.powerOn(["--speed", String(HURRY)]);
  await device.waitForLine(NAMED, { after: lines });
  const page = connect(network.router, `wss://${FIRST}/`, "lws-group");
  try {
    await until(() => page.messages.length > 0, "a message");
    assert.deepEqual(page.messages[0], {
      group: "kitchen",
      members: [{ mac: "240AC4000001", model: "lws", role: "light", width: "320", height: "160", ipv4: FIRST }],
      discard: "0",
    });
    const [, second] = devices;
    await second.powerOn();
    await until(() => page.messages.at(-1).members.length === 2, "the second member");
    assert.deepEqual(page.messages.at(-1).members[1], {
      ...{ mac: "240AC4000003", model: "lws", role: "light", width: "320", height: "160", ipv4: SECOND },
    });
    const mark = peer.mark();
    const asks = (/** @type {Heard} */ { from, packet }) =>
      from === FIRST && packet.questions?.[0]?.name === "_lwsgrmem._tcp.local";
    const { time } = await peer.next(asks, mark);
    const next = await peer.next((heard) => asks(heard) && heard.time > time + 100, mark);
    const gap = (next.time - time) * HURRY;
    assert.ok(Math.abs(gap - 5000) < 1500, `${gap} ms`);
  } finally {
    page.close();
  }
  await delay(200);
  const mark = peer.mark();
  await delay(7000 / HURRY);
  const asked = peer.heard.slice(mark).filter(({ from, packet }) => from === FIRST && packet.type === "query");
  assert.equal(asked.length, 0, "nobody looks any more");
});

test("W10: a search ends with the last record, and all that a member says of itself is read", { skip }, async () => {
  const [device] = devices;
  const page = connect(network.router, `wss://${FIRST}/`, "lws-group");
  try {
    await until(() => page.messages.at(-1)?.members.length === 2, "the second member");
    /** @param {string} data @param {number} ttl @param {string} [group] */
    const member = (data, ttl, group = "kitchen") => ({
      answers: [
        { name: "kitchen._lwsgrmem._tcp.local", type: "SRV", ttl, data: { port: 443, target: "stove.local" } },
        {
          ...{ name: "kitchen._lwsgrmem._tcp.local", type: "TXT", ttl },
          data: [
            "other",
            "model=<b>",
            `group=${group}`,
            'role=st"ve',
            "mac=0123456789ABCDEFGHIJKLM",
            "width=640",
            "height=480",
          ],
        },
        { name: "stove.local", type: "A", ttl, data },
      ],
    });
    const stove = { mac: "0123456789ABCDEFGHI", model: "<b>", role: 'st"ve', width: "640", height: "480" };
    peer.say({ respond: member("192.168.1.9", 120, "cellar") });
    peer.say({ respond: member("192.168.1.7", 120) });
    await until(() => page.messages.at(-1).members.length === 3, "a member by hand");
    assert.deepEqual(page.messages.at(-1).members[2], { ...stove, ipv4: "192.168.1.7" });
    peer.say({ respond: member("192.168.1.8", 120) });
    await until(() => page.messages.at(-1).members[2].ipv4 === "192.168.1.8", "its change");
    peer.say({ respond: member("192.168.1.8", 0) });
    await until(() => page.messages.at(-1).members.length === 2, "its end");
    // As many records as there is room for, the one that counts last.
    const strangers = Array.from({ length: 14 }, (_, i) => ({
      ...{ name: `other${i}._lwsgrmem._tcp.local`, type: "TXT", ttl: 120, data: ["group=other"] },
    }));
    const before = await device.meter();
    for (let i = 0; i < 20; i++)
      peer.say({ respond: { answers: [...strangers, ...member("192.168.1.9", 120).answers] } });
    await until(() => page.messages.at(-1).members[2]?.ipv4 === "192.168.1.9", "the member behind the others");
    assert.deepEqual(page.messages.at(-1).members[2], { ...stove, ipv4: "192.168.1.9" });
    await delay(200);
    const cost = (await device.meter()) - before;
    assert.ok(cost < 2_000_000, `${cost} byte codes`);
  } finally {
    page.close();
  }
});

test("a member that is not heard of for a minute is gone", { skip }, async () => {
  const [, second] = devices;
  const page = connect(network.router, `wss://${FIRST}/`, "lws-group");
  try {
    await until(() => page.messages.at(-1)?.members.length === 2, "the second member");
    await second.powerOff();
    const gone = Date.now();
    await until(() => page.messages.at(-1).members.length === 1, "its end", 70_000 / HURRY);
    const took = (Date.now() - gone) * HURRY;
    assert.ok(took > 50_000, `${took} ms`);
  } finally {
    page.close();
  }
});

test("in setup both networks hear of the unit, each with its own address; a new name takes the old one back", {
  skip,
}, async () => {
  const { device, phone } = unit("192.168.1.60", "240AC4000005", {}, "factory");
  const beside = new Peer(phone, "192.168.4.2");
  await beside.next((heard) => heard.port === 0, 0);
  try {
    const mark = peer.mark();
    await device.powerOn(["--button", "down"]);
    const near = await beside.next(says("192.168.4.1", "A", "lws-000005.local"), 0, 15_000);
    assert.equal(answersOf(near.packet, "A")[0].data, "192.168.4.1");
    const far = await peer.next(says("192.168.1.60", "A", "lws-000005.local"), mark, 15_000);
    assert.equal(answersOf(far.packet, "A")[0].data, "192.168.1.60");
    const later = beside.mark();
    beside.raw(query("lws-000005.local", 1, { flags: 0, dnsClass: 0x8001 }));
    const direct = await beside.next(says("192.168.4.1", "A", "lws-000005.local"), later);
    assert.equal(direct.packet.questions?.length ?? 0, 0);
    const renamed = beside.mark();
    const page = connect(phone, "wss://192.168.4.1/", "esplws-scan", '{"group":"attic"}', '{"role":"lamp"}');
    const isGone = (/** @type {Heard} */ { packet }) => answersOf(packet, "A", "lws-000005.local")[0]?.ttl === 0;
    const goodbye = await beside.next(isGone, renamed);
    assert.ok(goodbye.packet.answers.length > 1);
    for (const { name, ttl } of goodbye.packet.answers) assert.equal(ttl, 0, name);
    await beside.next(says("192.168.4.1", "A", "attic-lamp.local"), renamed);
    page.close();
    // Before it restarts it takes everything back, on both networks.
    const marks = [beside.mark(), peer.mark()];
    const last = connect(phone, "wss://192.168.4.1/", "esplws-scan", '{"reset":"1"}');
    for (const [at, [who, from]] of /** @type {const} */ ([
      [beside, "192.168.4.1"],
      [peer, "192.168.1.60"],
    ]).entries()) {
      const isLast = (/** @type {Heard} */ heard) =>
        heard.from === from && answersOf(heard.packet, "A", "attic-lamp.local")[0]?.ttl === 0;
      const { packet, time } = await who.next(isLast, marks[at]);
      for (const { name, ttl } of packet.answers) assert.equal(ttl, 0, name);
      await delay(400);
      const after = who.heard.slice(marks[at]).filter((heard) => heard.from === from && heard.time > time);
      // What it asks then is asked by the next start.
      assert.equal(after.filter(({ packet: { type } }) => type === "response").length, 0, "and says nothing more");
    }
    last.close();
  } finally {
    beside.close();
  }
  assert.deepEqual(
    devices.flatMap((each) => each.lines.filter((line) => line.startsWith("E "))),
    [],
  );
});
