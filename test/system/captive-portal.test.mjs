// @ts-check
/** What a phone or a computer sees that joins the access point and looks for the Internet: names, and the addresses that each system asks. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Device } from "../../tools/lib/device.mjs";
import { Asker, name, query, words } from "../lib/dns.mjs";
import { request } from "../lib/files.mjs";
import { ScanClient } from "../lib/scan-client.mjs";

const AIR =
  "ap ssid=home bssid=02:00:00:00:00:01 channel=6 rssi=-50 security=open address=192.168.1.50 mask=255.255.255.0 gateway=192.168.1.1 dns=192.168.1.1";
const PORTAL = "http://192.168.4.1/portal";

/** What each system asks, and what it takes for Internet. @type {[string, string, string, number, string | RegExp][]} */
const PROBES = [
  ["Android", "connectivitycheck.gstatic.com", "/generate_204", 204, ""],
  ["Android, second address", "www.google.com", "/gen_204", 204, ""],
  ["iOS and macOS", "captive.apple.com", "/hotspot-detect.html", 200, /<BODY>Success<\/BODY>/],
  ["older iOS", "www.apple.com", "/library/test/success.html", 200, /<TITLE>Success<\/TITLE>/],
  ["Windows 10 and 11", "www.msftconnecttest.com", "/connecttest.txt", 200, "Microsoft Connect Test"],
  ["Windows 7 and 8", "www.msftncsi.com", "/ncsi.txt", 200, "Microsoft NCSI"],
  ["Firefox", "detectportal.firefox.com", "/success.txt?ipv4", 200, "success\n"],
  ["Firefox, page", "detectportal.firefox.com", "/canonical.html", 200, /url=https:\/\/support\.mozilla\.org/],
  ["NetworkManager", "nmcheck.gnome.org", "/check_network_status.txt", 200, "NetworkManager is online\n"],
];

/** @type {Device} */ let device;
/** @type {Asker} */ let asker;
let http = "";

before(async () => {
  device = new Device({ air: AIR });
  await device.powerOn();
  http = (await device.waitForAddress("access point")).replace(/\/$/, "");
  await device.waitForAddress("access point", "https");
  asker = new Asker(device.apAddress, device.portBase + 53);
});
after(async () => {
  asker?.close();
  await device?.close();
});

for (const [system, host, path] of PROBES) {
  test(`${system} is led to the plain page instead of ${host}${path}`, async () => {
    const response = await request(http, `GET ${path}`, `Host: ${host}`);
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), PORTAL);
    assert.equal(response.headers.get("cache-control"), "no-store");
  });
}

test("Windows' redirect, and any other name, too, with the port that was asked for", async () => {
  for (const [host, path, location] of [
    ["www.msftconnecttest.com", "/redirect", PORTAL],
    ["example.com", "/", PORTAL],
    [`example.com:${device.portBase + 80}`, "/a?b", `http://192.168.4.1:${device.portBase + 80}/portal`],
    ["lws-000002.local", "/", PORTAL],
    ["192.168.4.1.example.com", "/", PORTAL],
  ]) {
    const response = await request(http, `GET ${path}`, `Host: ${host}`);
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), location);
  }
});

test("the plain page names the address that opens in a browser, and needs no certificate itself", async () => {
  const response = await request(http, "GET /portal", "Host: 192.168.4.1");
  assert.equal(response.status, 200);
  assert.match(String(response.body), /<b>https:\/\/192\.168\.4\.1\/<\/b>/);
  assert.match(String(response.headers.get("content-type")), /^text\/html/);
});

for (const host of ["192.168.4.1", "LWS-000001", "lws-000001.local"]) {
  test(`as ${host} the unit itself is meant: port 80 leads to the setup page`, async () => {
    const response = await request(http, "GET /x", `Host: ${host}`);
    assert.equal(response.status, 307);
    assert.equal(response.headers.get("location"), `https://${host.toLowerCase()}/x`);
  });
}

test("who has gone on gets what each system takes for Internet, and all else leads to the page still", async () => {
  const page = await request(http, "GET /portal/open", "Host: 192.168.4.1");
  assert.match(String(page.body), /href="https:\/\/192\.168\.4\.1\/"/);
  for (const [system, host, path, status, body] of PROBES) {
    const response = await request(http, `GET ${path}`, `Host: ${host}`);
    assert.equal(response.status, status, system);
    if (typeof body === "string") assert.equal(String(response.body ?? ""), body, system);
    else assert.match(String(response.body), body, system);
  }
  assert.equal((await request(http, "GET /", "Host: example.com")).headers.get("location"), PORTAL);
});

