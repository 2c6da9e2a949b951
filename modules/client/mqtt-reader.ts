/** Takes apart what a broker sends (MQTT 3.1.1), wherever it is cut. Payload is handed on as it comes and never gathered; nothing else is longer than a topic. */
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import { Packet, PublishFlag } from "./mqtt-packet";

/** Who is told. */
export interface MqttTarget {
  /** False stops the reader: what follows is not looked at now. */
  readonly isTaking: boolean;
  /** CONNACK. */
  greeted(isPresent: boolean, code: number): void;
  /** PUBACK, PUBREC, PUBREL, PUBCOMP or UNSUBACK. */
  answered(type: Packet, id: number): void;
  /** SUBACK: the quality of service that is granted, or 0x80. */
  subscribed(id: number, code: number): void;
  ponged(): void;
  /** A message begins; its topic is undefined where that is longer than we take. `id` is 0 with a quality of service of 0. */
  begun(topic: string | undefined, flags: number, id: number): void;
  /** A piece of it. Returns how many bytes were taken; the others are offered again. */
  payload(buffer: Uint8Array, from: number, to: number, isLast: boolean): number;
  /** It is complete. */
  ended(): void;
}

const enum Part {
  first,
  length,
  /** All of a packet that is no message. */
  small,
  topicLength,
  topic,
  id,
  payload,
}

function malformed(what: string): never {
  throw new LwsError("BAD_ANSWER", `MQTT: ${what}`);
}

export class MqttReader {
  private part = Part.first;
  /** First byte of the packet. */
  private first = 0;
  /** Bytes of the packet that are still to come, and the place of the next bits of their number. */
  private left = 0;
  private shift = 0;
  /** Bytes of the part that are still to come; those that have come are in `head`. */
  private need = 0;
  private at = 0;
  private readonly head: Uint8Array;
  private topic: string | undefined = undefined;

  /** Topics that are longer than `limit` bytes are not told. */
  constructor(limit: number) {
    this.head = new Uint8Array(Math.max(limit, 4));
  }

  /** The next byte is the first of a connection. */
  reset(): void {
    this.part = Part.first;
  }

  /** Takes what is in `[from, to)`; returns the index of the first byte that was not taken. Throws BAD_ANSWER. */
  feed(buffer: Uint8Array, from: number, to: number, target: MqttTarget): number {
    let at = from;
    while (at < to && target.isTaking) {
      if (this.part <= Part.length) this.byte(buffer[at++] as number, target);
      else if (this.part !== Part.payload) at = this.gather(buffer, at, to, target);
      else {
        const end = Math.min(to, at + this.left);
        const taken = target.payload(buffer, at, end, end - at === this.left);
        if (taken === 0) break;
        this.left -= taken;
        at += taken;
        if (this.left === 0) this.endMessage(target);
      }
    }
    return at;
  }

  private byte(value: number, target: MqttTarget): void {
    if (this.part === Part.first) {
      this.first = value;
      this.left = this.shift = 0;
      this.part = Part.length;
      return;
    }
    this.left |= (value & 0x7f) << this.shift;
    this.shift += 7;
    if (value < 0x80) this.open(target);
    else if (this.shift > 21) malformed("a length of more than four bytes");
  }

  /** The packet's length is known. */
  private open(target: MqttTarget): void {
    const { first, left } = this;
    this.at = 0;
    if ((first & 0xf0) === Packet.publish) {
      const qos = (first & PublishFlag.qos) >> 1;
      if (qos === 3 || (qos === 0 && first & PublishFlag.duplicate)) malformed("flags of a message");
      if (left < 3 + (qos > 0 ? 2 : 0)) malformed("a message without a topic");
      this.part = Part.topicLength;
      this.need = 2;
    } else if (left !== sizeOf(first)) malformed(`packet ${first} of ${left} bytes`);
    else if (left === 0) {
      this.part = Part.first;
      target.ponged();
    } else {
      this.part = Part.small;
      this.need = left;
    }
  }

  private gather(buffer: Uint8Array, from: number, to: number, target: MqttTarget): number {
    const end = Math.min(to, from + this.need);
    // What is too long for its place is a topic, and is not told.
    const kept = Math.min(end - from, this.head.length - this.at);
    if (kept > 0) Bytes.copy(buffer, from, from + kept, this.head, this.at);
    this.at += end - from;
    this.need -= end - from;
    this.left -= end - from;
    if (this.need === 0) this.complete(target);
    return end;
  }

  /** A part is there as a whole. */
  private complete(target: MqttTarget): void {
    const { head } = this;
    const word = ((head[0] as number) << 8) | (head[1] as number);
    switch (this.part) {
      case Part.topicLength:
        this.part = Part.topic;
        this.need = word;
        this.at = 0;
        if (word === 0) malformed("an empty topic");
        if (word + (this.first & PublishFlag.qos ? 2 : 0) > this.left) malformed("a topic longer than its message");
        break;
      case Part.topic:
        this.topic = this.at > head.length ? undefined : this.readTopic();
        this.at = 0;
        this.need = 2;
        this.part = Part.id;
        if (!(this.first & PublishFlag.qos)) this.beginMessage(0, target);
        break;
      case Part.id:
        this.beginMessage(checkId(word), target);
        break;
      default:
        this.part = Part.first;
        this.tell(word, target);
    }
  }

  private readTopic(): string {
    const topic = Bytes.text(this.head, 0, this.at);
    if (topic === undefined || topic.includes("+") || topic.includes("#")) malformed("a topic");
    return topic;
  }

  private beginMessage(id: number, target: MqttTarget): void {
    const { topic } = this;
    this.topic = undefined;
    this.part = Part.payload;
    target.begun(topic, this.first & 0xf, id);
    if (this.left > 0) return;
    target.payload(this.head, 0, 0, true);
    this.endMessage(target);
  }

  private endMessage(target: MqttTarget): void {
    this.part = Part.first;
    target.ended();
  }

  /** A packet that is no message. */
  private tell(word: number, target: MqttTarget): void {
    const { first, head } = this;
    if (first === Packet.connack) {
      const code = word & 0xff;
      if (word >> 8 > (code === 0 ? 1 : 0) || code > 5) malformed("CONNACK");
      target.greeted(word >> 8 === 1, code);
    } else if (first === Packet.suback) {
      const code = head[2] as number;
      if (code > 2 && code !== 0x80) malformed("SUBACK");
      target.subscribed(checkId(word), code);
    } else target.answered(first, checkId(word));
  }
}

function checkId(id: number): number {
  return id === 0 ? malformed("packet 0") : id;
}

/** Bytes behind the length of a packet that begins like this, where a broker may send it at all; we subscribe to one topic at a time. */
function sizeOf(first: number): number {
  switch (first) {
    case Packet.connack:
    case Packet.puback:
    case Packet.pubrec:
    case Packet.pubrel:
    case Packet.pubcomp:
    case Packet.unsuback:
      return 2;
    case Packet.suback:
      return 3;
    case Packet.pingresp:
      return 0;
    default:
      return -1;
  }
}
