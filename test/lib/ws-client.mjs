// @ts-check
/** A WebSocket client in a process of its own, for one in a network namespace: ADDRESS PROTOCOL MESSAGES… What it hears becomes lines. */
import { WebSocket } from "ws";

const [, , address, protocol, ...messages] = process.argv;
const socket = new WebSocket(address, protocol, { rejectUnauthorized: false });
socket.on("open", () => {
  for (const message of messages) socket.send(message);
});
socket.on("message", (data) => process.stdout.write(`${data}\n`));