test("every name has the address of the access point, for a short time", async () => {
  for (const host of ["captive.apple.com", "CONNECTIVITYCHECK.gstatic.com", "a", "x".repeat(63), ""]) {
    const answer = await asker.ask(query(host));
    assert.ok(answer, host);
    const question = query(host).subarray(12);
    assert.deepEqual(answer.subarray(0, 12), words(0x1234, 0x8180, 1, 1, 0, 0));
    assert.deepEqual(answer.subarray(12, 12 + question.length), question);
    const record = answer.subarray(12 + question.length);
    assert.deepEqual(record, Buffer.concat([words(0xc00c, 1, 1, 0, 5, 4), Buffer.from([192, 168, 4, 1])]));
  }
});

test("other types have no records, other classes and kinds of questions are refused", async () => {
  for (const type of [28, 65, 12, 16, 33, 6]) {
    const answer = await asker.ask(query("example.com", type));
    assert.deepEqual(answer?.subarray(0, 12), words(0x1234, 0x8180, 1, 0, 0, 0));
  }
  assert.deepEqual(await asker.ask(query("a", 1, { dnsClass: 3 })), words(0x1234, 0x8185, 0, 0, 0, 0));
  assert.deepEqual(await asker.ask(query("a", 1, { flags: 0x2900 })), words(0x1234, 0xa984, 0, 0, 0, 0));
});

test("an extension record may follow the question", async () => {
  const opt = Buffer.concat([Buffer.from([0]), words(41, 1232, 0, 0, 0)]);
  const answer = await asker.ask(Buffer.concat([query("a.b", 1, { counts: [1, 0, 0, 1] }), opt]));
  assert.deepEqual(answer?.subarray(0, 12), words(0x1234, 0x8180, 1, 1, 0, 0));
});

test("what is malformed is called so", async () => {
  const head = query("a").subarray(0, 12);
  for (const bad of [
    head,
    Buffer.concat([head, Buffer.from([0xc0, 0x0c]), words(1, 1)]),
    Buffer.concat([head, Buffer.from([1, 0x61, 0xc0, 0x0c]), words(1, 1)]),
    Buffer.concat([head, Buffer.from([0xc0, 0xff]), words(1, 1)]),
    Buffer.concat([head, Buffer.from([0x40, 0x61]), words(1, 1)]),
    Buffer.concat([head, Buffer.from([63, 0x61])]),
    Buffer.concat([head, name(`${"x".repeat(60)}.`.repeat(5)), words(1, 1)]),
    Buffer.concat([head, name("a"), words(1)]),
    query("a", 1, { counts: [2, 0, 0, 0] }),
    query("a", 1, { counts: [0, 0, 0, 0] }),
    query("a", 1, { counts: [0xffff, 0xffff, 0xffff, 0xffff] }),
    Buffer.concat([query("a"), Buffer.alloc(1300)]),
  ])
    assert.deepEqual(await asker.ask(bad), words(0x1234, 0x8181, 0, 0, 0, 0));
});

test("responses and pieces of headers are not answered", async () => {
  for (const bad of [query("a", 1, { flags: 0x8100 }), Buffer.alloc(0), Buffer.alloc(11), query("a").subarray(0, 11)])
    assert.equal(await asker.ask(bad, 100), undefined);
  assert.ok(await asker.ask(query("a")));
});

test("in the network that the unit joins it is no name server and no portal", async () => {
  const client = await ScanClient.open(device.apUrl(443, "https"));
  client.send({ ssid0: "home", pw0: "", slot: "0" });
  await device.waitForAddress("station");
  client.close();
  const station = new Asker(device.staAddress, device.portBase + 53);
  try {
    assert.equal(await station.ask(query("a"), 200), undefined);
  } finally {
    station.close();
  }
  const response = await request(device.staUrl(), "GET /generate_204", "Host: connectivitycheck.gstatic.com");
  assert.equal(response.status, 307);
  assert.ok(await asker.ask(query("a")), "but it still is one in its own");
});

test("the code for joining is on the console and a picture, and means the unit's network", async () => {
  assert.match(device.lines.join("\n"), /join: [ █▀▄]{29,}/);
  const response = await request(device.apUrl(443, "https"), "GET /join.svg", "Host: 192.168.4.1");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "image/svg+xml");
  const svg = String(response.body);
  const [, side] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? [];
  assert.match(svg, /^<svg .*<path d="(M\d+ \d+h\d+v1H\d+z)+"\/><\/svg>\n$/);
  // The finder pattern at the top left (ISO/IEC 18004).
  assert.match(svg, /d="M4 4h7v1H4z/);
  assert.ok(Number(side) >= 29 && (Number(side) - 8 - 17) % 4 === 0, side);
});

test("after all that nothing has failed", async () => {
  assert.equal((await device.figures()).boots, 1);
  assert.deepEqual(
    device.lines.filter((line) => line.startsWith("E ")),
    [],
  );
});
