// @ts-check
/** Names into addresses, against a name server that is not always what it should be. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AUTHORITATIVE_ANSWER, decode, encode, TRUNCATED_RESPONSE } from "dns-packet";
import { Attackers } from "../lib/attack.mjs";
import { NETWORK, startClient } from "../lib/client.mjs";
import { addresses, alias, NameServer } from "../lib/name-server.mjs";
import { settled } from "../lib/settle.mjs";

/** @type {import("../../tools/lib/device.mjs").Device} */ let device;
/** @type {NameServer} */ let server;

before(async () => {
  server = await NameServer.start();
  device = await startClient(server.switchFor(NETWORK));
});
after(async () => {
  await device?.close();
  server?.close();
});
beforeEach(() => {
  server.queries.length = 0;
});

/** What the device makes of a name. @param {string} name @returns {Promise<{ addresses?: string[], error?: string }>} */
async function resolve(name) {
  const answer = await fetch(`${device.apUrl(80)}/resolve/${name}`, { headers: { Connection: "close" } });
  return /** @type {any} */ (answer.json());
}

/** @param {string} name @param {string[]} [list] */
async function found(name, list = ["192.0.2.7"]) {
  assert.deepEqual(await resolve(name), { addresses: list }, name);
}
/** @param {string} name @param {string} [error] */
async function notFound(name, error = "RESOLVE_FAILED") {
  assert.deepEqual(await resolve(name), { error }, name);
}

