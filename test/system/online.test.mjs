// @ts-check
/** How a unit rises through its states: with a network, past a captive portal, with the time; and what waits for that. The image is test/images/online. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Device } from "../../tools/lib/device.mjs";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { bssid } from "../lib/air.mjs";
import { ownPair } from "../lib/certificates.mjs";
import { NameServer } from "../lib/name-server.mjs";
import { NvsWriter, SETTINGS, settingsWith } from "../lib/nvs.mjs";
import { Origins } from "../lib/origins.mjs";
import { Pki } from "../lib/pki.mjs";
import { accessPoint, OPEN, PLAIN } from "../lib/radio.mjs";
import { ScanClient } from "../lib/scan-client.mjs";
import { TimeServer } from "../lib/time-server.mjs";
import { FOLDER, imageOf, UpdateServer } from "../lib/update-server.mjs";

/** @typedef {import("node:http").IncomingMessage} Request @typedef {import("node:http").ServerResponse} Response */
/** @typedef {{ state: string, verdict: string, streams: number, heard: string[] }} Told */

const POOL = "pool.ntp.org";
const CLOCK = "192.0.2.123";
/** The states of a system without the time, and with it. */
const BEFORE = ["INITIALIZED", "IFACE_COLDPLUG", "DHCP", "CPD_PRE_TIME"];
const AFTER = [
  ...["TIME_VALID", "CPD_POST_TIME", "POLICY_VALID", "REGISTERED", "AUTH1", "AUTH2", "ONE_TIME_UPDATES"],
  "OPERATIONAL",
];
/** The time of devices runs so many times faster than ours. */
const FAST = ["--speed", "8"];
const GATEWAY = "172.16.8.1";

const pki = new Pki();
const root = pki.make({ name: "root", authority: true });
const origins = new Origins();
/** One for each network: where an answer comes from tells them apart. @type {NameServer} */ let names;
/** @type {NameServer} */ let others;
/** @type {TimeServer} */ let clock;
/** Where it is found out whether there is internet; and everything else. */
let [portal, server, secure] = [0, 0, 0];
/** What has come there. @type {string[]} */ const requests = [];
/** What answers where the internet is looked for. @type {(response: Response) => void} */ let answer = online;

/** @param {Response} response */
function online(response) {
  response.writeHead(204).end();
}
/** @param {Response} response */
function captive(response) {
  response.writeHead(302, { Location: "http://login.example/" }).end();
}

before(async () => {
  [names, others, clock] = await Promise.all([NameServer.start(), NameServer.start(), TimeServer.start()]);
  for (const each of [names, others]) each.names.set("portal.example", ["127.0.0.1"]).set(POOL, [CLOCK]);
  portal = await origins.http(({ url }, response) => {
    requests.push(`portal ${url}`);
    answer(response);
  });
  secure = await origins.http(
    ({ url }, response) => {
      requests.push(`secure ${url}`);
      response.end("hello");
    },
    pki.make({ name: "localhost", names: ["DNS:localhost"] }, root),
  );
  server = await origins.http(serve);
});
after(() => {
  origins.close();
  names?.close();
  others?.close();
  clock?.close();
  pki.close();
});
beforeEach(() => {
  answer = online;
  requests.length = clock.questions.length = 0;
  tokens = 0;
});

let tokens = 0;
/** A service that gives out tokens, and takes only the last one. @param {Request} request @param {Response} response */
function serve(request, response) {
  const { url, method, headers } = request;
  let body = "";
  request.on("data", (data) => {
    body += data;
  });
  request.on("end", () => {
    requests.push([method, url, headers.authorization ?? headers["x-serial"], body].filter(Boolean).join(" "));
    if (url === "/token") response.end(JSON.stringify({ access_token: `t${++tokens}`, expires_in: 3600 }));
    else response.writeHead(headers.authorization === `Bearer t${tokens}` ? 200 : 401).end("data");
  });
}

class OnlineDevice extends Device {
  /** @type {string[]} */ heard = [];

