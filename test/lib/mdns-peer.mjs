// @ts-check
/** The process of a resolver in a network namespace: commands come as lines, what it hears goes out as lines. */

import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";
import multicastDns from "multicast-dns";

const GROUP = "224.0.0.251";
const PORT = 5353;
const [, , address] = process.argv;
const socket = createSocket({ type: "udp4", reuseAddr: true });
const resolver = multicastDns({ interface: address, bind: "0.0.0.0", loopback: false, socket });

resolver.on("packet", (packet, { address: from, port }) => {
  const text = JSON.stringify({ packet, from, port }, (_key, value) =>
    value?.type === "Buffer" ? Buffer.from(value.data).toString() : value,
  );
  process.stdout.write(`${text}\n`);
});
resolver.on("ready", () => {
  resolver.emit("packet", /** @type {any} */ ({ type: "ready" }), /** @type {any} */ ({ address, port: 0 }));
});
createInterface({ input: process.stdin }).on("line", (line) => {
  const { query, respond, raw, address: to = GROUP } = JSON.parse(line);
  if (query) resolver.query(query);
  if (respond) resolver.respond(respond);
  if (raw !== undefined) socket.send(Buffer.from(raw, "base64"), PORT, to);
});
