/** The client's side of a WebSocket, on a wire that a case holds both ends of. */
import { Context } from "lws/core/context";
import { Piece, Protocol, Write } from "lws/core/protocol";
import type { Transport } from "lws/core/role";
import { Vhost } from "lws/core/vhost";
import { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { WebSocketClientRole, type WebSocketClientRoleOptions } from "lws/roles/ws-client";
import { after, equal, test, throws } from "./harness";

const context = new Context({ rxBuffer: 300, txBuffer: 300 });
const vhost = new Vhost(context, { name: "ws" });

class Wire implements Transport {
  readonly remoteAddress = "";
  readonly localAddress = "";
  readonly localPort = 0;
  input = new Uint8Array(0);
  output: number[] = [];
  /** Bytes that are sent in all, and those that are remembered. */
  sent = 0;
  isShut = false;

  get readable(): number {
    return this.input.length;
  }
  read(into: ArrayBuffer | Uint8Array, from: number, to: number): number {
    const count = Math.min(this.input.length, to - from);
    Bytes.copy(this.input, 0, count, into, from);
    this.input = this.input.slice(count);
    return count;
  }
  write(source: ByteSource, from: number, to: number): number {
    const bytes = new Uint8Array(to - from);
    Bytes.copy(source, from, to, bytes, 0);
    for (let i = 0; i < bytes.length && this.output.length < 1500; i++) this.output.push(bytes[i] as number);
    this.sent += to - from;
    return to - from;
  }
  shutdown(): void {
    this.isShut = true;
  }
  close(): void {}
}

class Talker extends Protocol {
  log: string[] = [];
  asked: (() => void) | undefined;

  constructor(override readonly messageLimit: number) {
    super(vhost, {});
  }

  override onReceive(_wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    this.log.push(`${piece & Piece.wholeBinary}:${Bytes.latin1(buffer, from, Math.min(to, from + 20))}`);
  }
  override onWriteable(): void {
    const { asked } = this;
    this.asked = undefined;
    asked?.();
  }
  override onPong(): void {
    this.log.push("pong");
  }
  override onPeerClose(_wsi: Wsi, code: number, reason: string): void {
    this.log.push(`close ${code} ${reason}`);
  }
  override onClosed(): void {
    this.log.push("closed");
  }
}

/** A connection whose handshake is done. */
class Peer {
  readonly wire = new Wire();
  readonly talker: Talker;
  readonly role: WebSocketClientRole;
  readonly wsi: Wsi;

  constructor(options: WebSocketClientRoleOptions = { hangup: 0 }, limit = 0) {
    this.role = new WebSocketClientRole(options);
    this.talker = new Talker(limit);
    this.wsi = new Wsi(vhost, this.role);
    this.wsi.transport = this.wire;
    this.wsi.protocol = this.talker;
    context.adopt(this.wsi);
    this.role.start(this.wsi);
  }

  /** Bytes from the server, all at once or one after the other. */
  feed(bytes: number[], isCut = false): this {
    for (let at = 0; at < bytes.length; at += isCut ? 1 : bytes.length) {
      this.wire.input = new Uint8Array(isCut ? bytes.slice(at, at + 1) : bytes);
      if (this.wsi.alive) this.wsi.onReadable();
    }
    return this;
  }
  /** What has been heard since the last call. */
  get said(): string {
    return this.talker.log.splice(0).join(" ");
  }
  /** Writes in a writeable callback. */
  async write(call: () => void): Promise<void> {
    this.talker.asked = call;
    this.wsi.callbackOnWritable();
    await after(1);
  }
  /** The frames that were sent, unmasked: "opcode:payload", opcode in hex with FIN. */
  get frames(): string {
    const { output } = this.wire;
    const all: string[] = [];
    while (output.length > 0) {
      const [first = 0, second = 0] = output.splice(0, 2);
      if (second < 0x80) throw new Error("a frame that is not masked");
      let length = second & 0x7f;
      if (length === 126) {
        const [high = 0, low = 0] = output.splice(0, 2);
        length = high * 256 + low;
      }
      const key = output.splice(0, 4);
      const text = output.splice(0, length).map((byte, i) => String.fromCharCode(byte ^ (key[i % 4] as number)));
      all.push(`${first.toString(16)}:${text.join("")}`);
    }
    return all.join(" ");
  }
  end(): void {
    this.wsi.drop();
  }
}

/** A frame as servers send it. */
function frame(first: number, text: string, length = text.length): number[] {
  const head = length < 126 ? [first, length] : [first, 126, length >> 8, length & 255];
  return [...head, ...Array.from(text, (letter) => letter.charCodeAt(0))];
}

test("ws client: what comes, whole and byte by byte", async () => {
  for (const isCut of [false, true]) {
    const peer = new Peer({ hangup: 0 }, 200);
    peer.feed([...frame(0x81, "hello"), ...frame(0x82, "\x00\xff"), ...frame(0x81, "")], isCut);
    equal(peer.said, "3:hello 7:\x00\xff 3:");
    peer.feed([...frame(0x01, "one "), ...frame(0x89, "still?"), ...frame(0x80, "message")], isCut);
    equal(peer.said, "3:one message");
    peer.feed(frame(0x81, "x".repeat(150)), isCut);
    equal(peer.said, `3:${"x".repeat(20)}`);
    peer.feed(frame(0x8a, ""), isCut);
    equal(peer.said, "pong");
    await after(1);
    equal(peer.frames, "8a:still?");
    peer.end();
    await after(1);
    equal(peer.said, "closed");
  }
});

test("ws client: pieces as they come, with their ends marked", () => {
  const peer = new Peer();
  const [first = 0, length = 0, ...rest] = frame(0x01, "abcd");
  peer.feed([first, length]).feed(rest.slice(0, 3)).feed(rest.slice(3)).feed(frame(0x80, ""));
  equal(peer.said, "1: 0:abc 0:d 2:");
  peer.end();
});

test("ws client: what servers must not send", async () => {
  const whole = (text: string) => frame(0x81, text);
  const cases: [string, number[], number, number][] = [
    ["a masked frame", [0x81, 0x81, 1, 2, 3, 4, 5], 0, 1002],
    ["a masked control frame", [0x89, 0x80, 1, 2, 3, 4], 0, 1002],
    ["a reserved bit", frame(0xc1, "a"), 0, 1002],
    ["another reserved bit", frame(0x91, "a"), 0, 1002],
    ["an unknown opcode", frame(0x83, "a"), 0, 1002],
    ["a ping in parts", frame(0x09, "a"), 0, 1002],
    ["a ping that is too long", frame(0x89, "", 126), 0, 1002],
    ["a continuation of nothing", frame(0x80, "a"), 0, 1002],
    ["a message in a message", [...frame(0x01, "a"), ...whole("b")], 0, 1002],
    ["a length that is too long", [0x81, 126, 0, 5, 1, 2, 3, 4, 5], 0, 1002],
    ["text that is no UTF-8", whole("\xff"), 0, 1007],
    ["a character without its end", whole("\xc3"), 0, 1007],
    ["a message beyond the limit", whole("x".repeat(41)), 40, 1009],
    ["one in parts", [...frame(0x01, "x".repeat(30)), ...frame(0x80, "x".repeat(11))], 40, 1009],
    ["one that is said to be", [0x82, 127, 0, 0, 0, 0, 0x7f, 0, 0, 0], 0, 1009],
    ["a close frame of one byte", frame(0x88, "a"), 0, 1002],
    ["a close code that may not be sent", frame(0x88, "\x03\xed"), 0, 1002],
  ];
  for (const [what, bytes, limit, code] of cases) {
    for (const isCut of [false, true]) {
      const peer = new Peer({ hangup: 0 }, limit);
      peer.feed(bytes, isCut);
      await after(1);
      const [said = ""] = peer.frames.split(" ").slice(-1);
      equal(said, `88:${String.fromCharCode(code >> 8, code & 255)}`, what);
      equal(peer.wire.isShut, true, `${what}: our FIN`);
      peer.end();
    }
  }
});

test("ws client: what is sent is masked, each frame with a key of its own", async () => {
  const peer = new Peer();
  const { wsi, wire } = peer;
  await peer.write(() => wsi.write("hello"));
  await peer.write(() => wsi.write("hello"));
  equal(wire.output.slice(2, 6).join() === wire.output.slice(13, 17).join(), false, "keys");
  equal(peer.frames, "81:hello 81:hello");
  await peer.write(() => wsi.write(new Uint8Array([0x30, 0x31, 0x32]), Write.binary | Write.more, 1, 3));
  await peer.write(() => wsi.write("", Write.binary | Write.continuation));
  equal(peer.frames, "2:12 80:");
  for (const length of [125, 126, 292, 293, 1000]) {
    const text = "0123456789".repeat(100).slice(0, length);
    await peer.write(() => wsi.write(text));
    equal(peer.frames, `81:${text}`);
  }
  wire.sent = 0;
  await peer.write(() => wsi.write(new Uint8Array(65536), Write.binary));
  equal(wire.sent, 65536 + 14);
  equal(wire.output.slice(0, 10).join(), "130,255,0,0,0,0,0,1,0,0");
  await peer.write(() => {
    wsi.write("a");
    throws(() => wsi.write("b"), "SECOND_WRITE");
  });
  peer.end();
});

test("ws client: the server closes, and ends the connection", async () => {
  for (const [bytes, said, answer] of [
    [frame(0x88, ""), "close 1005 ", "88:"],
    [frame(0x88, "\x0f\xa0bye"), "close 4000 bye", "88:\x0f\xa0bye"],
  ] as const) {
    const peer = new Peer();
    peer.feed([...bytes, ...frame(0x81, "late")]);
    equal(peer.said, said);
    await after(1);
    equal(peer.frames, answer);
    equal(peer.wire.isShut, false, "the server is waited for");
    await peer.write(() => peer.wsi.write("late"));
    equal(peer.frames, "");
    peer.wsi.onEnd();
    await after(1);
    equal(peer.said, "closed");
  }
});

test("ws client: we close", async () => {
  const peer = new Peer();
  throws(() => peer.wsi.close(1006), "BAD_OPTION");
  peer.wsi.close(4001, "enough");
  await after(1);
  equal(peer.frames, "88:\x0f\xa1enough");
  peer.feed([...frame(0x81, "more"), ...frame(0x88, "\x0f\xa1")]);
  equal(peer.said, "3:more");
  equal(peer.wire.isShut, false);
  peer.wsi.onEnd();
  await after(1);
  equal(peer.said, "closed");
});

test("ws client: leaving says so, and waits for nothing", async () => {
  const peer = new Peer();
  peer.role.leave(peer.wsi);
  equal(peer.frames, "88:\x03\xe8");
  equal(peer.wire.isShut, true);
  peer.role.leave(peer.wsi);
  equal(peer.frames, "");
  peer.wsi.onEnd();
  await after(1);
  equal(peer.said, "closed");
  peer.role.leave(peer.wsi);
});

test("ws client: a silent server is asked, and then given up", async () => {
  throws(() => new WebSocketClientRole({ ping: -1 }), "BAD_OPTION");
  const peer = new Peer({ ping: 0.04, hangup: 0.08 });
  await after(25);
  peer.feed(frame(0x81, "a"));
  await after(25);
  equal(peer.wire.output.length, 0);
  await after(35);
  equal(peer.frames.slice(0, 3), "89:");
  peer.feed(frame(0x8a, ""));
  await after(80);
  equal(peer.frames.slice(0, 3), "89:");
  await after(80);
  equal(peer.said, "3:a pong closed");
});

test("ws client: hanging up without a question, a user that knows better, and no such times at all", async () => {
  const silent = new Peer({ ping: 0.04, hangup: 0.04 });
  const never = new Peer({ ping: 0.01, hangup: 0 });
  const known = new Peer({ ping: 0, hangup: 0.04 });
  for (let i = 0; i < 8; i++) {
    await after(15);
    known.role.confirmValid(known.wsi);
  }
  equal(silent.said, "closed");
  equal(silent.wire.output.length, 0);
  equal(known.wsi.alive, true);
  equal(never.wsi.alive, true);
  equal(never.wire.output.length, 0);
  await after(80);
  equal(known.said, "closed");
  never.end();
});

test("ws client: how often a connection is read before the next one has its turn", async () => {
  for (const [reads, order] of [
    [1, "ABABABAB"],
    [3, "AAABABBB"],
    [8, "AAAABBBB"],
  ] as const) {
    const heard: string[] = [];
    const peers = ["A", "B"].map((name) => {
      const peer = new Peer({ hangup: 0, reads: name === "A" || reads === 8 ? reads : 1 });
      peer.talker.onReceive = () => heard.push(name);
      return peer;
    });
    context.guard(() => {
      for (const { wire, wsi } of peers) {
        // A message of four buffers.
        wire.input = new Uint8Array(1200);
        wire.input.set([0x82, 126, 1196 >> 8, 1196 & 255]);
        wsi.onReadable();
      }
    });
    await after(5);
    equal(heard.join(""), order, `${reads} times`);
    for (const peer of peers) peer.end();
  }
});

test("ws client: a message comes in pieces of what its owner takes", () => {
  const peer = new Peer();
  peer.talker.room = () => 3;
  peer.feed([0x81, 7, ...[..."abcdefg"].map((letter) => letter.charCodeAt(0)), 0x89, 0, 0x82, 2, 104, 105]);
  equal(peer.said, "1:abc 0:def 2:g 7:hi");
  peer.talker.room = () => {
    peer.wsi.rxFlow(false);
    return 2;
  };
  peer.feed([0x81, 3, 120, 121, 122]);
  equal(peer.said, "1:xy", "and stops where that is said");
  peer.end();
});
