// @ts-check
/** The mirror with real clients: who gets what, who is refused, who holds the others up and for how long. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { Raw } from "../lib/raw.mjs";
import { startServices } from "../lib/services.mjs";
import { settled } from "../lib/settle.mjs";
import { frame, handshake, TEXT, WsRaw } from "../lib/ws.mjs";

const PROTOCOL = "lws-mirror-protocol";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {string} */ let url;
before(async () => {
  ({ device, url } = await startServices());
});
after(() => device?.close());

/** A member that keeps what it receives. */
class Member {
  /** @type {{ text: string, binary: boolean }[]} */ messages = [];
  /** @type {{ code: number, reason: string } | undefined} */ closed;
  #wake = () => {};

  /** @param {string | undefined} name */
  constructor(name) {
    const query = name === undefined ? "" : `?mirror=${encodeURIComponent(name)}`;
    this.socket = new WebSocket(`${url.replace("http", "ws")}/any/path${query}`, PROTOCOL);
    this.socket.on("message", (data, binary) => {
      this.messages.push({ text: String(data), binary });
      this.#wake();
    });
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#wake();
    });
    this.socket.on("error", () => {});
  }

  /** @param {string} [name] */
  static async join(name) {
    const member = new Member(name);
    await once(member.socket, "open");
    return member;
  }

  /** @param {() => boolean} ready @param {string} what */
  async until(ready, what) {
    const end = Date.now() + 15_000;
    while (!ready()) {
      if (Date.now() > end) throw new Error(`no ${what}; ${this.messages.length} messages`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }

  /** @param {number} count */
  async received(count) {
    await this.until(() => this.messages.length >= count, `${count} messages`);
    return this.messages.map(({ text }) => text);
  }

  async leave() {
    this.socket.close();
    if (!this.closed) await this.until(() => this.closed !== undefined, "close");
  }
}

/** A member that reads nothing after its handshake. @param {string} name */
async function deaf(name) {
  const raw = await Raw.open(url);
  raw.socket.pause();
  raw.write(handshake({ Host: "services", "Sec-WebSocket-Protocol": PROTOCOL }, `GET /?mirror=${name} HTTP/1.1`));
  await delay(100);
  return raw;
}

test("every member gets each message as it was sent, the sender too", async () => {
  const members = [await Member.join(), await Member.join(), await Member.join("")];
  members[0].socket.send("d #000000 1 2 3 4;");
  members[1].socket.send("c #ff0000 50 50 10;ä€\u{1f642}");
  members[2].socket.send(Buffer.from([0, 255, 1]));
  for (const member of members) {
    await member.received(3);
    const sorted = member.messages.map(({ text, binary }) => `${binary} ${text}`).sort();
    assert.deepEqual(sorted, [
      "false c #ff0000 50 50 10;ä€\u{1f642}",
      "false d #000000 1 2 3 4;",
      `true ${Buffer.from([0, 255, 1])}`,
    ]);
    await member.leave();
  }
});

test("a message in fragments is mirrored whole", async () => {
  const reader = await Member.join("f");
  const raw = await Raw.open(url);
  await raw
    .write(handshake({ Host: "services", "Sec-WebSocket-Protocol": PROTOCOL }, "GET /?mirror=f HTTP/1.1"))
    .response();
  raw.write(Buffer.concat([frame(TEXT, "one ", { fin: false }), frame(0, "two ", { fin: false }), frame(0, "three")]));
  assert.deepEqual(await reader.received(1), ["one two three"]);
  await new WsRaw(raw).expect(TEXT, "one two three");
  raw.close();
  await reader.leave();
});

test("a message of 4096 bytes goes round, a longer one ends in 1009", async () => {
  const [sender, reader] = [await Member.join("big"), await Member.join("big")];
  sender.socket.send("x".repeat(4096));
  assert.equal((await reader.received(1))[0].length, 4096);
  sender.socket.send("x".repeat(4097));
  await sender.until(() => sender.closed !== undefined, "close");
  assert.equal(sender.closed?.code, 1009);
  assert.equal(reader.messages.length, 1);
  await reader.leave();
});

test("three mirrors, apart from each other; a fourth is refused until one is empty", async () => {
  const names = ["", "a", "28 characters ~~~~~~~~~~~~~~"];
  const members = await Promise.all(names.map((name) => Member.join(name)));
  const fourth = await Member.join("d");
  await fourth.until(() => fourth.closed !== undefined, "close");
  assert.equal(fourth.closed?.code, 1013);
  const again = await Member.join(names[2]);
  members[2].socket.send("only here");
  await again.received(1);
  await members[2].received(1);
  assert.equal(members[0].messages.length + members[1].messages.length, 0);
  await members[1].leave();
  const fifth = await Member.join("d");
  fifth.socket.send("in");
  await fifth.received(1);
  for (const member of [members[0], members[2], again, fifth]) await member.leave();
});

test("a name of more than 28 characters is refused", async () => {
  const member = new Member("x".repeat(29));
  const [, response] = await once(member.socket, "unexpected-response");
  assert.equal(response.statusCode, 403);
  response.destroy();
  const umlauts = await Member.join("ä".repeat(28));
  await umlauts.leave();
});

test("order is kept, and nothing is lost, with more messages than the ring holds", { timeout: 60_000 }, async () => {
  const members = [await Member.join("flood"), await Member.join("flood"), await Member.join("flood")];
  const total = 600;
  for (let i = 0; i < total; i++) members[0].socket.send(`${i} ${"x".repeat(i % 200)}`);
  for (const member of members) {
    const texts = await member.received(total);
    assert.deepEqual(
      texts.map((text) => Number.parseInt(text, 10)),
      Array.from({ length: total }, (_, i) => i),
    );
  }
  for (const member of members) await member.leave();
});

test("who does not read is dropped after three seconds, and meanwhile costs no memory", {
  timeout: 60_000,
}, async () => {
  const empty = await settled(device);
  const stuck = await deaf("slow");
  const sender = await Member.join("slow");
  const message = "x".repeat(4000);
  const total = 60;
  const start = Date.now();
  for (let i = 0; i < total; i++) sender.socket.send(message);
  await delay(1500);
  const held = await device.figures();
  assert.ok(held.chunks - empty.chunks < 48_000, `${held.chunks - empty.chunks} bytes held`);
  assert.ok(sender.messages.length < total, "the sender is held back");
  await sender.received(total);
  const took = Date.now() - start;
  assert.ok(took > 2800 && took < 9000, `${took} ms`);
  assert.equal(stuck.ending === "end", false);
  stuck.close(true);
  await sender.leave();
  const now = await settled(device);
  assert.ok(now.slots + now.chunks <= empty.slots + empty.chunks + 512, `${JSON.stringify([empty, now])}`);
});

test("who joins late gets what others have still to take", { timeout: 30_000 }, async () => {
  const stuck = await deaf("late");
  const sender = await Member.join("late");
  const total = 80;
  for (let i = 0; i < total; i++) sender.socket.send(`${i} ${"x".repeat(3900)}`);
  await sender.until(() => sender.messages.length >= 2, "own messages");
  await delay(300);
  const late = await Member.join("late");
  const [first] = await late.received(1);
  assert.ok(Number.parseInt(first, 10) < sender.messages.length + 4, first);
  await late.until(() => late.messages.at(-1)?.text.startsWith(`${total - 1} `) === true, "the last message");
  const numbers = late.messages.map(({ text }) => Number.parseInt(text, 10));
  assert.deepEqual(
    numbers,
    Array.from({ length: total - numbers[0] }, (_, i) => i + numbers[0]),
    "without a gap",
  );
  stuck.close(true);
  await late.leave();
  await sender.leave();
});
