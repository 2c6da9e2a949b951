/** Much data, many connections, and connections that we make. */
import { Listener, TCP } from "lws/platform/sockets";
import { Door, PORT } from "./door";
import { Owner } from "./owner";
import type { Peer } from "./peer";
import { attempt, pause, type Suite, say } from "./suite";

const QUIET = 100;
const MUCH = 65_536;
/** Send space and window of a connection. */
const SPACE = 8192;
/** Beyond the window, segments on their way may be taken, too. */
const MOST = 12_000;

/** The bytes that both sides send: 0 to 250, again and again. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i % 251;
  return bytes;
}

export function addFlowCases(suite: Suite, peer: Peer): void {
  suite.add("flow: a peer that does not read stops the writer", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT}`);
    await peer.ask("pause a");
    const owner = await door.first();
    const { socket } = owner;
    const bytes = pattern(251 * 40);
    const first = socket?.write(bytes, 0, bytes.length) ?? 0;
    say(`at once: ${first > 0 && first <= SPACE}`);
    let sent = first;
    const more = () => {
      while (sent < MUCH) {
        const from = sent % 251;
        const took = socket?.write(bytes, from, Math.min(bytes.length, from + MUCH - sent)) ?? 0;
        if (took === 0) return;
        sent += took;
      }
    };
    await peer.ask("resume a");
    await owner.until(() => {
      more();
      return sent === MUCH;
    }, "room");
    say(await peer.ask(`sum a ${MUCH}`));
    say(`told of room: ${owner.writables > 0}`);
    socket?.close();
    say(await peer.ask("over a"));
    door.close();
  });

  suite.add("flow: what is not read stops the peer", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT}`);
    const owner = await door.first(false);
    await peer.ask(`fill a ${MUCH}`);
    await owner.until(() => owner.readables > 0, "data");
    await pause(2 * QUIET);
    const waits = owner.socket?.readable ?? 0;
    say(`a window waits: ${waits > 1000 && waits <= MOST}`);
    const three = new Uint8Array(5);
    say(`three of them: ${owner.socket?.read(three, 1, 4)} ${three}`);
    say(attempt(() => owner.socket?.read(three, 3, 6)));
    say(attempt(() => owner.socket?.write(three, 4, 3)));
    owner.reads = true;
    owner.drain();
    await owner.until(() => owner.bytes === MUCH - 3, "data");
    say(`the rest: ${owner.bytes} ${owner.hash()}`);
    owner.socket?.close();
    door.close();
  });

  suite.add("flow: more connections than there are sockets", async () => {
    const door = new Door();
    const owners: Owner[] = [];
    await peer.ask(`many m 20 ${PORT}`);
    // One socket is the peer's own.
    await door.knocked(Listener.connections - 1);
    await pause(2 * QUIET);
    say(`knocks ${door.knocks} of 20`);
    for (let owner = door.open(); owner; owner = door.open()) owners.push(owner);
    say(`open ${owners.length}`);
    for (const owner of owners.slice(0, 8)) owner.socket?.close();
    await door.knocked(20);
    for (let owner = door.open(); owner; owner = door.open()) owners.push(owner);
    await Promise.all(owners.slice(8).map((owner) => owner.until(() => owner.bytes === 1, "byte")));
    say(`open in all ${owners.length}, each has its byte`);
    for (const owner of owners) owner.socket?.close();
    say(await peer.ask("allover m 20"));
    door.close();
  });

  suite.add("flow: a connection of ours", async () => {
    const port = Number(await peer.ask("serve"));
    const owner = new Owner();
    owner.socket = new TCP({ address: peer.address, port, target: owner });
    say(`too early: ${owner.write("x")}`);
    await owner.until(() => owner.writables === 1, "connection");
    say(`took ${owner.write("echo this")}`);
    await owner.until(() => owner.bytes === 9, "echo");
    say(`"${owner.text}", the port: ${owner.socket.remotePort === port}`);
    owner.socket.shutdown();
    await owner.until(() => owner.ends === 1, "end");
    say(`ends ${owner.ends}, closed ${owner.closed.length}`);
    owner.socket.close();
  });

  suite.add("flow: nobody listens there", async () => {
    const port = Number(await peer.ask("closedport"));
    const owner = new Owner();
    owner.socket = new TCP({ address: peer.address, port, target: owner });
    await owner.until(() => owner.closed.length > 0, "refusal");
    say(`${owner.closed}, writable ${owner.writables}`);
    const gone = new Owner();
    gone.socket = new TCP({ address: peer.address, port, target: gone });
    gone.socket.close();
    await pause(QUIET);
    say(`closed at once: ${gone.closed.length} ${gone.writables}`);
  });

  suite.add("flow: what can't be connected to", () => {
    const target = new Owner();
    say(attempt(() => new TCP({ address: "somewhere", port: 80, target })));
    say(attempt(() => new TCP({ address: "1.2.3", port: 80, target })));
    say(attempt(() => new TCP({ address: "127.0.0.1", port: 0, target })));
    say(attempt(() => new TCP({ address: "127.0.0.1", port: 70_000, target })));
  });
}
