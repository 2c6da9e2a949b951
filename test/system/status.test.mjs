// @ts-check
/** What the status protocols tell: who is connected, and the state of the server. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { startServices } from "../lib/services.mjs";
import { settled } from "../lib/settle.mjs";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {string} */ let url;
before(async () => {
  ({ device, url } = await startServices());
});
after(() => device?.close());

/** A client and its messages. */
class Client {
  /** @type {any[]} */ messages = [];
  /** @param {WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => this.messages.push(JSON.parse(String(data))));
  }
  /** @param {string} protocol @param {string} [agent] */
  static async open(protocol, agent) {
    const headers = agent === undefined ? {} : { "User-Agent": agent };
    const client = new Client(new WebSocket(`${url.replace("http", "ws")}/`, protocol, { headers }));
    await once(client.socket, "open");
    return client;
  }
  /** Resolves with the first message that fits, old or to come. @param {(message: any) => boolean} fits */
  async message(fits) {
    const end = Date.now() + 10_000;
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      if (Date.now() > end) throw new Error(`no such message among ${JSON.stringify(this.messages).slice(-1000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  async close() {
    this.socket.close();
    await once(this.socket, "close");
  }
}

test("lws-status names every connection, newest first, and counts them", async () => {
  await device.control(`clock ${1_750_000_000}`);
  const first = await Client.open("lws-status", 'first "quoted" \\ <b>');
  const alone = await first.message(({ conns }) => conns.length === 1);
  const { time, ...rest } = alone.conns[0];
  assert.deepEqual(rest, { peer: "127.0.0.1", ua: 'first "quoted" \\ <b>' });
  assert.ok(Math.abs(Number(time) - 1_750_000_000) < 60, time);
  assert.deepEqual(
    { ...alone, conns: [] },
    { version: 'v"1"', wss_over_h2: "0", hostname: "<services>", wsi: "1", conns: [] },
  );
  const second = await Client.open("lws-status", "x".repeat(300));
  for (const client of [first, second]) {
    const { conns, wsi } = await client.message((each) => each.conns.length === 2);
    assert.equal(wsi, "2");
    assert.equal(conns[0].ua, "x".repeat(255), "newest first, 255 characters of it");
  }
  const third = await Client.open("lws-status");
  const { conns } = await third.message((each) => each.conns.length === 3);
  assert.equal(conns[0].ua, "");
  first.messages.length = 0;
  await second.close();
  const less = await first.message((each) => each.wsi === "2" && each.conns.length === 2);
  assert.deepEqual(
    less.conns.map((/** @type {{ ua: string }} */ each) => each.ua),
    ["", 'first "quoted" \\ <b>'],
  );
  await third.close();
  await first.message((each) => each.wsi === "1" && each.conns.length === 1);
  await first.close();
});

test("what clients send is ignored", async () => {
  const client = await Client.open("lws-status");
  for (const data of ["hello", "x".repeat(50_000), Buffer.alloc(3)]) client.socket.send(data);
  const other = await Client.open("lws-status");
  await client.message((each) => each.conns.length === 2);
  await other.close();
  await client.close();
});

test("comings and goings in the middle of messages leave every message well-formed", async () => {
  const watcher = await Client.open("lws-status");
  for (let round = 0; round < 6; round++) {
    const some = await Promise.all([1, 2, 3, 4].map(() => Client.open("lws-status", `round ${round}`)));
    await Promise.all(some.map((each) => each.close()));
  }
  watcher.messages.length = 0;
  const last = await Client.open("lws-status", "last");
  const { wsi } = await watcher.message(({ conns }) => conns.length === 2 && conns[0].ua === "last");
  assert.equal(wsi, "2");
  await last.close();
  await watcher.close();
});

test("lws-server-status repeats the state of the server", async () => {
  const start = Date.now();
  const client = await Client.open("lws-server-status");
  await client.message(() => client.messages.length >= 3);
  const took = Date.now() - start;
  assert.ok(took >= 350 && took < 3000, `three messages in ${took} ms`);
  const { i, files } = client.messages[2];
  assert.deepEqual(files, [{ path: "www/sample.txt", val: 'a sample\twith a "quote"\n' }]);
  const [context] = i.contexts;
  assert.equal(context.wsi_alive, "2", "this connection, and the socket for datagrams");
  const [vhost] = context.vhosts;
  assert.equal(vhost.name, "services");
  assert.ok(
    vhost.mounts.some((/** @type {any} */ each) => each.mountpoint === "/who" && each.origin === "callback://who"),
  );
  assert.ok(vhost.mounts.some((/** @type {any} */ each) => each.mountpoint === "/" && each.origin === "file://www"));
  assert.deepEqual(vhost["ws-protocols"][0], { "lws-echo": { status: "ok" } });
  for (const value of [i.uptime, context.context_uptime, context.pt_fd_max]) assert.match(value, /^\d+$/);
  await client.close();
});

test("clients leave nothing behind", async () => {
  const before = await settled(device);
  for (let round = 0; round < 3; round++) {
    for (const protocol of ["lws-status", "lws-server-status"]) {
      const client = await Client.open(protocol, "agent");
      await client.message(() => true);
      await client.close();
    }
  }
  const now = await settled(device);
  assert.ok(now.slots + now.chunks <= before.slots + before.chunks + 512, JSON.stringify([before, now]));
});
