// @ts-check
/** Update servers that are not who they should be, or don't do what they should: a unit stays with what it has. */
import assert from "node:assert/strict";

import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { app, startLooks } from "../lib/looks.mjs";
import { Origins } from "../lib/origins.mjs";
import { pull, SERVER } from "../lib/pull.mjs";
import { settled } from "../lib/settle.mjs";
import { imageOf, jws } from "../lib/update-server.mjs";

/** @type {import("../lib/looks.mjs").Looks} */ let looks;
const origins = new Origins();
before(async () => {
  looks = await startLooks();
});
after(async () => {
  await looks?.close();
  origins.close();
});
beforeEach(() => looks.server.clear());

test("W7: an error page of the update server is no list of updates, whatever stands in it", async () => {
  const good = looks.server.offer({ app: imageOf("echo", "9.2.0") });
  const body = JSON.stringify(jws(JSON.stringify(good)));
  looks.server.offer({ app });
  const { app: offered } = await looks.look();
  for (const [status, error] of /** @type {[number, string][]} */ ([
    [404, "UPDATE_REFUSED"],
    [403, "UPDATE_REFUSED"],
    [500, "UPDATE_REFUSED"],
    [206, "UPDATE_REFUSED"],
    [204, "UPDATE_REFUSED"],
    [302, "UPDATE_REDIRECT"],
    [301, "UPDATE_REDIRECT"],
  ])) {
    looks.server.handlers.set("manifest.json", (_request, response) => {
      response.writeHead(status, { "Content-Type": "application/json", Location: "/elsewhere/manifest.json" });
      response.end(status === 204 ? "" : body);
    });
    await looks.refused(error, String(status));
    const said = await pull(looks.device);
    assert.deepEqual([said.app, said.factory], [offered, undefined], "nothing of it is offered");
  }
  looks.server.handlers.clear();
  const said = await looks.look();
  assert.deepEqual([said.state, said.error, said.app], ["fresh", "", offered], "nor does anything of it stay");
});

test("redirects are not followed, to http least of all", async () => {
  let visits = 0;
  const plain = await origins.http((_request, response) => {
    visits++;
    response.end();
  });
  for (const location of [`http://${SERVER}:${plain}/manifest.json`, `${looks.base()}/other.json`, "other.json"]) {
    looks.server.handlers.set("manifest.json", (_request, response) =>
      response.writeHead(307, { Location: location }).end(),
    );
    await looks.refused("UPDATE_REDIRECT", location);
  }
  assert.equal(visits, 0);
  assert.equal(looks.server.requests.includes("other.json"), false);
});

test("the server has to be who it is asked for", async () => {
  const listener = (/** @type {unknown} */ _request, /** @type {import("node:http").ServerResponse} */ response) => {
    response.end(JSON.stringify(jws(JSON.stringify(looks.server.offer({ app })))));
  };
  for (const [error, certificate] of /** @type {const} */ ([
    ["TLS_UNKNOWN_CA", looks.pki.make({ name: SERVER }, looks.pki.make({ name: "other", authority: true }))],
    ["TLS_SELF_SIGNED", looks.pki.make({ name: SERVER })],
    ["TLS_WRONG_NAME", looks.pki.make({ name: "elsewhere.example" }, looks.root)],
    ["TLS_EXPIRED", looks.pki.make({ name: SERVER, to: "20230101000000Z" }, looks.root)],
    ["TLS_WRONG_USAGE", looks.pki.make({ name: SERVER, usage: "clientAuth" }, looks.root)],
  ]))
    await looks.refused(error, error, looks.base(await origins.http(listener, certificate)));
  const unknown = `https://absent.example:${looks.server.port}/`;
  await looks.refused("RESOLVE_NO_NAME", "no such name", unknown);
  await looks.refused("CONNECT_REFUSED", "nobody there", looks.base(9));
  assert.equal((await pull(looks.device, `url?http://${SERVER}/`)).thrown, "BAD_OPTION");
  assert.equal((await pull(looks.device, "url?x")).thrown, "BAD_OPTION");
  looks.server.offer({ app });
  assert.equal((await looks.look(looks.base())).state, "fresh");
});

test("servers that break off, stall, or drip", async () => {
  const body = JSON.stringify(jws(JSON.stringify(looks.server.offer({ app }))));
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
  /** @param {(socket: import("node:net").Socket) => void} answer */
  const at = async (answer) => looks.base(await origins.raw(answer, looks.pair));
  const half = body.slice(0, 300);
  await looks.refused("CONNECTION_LOST", "end in the head", await at((socket) => socket.end("HTTP/1.1 200 OK\r\nX")));
  await looks.refused("CONNECTION_LOST", "end in the body", await at((socket) => socket.end(head + half)));
  await looks.refused(
    "CONNECTION_LOST",
    "reset",
    await at((socket) => {
      socket.write(head + half, () => setTimeout(() => socket.destroy(), 50));
    }),
  );
  await looks.refused("ANSWER_TIMEOUT", "silence", await at(() => {}));
  await looks.refused("ANSWER_TIMEOUT", "stall", await at((socket) => socket.write(head + half)));
  await looks.refused(
    "ANSWER_TIMEOUT",
    "a byte now and then",
    await at((socket) => {
      socket.write(head);
      let i = 0;
      const timer = setInterval(() => socket.write(body[i++]), 20);
      socket.on("close", () => clearInterval(timer));
    }),
  );
  await looks.refused("BAD_ANSWER", "garbage", await at((socket) => socket.write("\0\0\0\0\0\0\0\0\r\n\r\n")));
  await looks.refused(
    "BAD_ANSWER",
    "a head without end",
    await at((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(1000)}`);
    }),
  );
  await looks.refused(
    "UPDATE_MANIFEST",
    "short Content-Length",
    await at((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${body}`);
    }),
  );
  await looks.refused(
    "UPDATE_MANIFEST",
    "a body without end",
    await at((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(9000)}`);
    }),
  );
  await looks.refused(
    "UPDATE_MANIFEST",
    "a length beyond reason",
    await at((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
    }),
  );
  await looks.look(looks.base());
});

test("a look can be stopped, and leaves nothing behind", async () => {
  looks.server.handlers.set("manifest.json", () => {});
  await pull(looks.device, "check");
  assert.equal((await pull(looks.device)).state, "checking");
  assert.equal((await pull(looks.device, "cancel")).state, "fresh");
  looks.server.clear();
  looks.server.offer({ app });
  await looks.look();
  const before = await settled(looks.device);
  await looks.look();
  await pull(looks.device, "check");
  await pull(looks.device, "cancel");
  await delay(100);
  const now = await settled(looks.device);
  assert.equal(now.native, before.native);
  assert.ok(Math.abs(now.slots + now.chunks - before.slots - before.chunks) < 600, JSON.stringify([before, now]));
});

test("after all that the application is as it was", () => looks.check());