  /** @param {{ factory?: string, portal?: string, more?: Record<string, string | Buffer> }} [wanted] more: settings */
  constructor({ factory, portal: url = `http://portal.example:${portal}/online`, more = {} } = {}) {
    super({
      ...(factory ? { factory } : { factory: null, ota_0: "online" }),
      air: accessPoint(OPEN, 1),
      args: [...names.switchFor(OPEN), ...others.switchFor(PLAIN), ...clock.switchFor(CLOCK), ...FAST],
    });
    const writer = new NvsWriter().add(SETTINGS, "update-ca", Buffer.from(root.cert));
    if (url) writer.add(SETTINGS, "cpd-url", url);
    writer.add(SETTINGS, "opts", `localhost:${server}`).add(SETTINGS, "serial", "A1");
    for (const [key, value] of Object.entries(more)) writer.add(SETTINGS, key, value);
    rewritePartition(this.flashFile, "nvs", settingsWith([OPEN, PLAIN], writer));
  }

  /** @param {string} [what] @returns {Promise<Told>} */
  async tell(what = "") {
    const reply = await fetch(`${this.apUrl(80)}/${what}`, { headers: { Connection: "close" } });
    const said = /** @type {Told} */ (await reply.json());
    this.heard.push(...said.heard);
    return said;
  }

  /** Waits until all of `what` was heard, in any order; resolves with all that was, from the last time on. @param {string[]} what */
  async until(...what) {
    for (const since = Date.now(); !what.every((each) => this.heard.includes(each)); await delay(10)) {
      await this.tell();
      assert.ok(Date.now() - since < 8000, `no ${what.join(" and ")}: ${this.heard.join(", ")}\n${this.tail(20)}`);
    }
    return this.heard.splice(0);
  }
}

/** @param {(device: OnlineDevice) => Promise<void>} work @param {ConstructorParameters<typeof OnlineDevice>[0]} [wanted] */
async function withUnit(work, wanted) {
  const device = new OnlineDevice(wanted);
  try {
    await device.powerOn();
    await device.waitForAddress("access point");
    await work(device);
  } finally {
    await device.close();
  }
}

/** What was heard of the system; streams left out. @param {string[]} heard */
const ofSystem = (heard) =>
  heard.filter((each) => BEFORE.includes(each) || AFTER.includes(each) || /^route|^ok|^captive|^no /.test(each));

test("with internet a unit gets the time and rises, one state after the other; streams by TLS begin then", async () => {
  await withUnit(async (device) => {
    await device.tell(`get/secure?localhost:${secure}`);
    const heard = await device.until("OPERATIONAL", "QOS_ACK_REMOTE");
    assert.deepEqual(ofSystem(heard), [...BEFORE.slice(0, 2), `route ${GATEWAY}`, ...BEFORE.slice(2), "ok", ...AFTER]);
    assert.ok(!heard.slice(0, heard.indexOf("TIME_VALID")).includes("CONNECTING"), "nobody is dialled by TLS before");
    assert.deepEqual(requests, ["portal /online", "secure /secure"]);
    assert.equal(clock.questions.length, 1);
    const { state, verdict, streams } = await device.tell();
    assert.deepEqual([state, verdict, streams], ["OPERATIONAL", "ok", 0]);
  });
});

test("behind a captive portal neither time nor TLS is tried, until somebody has logged in and it is looked again", async () => {
  answer = captive;
  await withUnit(async (device) => {
    await device.tell(`get/secure?localhost:${secure}`);
    await device.until("captive");
    await delay(100);
    const { state, verdict, heard } = await device.tell();
    assert.deepEqual([state, verdict, heard], ["CPD_PRE_TIME", "captive", []]);
    assert.deepEqual([requests, clock.questions.length], [["portal /online"], 0]);
    await device.tell("check");
    assert.deepEqual(ofSystem(await device.until("captive")), ["captive"], "as it was");
    answer = online;
    await device.tell("check");
    assert.deepEqual(ofSystem(await device.until("OPERATIONAL", "QOS_ACK_REMOTE")), ["ok", ...AFTER]);
    assert.deepEqual(requests.slice(-2), ["portal /online", "secure /secure"]);
  });
});

