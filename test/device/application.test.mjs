// @ts-check
/** The application image as anybody on its network finds it, on whatever it runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { fetch } from "../lib/fetch.mjs";
import { openPlace, served } from "../lib/place.mjs";

/** @type {import("../lib/place.mjs").Place} */ let place;
/** @type {string} */ let url;
before(
  async () => {
    place = await openPlace("ota");
    url = place.url(443, "https");
    await served(url, /data-page="application"/);
  },
  { timeout: 120_000 },
);
after(() => place?.close());

/** @param {string} protocol */
async function open(protocol) {
  const socket = new WebSocket(url.replace("http", "ws"), protocol, { rejectUnauthorized: false });
  await once(socket, "open");
  return socket;
}

/** @param {WebSocket} socket */
const next = async (socket) => String((await once(socket, "message", { signal: AbortSignal.timeout(20_000) }))[0]);

test("numbers that count up, and begin anew when they are told to", async () => {
  const socket = await open("dumb-increment-protocol");
  for (let i = 0; i < 10; i++) assert.equal(await next(socket), String(i));
  socket.send("reset\n");
  while ((await next(socket)) !== "0");
  socket.send("closeme\n");
  assert.equal((await once(socket, "close"))[0], 1001);
});

test("what one draws, the others see", async () => {
  const [one, other] = [await open("lws-mirror-protocol"), await open("lws-mirror-protocol")];
  const seen = next(other);
  one.send("d #ff0000 1 2 3 4;");
  assert.equal(await seen, "d #ff0000 1 2 3 4;");
  one.close();
  other.close();
});

test("a page for those who have the password", async () => {
  const page = `${url}/secret/index.html`;
  assert.equal((await fetch(page)).status, 401);
  const wrong = { Authorization: `Basic ${Buffer.from("user:wrong").toString("base64")}` };
  assert.equal((await fetch(page, { headers: wrong })).status, 401);
  const right = { Authorization: `Basic ${Buffer.from("user:password").toString("base64")}` };
  assert.equal((await fetch(page, { headers: right })).status, 200);
});

test("a form is read, and shown", async () => {
  const answer = await fetch(`${url}/formtest`, { method: "POST", body: new URLSearchParams({ text: "hällo <b>" }) });
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /hällo &lt;b&gt;/);
});
