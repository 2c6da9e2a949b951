/** Packets of time servers. */
import { Answer, PACKET, SntpExchange } from "lws/client/sntp-packet";
import { Bytes } from "lws/platform/bytes";
import { equal, test } from "./harness";

/** An exchange, and the answer that a good server has for it: at 2026-01-02 03:04:05.5 UTC. */
function asked(): { exchange: SntpExchange; packet: Uint8Array } {
  const exchange = new SntpExchange();
  const packet = new Uint8Array(PACKET);
  exchange.write(packet);
  Bytes.copy(packet, 40, 48, packet, 24);
  packet[0] = 0x24;
  packet[1] = 2;
  const seconds = 1_767_323_045 + 2_208_988_800;
  const view = new DataView(packet.buffer);
  view.setUint32(32, seconds);
  view.setUint32(40, seconds);
  view.setUint32(44, 0x80000000);
  return { exchange, packet };
}

test("sntp: an answer, and how long the server had the question", () => {
  const { exchange, packet } = asked();
  equal(exchange.read(packet, PACKET), Answer.time);
  equal(exchange.time, 1_767_323_045_500);
  equal(exchange.held, 500);
  equal(exchange.read(packet, PACKET), Answer.ignored, "it counts once");
});

test("sntp: requests have stamps of their own, and nothing else", () => {
  const exchange = new SntpExchange();
  const packet = new Uint8Array(PACKET).fill(7);
  exchange.write(packet);
  equal(Bytes.latin1(packet, 0, 40), `\x23${"\0".repeat(39)}`);
  const stamp = Bytes.latin1(packet, 40, 48);
  exchange.write(packet);
  equal(Bytes.latin1(packet, 40, 48) === stamp, false);
});

test("sntp: what is not used", () => {
  for (const [at, value, verdict, what] of [
    [0, 0x23, Answer.ignored, "a client"],
    [0, 0x25, Answer.ignored, "a broadcast"],
    [0, 0x14, Answer.ignored, "version 2"],
    [0, 0x1c, Answer.time, "version 3"],
    [0, 0xe4, Answer.ignored, "not synchronised"],
    [0, 0x64, Answer.time, "a leap second to come"],
    [1, 15, Answer.time, "stratum 15"],
    [1, 16, Answer.ignored, "stratum 16"],
    [1, 255, Answer.ignored, "stratum 255"],
    [5, 16, Answer.ignored, "far from its clock"],
    [9, 16, Answer.ignored, "unsure"],
    [24, 0, Answer.ignored, "another stamp"],
    [32, 0xff, Answer.ignored, "received after it was answered"],
  ] as const) {
    const { exchange, packet } = asked();
    packet[at] = value;
    equal(exchange.read(packet, PACKET), verdict, what);
  }
  const { exchange, packet } = asked();
  equal(exchange.read(packet, PACKET - 1), Answer.ignored, "short");
});

test("sntp: a kiss of death", () => {
  for (const [code, verdict] of [
    ["RATE", Answer.slower],
    ["DENY", Answer.denied],
    ["RSTR", Answer.denied],
    ["INIT", Answer.ignored],
  ] as const) {
    const { exchange, packet } = asked();
    packet[1] = 0;
    Bytes.put(code, packet, 12);
    equal(exchange.read(packet, PACKET), verdict, code);
  }
});
