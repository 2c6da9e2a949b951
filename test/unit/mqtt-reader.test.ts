/** MQTT packets that come: whatever is cut where, and whatever is no packet. */
import Hex from "hex";
import type { Packet } from "lws/client/mqtt-packet";
import { MqttReader, type MqttTarget } from "lws/client/mqtt-reader";
import { Bytes } from "lws/platform/bytes";
import { equal, test, throws } from "./harness";

/** Writes down what it is told; pieces of payload are put together. */
class Listener implements MqttTarget {
  isTaking = true;
  /** Payload is refused so many times; then so many bytes are taken at once. */
  refusals = 0;
  most = 1000;
  private log: string[] = [];
  private text = "";

  greeted(isPresent: boolean, code: number): void {
    this.log.push(`connack ${isPresent} ${code}`);
  }
  answered(type: Packet, id: number): void {
    this.log.push(`${type.toString(16)} ${id}`);
  }
  subscribed(id: number, code: number): void {
    this.log.push(`suback ${id} ${code}`);
  }
  ponged(): void {
    this.log.push("pong");
  }
  begun(topic: string | undefined, flags: number, id: number): void {
    this.text = `${topic} ${flags} ${id} `;
  }
  payload(buffer: Uint8Array, from: number, to: number, isLast: boolean): number {
    if (this.refusals > 0) {
      this.refusals--;
      return 0;
    }
    const end = Math.min(to, from + this.most);
    this.text += Bytes.latin1(buffer, from, end) + (isLast ? "." : "") + (end < to ? "|" : "");
    return end - from;
  }
  ended(): void {
    this.log.push(this.text);
  }
  get said(): string {
    return this.log.splice(0).join(", ");
  }
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Hex.toBuffer(hex));
}

const stream =
  "20020100" +
  "9003000a01" +
  "31070003612f626869" +
  "3d090003612f6201026869" +
  "40020001" +
  "50020002" +
  "62020102" +
  "7002ffff" +
  "b0020003" +
  "d000" +
  "3003000161" +
  "3207000178" +
  "0009" +
  "ff00";
const heard =
  "connack true 0, suback 10 1, a/b 1 0 hi., a/b 13 258 hi., 40 1, 50 2, 62 258, 70 65535, b0 3, pong, a 0 0 ., x 2 9 \xff\0.";

test("all packets that a broker sends, in one piece and cut at each byte", () => {
  const bytes = bytesOf(stream);
  const listener = new Listener();
  const reader = new MqttReader(16);
  equal(reader.feed(bytes, 0, bytes.length, listener), bytes.length);
  equal(listener.said, heard);
  for (let cut = 1; cut < bytes.length; cut++) {
    equal(reader.feed(bytes, 0, cut, listener), cut);
    equal(reader.feed(bytes, cut, bytes.length, listener), bytes.length);
    equal(listener.said, heard, `cut at ${cut}`);
  }
  for (let at = 0; at < bytes.length; at++) reader.feed(bytes, at, at + 1, listener);
  equal(listener.said, heard);
});

test("payload that is not taken is offered again, and a target that has enough is left alone", () => {
  const bytes = bytesOf("31070003612f626869d000");
  const reader = new MqttReader(16);
  const listener = new Listener();
  listener.refusals = 1;
  equal(reader.feed(bytes, 0, bytes.length, listener), 7);
  equal(reader.feed(bytes, 7, bytes.length, listener), bytes.length);
  equal(listener.said, "a/b 1 0 hi., pong");
  listener.most = 1;
  equal(reader.feed(bytes, 0, bytes.length, listener), bytes.length);
  equal(listener.said, "a/b 1 0 h.|i., pong", "in as many pieces as it takes");
  listener.isTaking = false;
  equal(reader.feed(bytes, 0, bytes.length, listener), 0);
});

test("a topic that is longer than wanted is not told, its message is passed over", () => {
  const reader = new MqttReader(4);
  const listener = new Listener();
  const bytes = bytesOf("320b0005616161616100016869d000");
  for (let at = 0; at < bytes.length; at++) reader.feed(bytes, at, at + 1, listener);
  equal(listener.said, "undefined 2 1 hi., pong");
  const whole = bytesOf("3006000461616161");
  reader.feed(whole, 0, whole.length, listener);
  equal(listener.said, "aaaa 0 0 .");
});

test("a message of 256 MB is no reason to keep anything", () => {
  const reader = new MqttReader(16);
  const listener = new Listener();
  const head = bytesOf("30ffffff7f000161");
  const piece = new Uint8Array(50);
  reader.feed(head, 0, head.length, listener);
  for (let i = 0; i < 10; i++) equal(reader.feed(piece, 0, piece.length, listener), 50);
  equal(listener.said, "");
});

test("what is no packet, whatever is cut where", () => {
  for (const hex of [
    "00",
    "1000",
    "8200",
    "a200",
    "c000",
    "e000",
    "f000",
    "2100",
    "20020200",
    "20020006",
    "20020101",
    "200100",
    "2003000000",
    "30ffffffff",
    "3600",
    "3800",
    "3000",
    "3002",
    "30020000",
    "3003000041",
    "3003000261",
    "3204000161",
    "320500016100",
    "32050001610000",
    "30030001ff",
    "300300012b",
    "3003000123",
    "3003000100",
    "4000",
    "40020000",
    "4103000100",
    "6002",
    "9002",
    "9003000103",
    "9003000000",
    "900400010000",
    "b1020001",
    "d001",
    "d101",
  ]) {
    const whole = bytesOf(`${hex}0000000000`);
    throws(() => new MqttReader(16).feed(whole, 0, whole.length, new Listener()), "BAD_ANSWER");
    throws(() => {
      const reader = new MqttReader(16);
      const listener = new Listener();
      for (let at = 0; at < whole.length; at++) reader.feed(whole, at, at + 1, listener);
    }, "BAD_ANSWER");
  }
});