test("addresses in the order of the answer, four at most, and no address that is none of a host", async () => {
  const list = ["192.0.2.1", "0.0.0.0", "192.0.2.2", "255.255.255.255", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
  server.names.set("many.example", list);
  await found("many.example", ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
  const [query] = server.queries;
  const { flags, questions } = decode(query.raw);
  assert.equal(flags, 0x100, "recursion is desired");
  assert.deepEqual(questions, [{ name: "many.example", type: "A", class: "IN" }]);
});

test("literal addresses, localhost and what is no name need no server", async () => {
  await found("192.0.2.99", ["192.0.2.99"]);
  await found("localhost", ["127.0.0.1"]);
  for (const name of [
    "1.2.3",
    "256.1.1.1",
    "1.2.3.4.5",
    "224.0.0.1",
    "a..b",
    "-a.example",
    `${"a".repeat(64)}.example`,
  ])
    await notFound(name, "RESOLVE_NO_NAME");
  await notFound(`${"a.".repeat(70)}example`, "RESOLVE_NO_NAME");
  assert.equal(server.queries.length, 0);
});

test("no such name is told apart from no address, and both from a server that can't tell", async () => {
  await notFound("absent.example", "RESOLVE_NO_NAME");
  server.names.set("empty.example", (query) => server.answer(query, []));
  await notFound("empty.example", "RESOLVE_NO_NAME");
  for (const rcode of [1, 2, 4, 5]) {
    server.names.set(`r${rcode}.example`, (query) => server.answer(query, [], { rcode }));
    await notFound(`r${rcode}.example`);
  }
  server.names.set("lame.example", (query) => server.answer(query, [], { flags: 0 }));
  await notFound("lame.example");
  server.names.set("own.example", (query) => server.answer(query, [], { flags: AUTHORITATIVE_ANSWER }));
  await notFound("own.example", "RESOLVE_NO_NAME");
});

test("questions for one name at the same time are one, and its answer is kept as long as it says", async () => {
  server.names.set("shared.example", (query) =>
    setTimeout(() => server.answer(query, addresses(query.name, ["192.0.2.7"], 2)), 100),
  );
  await Promise.all(
    ["shared.example", "Shared.Example", "shared.example", "SHARED.example."].map((name) => found(name)),
  );
  await found("shared.example");
  assert.equal(server.queries.length, 1);
  await delay(2100);
  await found("shared.example");
  assert.equal(server.queries.length, 2);
  server.names.set("fleeting.example", (query) => server.answer(query, addresses(query.name, ["192.0.2.7"], 0)));
  await found("fleeting.example");
  await found("fleeting.example");
  assert.equal(server.count("fleeting.example"), 2);
});

test("ten names are kept; the one that was used longest ago makes room", async () => {
  const names = Array.from({ length: 11 }, (_, i) => `n${i}.example`);
  for (const name of names) server.names.set(name, ["192.0.2.7"]);
  for (const name of names.slice(0, 10)) await found(name);
  await found(names[0]);
  await found(names[10]);
  await found(names[0]);
  assert.deepEqual([server.count(names[0]), server.queries.length], [1, 11]);
  await found(names[1]);
  assert.equal(server.count(names[1]), 2);
});

test("aliases: in one answer, in several, up to four", async () => {
  const chain = ["c0.example", "c1.example", "c2.example", "c3.example", "c4.example", "c5.example"];
  const end = chain[4];
  const all = [...chain.slice(0, 4).map((name, i) => alias(name, chain[i + 1], 60)), ...addresses(end, ["192.0.2.7"])];
  server.names.set(chain[0], (query) => server.answer(query, all.toReversed()));
  await found(chain[0]);
  server.names.set("one.example", (query) => server.answer(query, [alias("one.example", "TWO.example", 1)]));
  server.names.set("two.example", ["192.0.2.7"]);
  await found("one.example");
  assert.deepEqual([server.count("one.example"), server.count("two.example")], [1, 1]);
  await delay(1100);
  await found("one.example");
  assert.equal(server.count("one.example"), 2, "an alias runs out with its own time");
  server.names.set("long.example", (query) => server.answer(query, [alias("long.example", chain[0]), ...all]));
  await notFound("long.example");
  server.names.set("circle.example", (query) => server.answer(query, [alias("circle.example", "circle.example")]));
  await notFound("circle.example");
  server.names.set("nowhere.example", (query) =>
    server.answer(query, [alias("nowhere.example", "gone.example")], { rcode: 3 }),
  );
  await notFound("nowhere.example", "RESOLVE_NO_NAME");
  server.names.set("deep.example", (query) =>
    server.answer(query, [alias("deep.example", `${"d".repeat(40)}.${"e".repeat(40)}.example`)]),
  );
  server.names.set(`${"d".repeat(40)}.${"e".repeat(40)}.example`, ["192.0.2.7"]);
  await found("deep.example");
});

test("a lost query is sent again, on a schedule; a late answer counts", async () => {
  /** @type {number[]} */ const times = [];
  server.names.set("lossy.example", (query) => {
    times.push(Date.now());
    if (times.length === 4) server.answer(query, addresses(query.name, ["192.0.2.7"]));
  });
  await found("lossy.example");
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  [300, 500, 700].forEach((least, i) => {
    assert.ok(gaps[i] >= least - 5 && gaps[i] < least * 1.2 + 150, `${gaps}`);
  });
  assert.equal(new Set(server.queries.map(({ id }) => id)).size, 1);
  server.names.set("late.example", (query) =>
    setTimeout(() => server.answer(query, addresses(query.name, ["192.0.2.7"])), 700),
  );
  await found("late.example");
});

test("ids and ports differ from query to query", async () => {
  for (let i = 0; i < 12; i++) {
    server.names.set(`u${i}.example`, ["192.0.2.7"]);
    await found(`u${i}.example`);
  }
  assert.ok(new Set(server.queries.map(({ id }) => id)).size > 9);
  assert.ok(new Set(server.queries.map(({ port }) => port)).size > 6);
});

test("what is no answer to the question changes nothing: another id, port, name, type, and what is malformed", async () => {
  const good = (/** @type {import("../lib/name-server.mjs").Query} */ query) => addresses(query.name, ["192.0.2.7"]);
  const bad = addresses("forged.example", ["198.51.100.66"]);
  server.names.set("forged.example", (query) => {
    for (let i = 1; i < 40; i++) server.answer({ ...query, id: (query.id + i) & 0xffff }, bad);
    server.answer(query, bad, { stranger: true });
    server.answer(query, bad, { questions: [{ type: "AAAA", name: query.name }] });
    server.answer(query, bad, { questions: [{ type: "A", name: "other.example" }] });
    server.answer(query, bad, { questions: [] });
    server.send(
      query,
      encode({ type: "query", id: query.id, questions: [{ type: "A", name: query.name }], answers: bad }),
    );
    setTimeout(() => server.answer(query, good(query)), 100);
  });
  await found("forged.example");
  server.names.set("cut.example", (query) => {
    const whole = Buffer.from(
      encode({
        type: "response",
        id: query.id,
        flags: 0x180,
        questions: [{ type: "A", name: query.name }],
        answers: good(query),
      }),
    );
    for (let length = 0; length < whole.length; length++) server.send(query, whole.subarray(0, length));
    setTimeout(() => server.answer(query, good(query)), 100);
  });
  await found("cut.example");
});

test("answers that say nothing of the name, or lead in circles by compression", async () => {
  server.names.set("aside.example", (query) => server.answer(query, addresses("elsewhere.example", ["192.0.2.66"])));
  await notFound("aside.example", "RESOLVE_NO_NAME");
  for (const [i, pointer] of [0xc00c, 0xc000, 0xffff, 0xc020].entries()) {
    const name = `p${i}.example`;
    server.names.set(name, (query) => {
      const head = Buffer.from(
        encode({ type: "response", id: query.id, flags: 0x180, questions: [{ type: "A", name }] }),
      );
      head.writeUInt16BE(1, 6);
      const record = Buffer.alloc(12);
      record.writeUInt16BE(i === 0 ? 0xc00c : pointer, 0);
      record.writeUInt16BE(5, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(2, 10);
      const target = Buffer.alloc(2);
      target.writeUInt16BE(i === 0 ? 0xc000 + head.length + 12 : pointer);
      server.send(query, Buffer.concat([head, record, target]));
      setTimeout(() => server.answer(query, addresses(name, ["192.0.2.7"])), 50);
    });
    await found(name);
  }
});

test("answers with bytes changed at random bring no wrong name, and nobody down", async () => {
  let seed = 12345;
  const random = (/** @type {number} */ limit) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >> 8) % limit;
  };
  const names = ["m0.example", "m1.example"];
  for (const name of names) {
    server.names.set(name, async (query) => {
      const questions = [{ type: /** @type {const} */ ("A"), name }];
      const answers = [
        alias(name, "a.example"),
        alias("a.example", "b.example"),
        ...addresses("b.example", ["192.0.2.7"]),
      ];
      const whole = encode({ type: "response", id: query.id, flags: 0x180, questions, answers });
      for (let i = 0; i < 200; i++) {
        const bytes = Buffer.from(whole);
        // Beyond the question, or nothing of it would be read.
        for (let n = 0; n < 3; n++) bytes[12 + 16 + random(bytes.length - 28)] = random(256);
        server.send(query, bytes);
        if (i % 6 === 5) await delay(1);
      }
    });
    const { addresses: list = [], error } = await resolve(name);
    assert.ok(error !== undefined || (list.length > 0 && list.length <= 4), JSON.stringify(list));
    for (const address of list) assert.match(address, /^\d+\.\d+\.\d+\.\d+$/);
  }
  assert.equal((await device.figures()).boots, 1);
});

test("a truncated answer is used as far as it goes", async () => {
  server.names.set("short.example", (query) => server.answer(query, [], { flags: TRUNCATED_RESPONSE | 0x180 }));
  await notFound("short.example");
  server.names.set("enough.example", (query) =>
    server.answer(query, addresses(query.name, ["192.0.2.7"]), { flags: TRUNCATED_RESPONSE | 0x180 }),
  );
  await found("enough.example");
});

test("whoever does not wait any more costs nothing, nor does what was asked", async () => {
  server.names.set("mute.example", () => {});
  const abandon = async () => {
    const askers = new Attackers();
    for (let i = 0; i < 3; i++) askers.open(device.apUrl(80), "GET /resolve/mute.example HTTP/1.1\r\nHost: a\r\n\r\n");
    await delay(400);
    askers.close();
    return settled(device);
  };
  const once = await abandon();
  const twice = await abandon();
  // What is known runs out meanwhile.
  assert.ok(twice.native === once.native && twice.slots + twice.chunks <= once.slots + once.chunks);
  assert.equal(server.count("mute.example") > 1, true);
  const count = server.queries.length;
  await delay(1500);
  assert.equal(server.queries.length, count);
});
