// @ts-check
/** The echo image as an outside test suite meets it: everything comes back as it went, compressed or not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { Device } from "../../tools/lib/device.mjs";

/** @type {Device} */ let device;
/** @type {string} */ let url;
before(async () => {
  device = new Device({ factory: null, ota_0: "echo" });
  await device.powerOn();
  url = (await device.waitForAddress("access point")).replace("http", "ws");
});
after(() => device?.close());

/** @param {number} length */
function noise(length) {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 24));
}

for (const perMessageDeflate of [false, true]) {
  test(`messages of all sizes and both kinds, ${perMessageDeflate ? "compressed" : "as they are"}`, {
    timeout: 60_000,
  }, async () => {
    for (const protocols of [[], ["lws-echo"]]) {
      const socket = new WebSocket(url, protocols, { perMessageDeflate });
      await once(socket, "open");
      assert.equal(socket.extensions.includes("permessage-deflate"), perMessageDeflate);
      for (const size of [0, 1, 125, 126, 2040, 2048, 2049, 65_535, 65_536, 400_000]) {
        const data = noise(size);
        socket.send(data);
        const [echo, isBinary] = await once(socket, "message");
        assert.equal(isBinary, true);
        assert.ok(data.equals(echo), `${size} bytes`);
        const text = "äbc€\u{1f642} ".repeat(size / 8);
        socket.send(text);
        const [answer, binary] = await once(socket, "message");
        assert.equal(binary, false);
        assert.ok(text === String(answer), `${text.length} characters`);
      }
      socket.close(4000, "enough");
      assert.equal((await once(socket, "close"))[0], 4000);
    }
  });
}

test("messages in fragments, and many at once", { timeout: 30_000 }, async () => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, "open");
  socket.send("one ", { fin: false });
  socket.send("", { fin: false });
  socket.send("two", { fin: true });
  assert.equal(String((await once(socket, "message"))[0]), "one two");
  /** @type {string[]} */
  const answers = [];
  socket.on("message", (data) => answers.push(String(data)));
  for (let i = 0; i < 500; i++) socket.send(`${i}`);
  while (answers.length < 500) await once(socket, "message");
  assert.deepEqual(
    answers,
    Array.from({ length: 500 }, (_, i) => String(i)),
  );
  socket.terminate();
});
