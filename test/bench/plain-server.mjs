// @ts-check
/** A plain Node server as the yardstick: a resource of 1 kB over HTTP, and WebSocket echo. Writes its port to standard output; ends with its standard input. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const body = readFileSync(new URL("../images/bench/www/1k.txt", import.meta.url));
const server = createServer((_request, response) => {
  response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": body.length });
  response.end(body);
});
new WebSocketServer({ server }).on("connection", (socket) => {
  socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
});
server.listen(0, "127.0.0.1", () => {
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`${address.port}\n`);
});
process.stdin.on("end", () => process.exit()).resume();
