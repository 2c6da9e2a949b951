/** Connections that the other side makes: how they begin, how they end, and that each end is told once. */
import { Listener } from "lws/platform/sockets";
import { Door, PORT } from "./door";
import type { Owner } from "./owner";
import type { Peer } from "./peer";
import { attempt, pause, type Suite, say } from "./suite";

/** Long enough for whatever was sent to arrive, and for events that should not come. */
const QUIET = 100;

/** What an owner was told of, but for the number of pieces. */
function told({ bytes, ends, closed }: Owner): string {
  return `${bytes} bytes, ends ${ends}, closed ${closed.length === 0 ? "no" : closed}`;
}

export function addTcpCases(suite: Suite, peer: Peer): void {
  suite.add("tcp: a request that was there before it was accepted", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT} request`);
    await door.knocked(1);
    await pause(QUIET);
    const owner = await door.first();
    await owner.until(() => owner.bytes === 7, "request");
    say(`"${owner.text}", knocks ${door.knocks}, another: ${door.open()}`);
    say(`took ${owner.write("answer")}`);
    say(await peer.ask("take a 6"));
    owner.socket?.close();
    say(await peer.ask("over a"));
    await pause(QUIET);
    say(told(owner));
    door.close();
  });

  suite.add("tcp: one that was reset before it was accepted is gone", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT} request`);
    await door.knocked(1);
    await peer.ask("reset a");
    await pause(QUIET);
    say(`knocks ${door.knocks}, accept gives ${door.open()}`);
    await peer.ask(`open b ${PORT} next`);
    await door.knocked(2);
    const owner = door.open();
    await owner?.until(() => owner.bytes === 4, "text");
    say(`"${owner?.text}"`);
    owner?.socket?.close();
    door.close();
  });

  suite.add("tcp: a peer that ends its side is answered", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT} question`);
    await peer.ask("end a");
    const owner = await door.first();
    await owner.until(() => owner.ends === 1, "end");
    say(`"${owner.text}", ${told(owner)}`);
    say(`took ${owner.write("the answer")}`);
    say(await peer.ask("take a 10"));
    owner.socket?.close();
    say(await peer.ask("over a"));
    await pause(QUIET);
    say(told(owner));
    door.close();
  });

  suite.add("tcp: the end comes behind what was not read", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT} unread`);
    await peer.ask("end a");
    const owner = await door.first(false);
    await owner.until(() => owner.readables > 0, "data");
    await pause(QUIET);
    say(`readable ${owner.socket?.readable}, ends ${owner.ends}`);
    owner.drain();
    await owner.until(() => owner.ends === 1, "end");
    say(`"${owner.text}", ${told(owner)}`);
    owner.socket?.close();
    door.close();
  });

  suite.add("tcp: our end, and reading on", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT}`);
    const owner = await door.first();
    owner.write("bye");
    owner.socket?.shutdown();
    owner.socket?.shutdown();
    say(await peer.ask("take a 3"));
    say(await peer.ask("halfover a"));
    say(`after it: ${owner.write("more")}`);
    await peer.ask("send a late");
    await peer.ask("end a");
    await owner.until(() => owner.ends === 1, "end");
    say(`"${owner.text}", ${told(owner)}`);
    owner.socket?.close();
    door.close();
  });

  suite.add("tcp: a reset is told once, and the address outlives it", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT} x`);
    const owner = await door.first();
    await owner.until(() => owner.bytes === 1, "byte");
    const { socket } = owner;
    const place = `${socket?.remoteAddress}:${socket?.remotePort} ${socket?.localAddress}:${socket?.localPort}`;
    await peer.ask("reset a");
    await owner.until(() => owner.closed.length > 0, "reset");
    await pause(QUIET);
    say(told(owner));
    say(`after it: ${owner.write("more")} ${socket?.readable} ${socket?.read(new Uint8Array(4), 0, 4)}`);
    const later = `${socket?.remoteAddress}:${socket?.remotePort} ${socket?.localAddress}:${socket?.localPort}`;
    say(`the same place: ${place === later}, port ${socket?.localPort}`);
    socket?.close();
    socket?.abort();
    door.close();
  });

  suite.add("tcp: closing twice, with data unread, and nothing is told after it", async () => {
    const door = new Door();
    await peer.ask(`open a ${PORT} unread`);
    const owner = await door.first(false);
    await owner.until(() => owner.readables > 0, "data");
    owner.socket?.close();
    owner.socket?.close();
    say(await peer.ask("over a"));
    await peer.ask(`open b ${PORT} x`);
    await door.knocked(2);
    const other = door.open();
    await other?.until(() => other.bytes === 1, "byte");
    other?.socket?.abort();
    other?.socket?.abort();
    say(await peer.ask("over b"));
    await pause(QUIET);
    say(`${owner.ends} ${owner.closed.length} ${other?.ends} ${other?.closed.length}`);
    door.close();
  });

  suite.add("tcp: connections wait while nobody accepts", async () => {
    const door = new Door();
    door.listener.accepting = false;
    await peer.ask(`open a ${PORT} patience`);
    await pause(QUIET);
    say(`knocks ${door.knocks}`);
    door.listener.accepting = true;
    const owner = await door.first();
    await owner.until(() => owner.bytes === 8, "text");
    say(`"${owner.text}"`);
    owner.socket?.close();
    door.close();
  });

  suite.add("tcp: listeners and their ports", () => {
    const door = new Door();
    say(`port ${door.listener.port}, sockets ${Listener.connections}, accept gives ${door.open()}`);
    say(attempt(() => new Door()));
    door.close();
    door.close();
    new Door().close();
    say(attempt(() => new Door(0)));
    say(attempt(() => new Door(65536)));
  });
}