test("another router is another network, and is looked at anew", async () => {
  await withUnit(async (device) => {
    await device.until("OPERATIONAL");
    answer = captive;
    await device.control(`air set ${accessPoint(PLAIN, 2)}`);
    await device.control(`air remove ${bssid(1)}`);
    const heard = await device.until("captive");
    assert.deepEqual(ofSystem(heard), ["route ", "route 192.168.1.1", "captive"]);
    assert.equal((await device.tell()).state, "OPERATIONAL", "what was reached is kept");
  });
});

test("where nobody answers there is no internet: a time server may be there all the same", async () => {
  await withUnit(
    async (device) => {
      const heard = ofSystem(await device.until("OPERATIONAL"));
      assert.deepEqual(heard.slice(-AFTER.length - 1), ["no internet", ...AFTER]);
    },
    { portal: "http://portal.example:9/online" },
  );
});

test("a detection takes 3 s at most", async () => {
  answer = () => {};
  await withUnit(async (device) => {
    await device.waitForLine(/cpd: no internet/);
    const at = (/** @type {RegExp} */ line) =>
      Number(/\((\d+)\)/.exec(device.lines.find((each) => line.test(each)) ?? "")?.[1]);
    const took = at(/cpd: no internet/) - at(/wifi: joined/);
    assert.ok(took >= 3000 && took < 4500, `${took} ms`);
  });
});

test("where no address is set nobody is asked, and nothing waits", async () => {
  await withUnit(
    async (device) => {
      const heard = ofSystem(await device.until("OPERATIONAL"));
      assert.deepEqual(heard.slice(-AFTER.length - 1), ["CPD_PRE_TIME", ...AFTER]);
      assert.deepEqual(requests, []);
    },
    { portal: "" },
  );
});

test("behind a captive portal setup asks for no update, and its page says why", async () => {
  const updates = await UpdateServer.start(pki.make({ name: "localhost" }, root));
  updates.offer({ app: imageOf("echo", "9.1.0") });
  answer = captive;
  const url = `https://localhost:${updates.port}${FOLDER}`;
  const device = new OnlineDevice({ factory: "factory", more: { "update-url": url, "ap-self.pair": ownPair() } });
  try {
    await device.powerOn(["--button", "down"]);
    const page = await ScanClient.open(new URL(await device.waitForAddress("access point", "https")).origin);
    const first = await page.next(({ cpd }) => cpd === "captive");
    assert.deepEqual([first.join?.state, first.latest.state], ["joined", "waiting"]);
    assert.deepEqual([clock.questions, updates.requests], [[], []]);
    answer = online;
    await device.control(`air set ${accessPoint(PLAIN, 2)}`);
    await device.control(`air remove ${bssid(1)}`);
    await page.next(({ cpd }) => cpd === "ok");
    const { latest } = await page.next(({ latest }) => latest?.state === "fresh", page.send({ check: "1" }));
    assert.equal(latest.app.version, "9.1.0");
    page.close();
  } finally {
    await device.close();
    updates.close();
  }
});

test("a stream with use_auth has its token fetched, and a new one when that is refused", async () => {
  await withUnit(async (device) => {
    await device.until("OPERATIONAL");
    requests.length = 0;
    await device.tell(`get/data?localhost:${server}`);
    await device.until("QOS_ACK_REMOTE");
    const asked = "POST /token A1 grant_type=client_credentials";
    assert.deepEqual(requests, [asked, "GET /data Bearer t1"]);
    await device.tell(`get/data?localhost:${server}`);
    await device.until("QOS_ACK_REMOTE");
    assert.deepEqual(requests.slice(2), ["GET /data Bearer t1"], "it is kept");
    // The service forgets it.
    tokens++;
    requests.length = 0;
    await device.tell(`get/data?localhost:${server}`);
    const heard = await device.until("AUTH_FAILED", "DISCONNECTED");
    assert.ok(heard.includes("status 401"), heard.join());
    await device.tell(`get/data?localhost:${server}`);
    await device.until("QOS_ACK_REMOTE");
    assert.deepEqual(requests, ["GET /data Bearer t1", asked, "GET /data Bearer t3"]);
  });
});
