/** Packets of MQTT 3.1.1 as they go out. */
import { LwsError } from "lws/core/errors";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";

/** First bytes of packets, with the flags that they always have (§2.2). */
export const enum Packet {
  connect = 0x10,
  connack = 0x20,
  publish = 0x30,
  puback = 0x40,
  pubrec = 0x50,
  pubrel = 0x62,
  pubcomp = 0x70,
  subscribe = 0x82,
  suback = 0x90,
  unsubscribe = 0xa2,
  unsuback = 0xb0,
  pingreq = 0xc0,
  pingresp = 0xd0,
  disconnect = 0xe0,
}

/** Flags of PUBLISH (§3.3.1); the quality of service stands between them. */
export const enum PublishFlag {
  retain = 1,
  qos = 6,
  duplicate = 8,
}

/** Something that is published. */
export interface MqttPost {
  readonly topic: string;
  readonly message: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** What a broker is told when a connection begins. */
export interface MqttGreeting {
  readonly id: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly clean: boolean;
  /** Seconds within which something comes from us; 0: whenever. */
  readonly keepAlive: number;
  readonly will?: MqttPost | undefined;
}

/** Largest number that a length can be (§2.2.3). */
const longest = 0x0fffffff;

/** Bytes that a length takes. */
function lengthSize(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  return length < 0x200000 ? 3 : 4;
}

/** Bytes of a text with its length before it. */
function textSize(text: string): number {
  return 2 + Bytes.size(text);
}

/** Fills a packet; what does not fit throws BAD_OPTION. */
class Packer {
  at = 0;

  constructor(readonly into: Uint8Array) {}

  byte(value: number): void {
    if (this.at >= this.into.length) throw new LwsError("BAD_OPTION", "an MQTT packet is too long");
    this.into[this.at++] = value;
  }
  word(value: number): void {
    this.byte(value >> 8);
    this.byte(value & 0xff);
  }
  length(value: number): void {
    if (value > longest) throw new LwsError("BAD_OPTION", "an MQTT packet is too long");
    let rest = value;
    do {
      this.byte((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
      rest >>>= 7;
    } while (rest > 0);
  }
  text(text: string): void {
    const size = Bytes.size(text);
    this.word(size);
    const to = size > 0xffff ? -1 : Bytes.put(text, this.into, this.at);
    if (to < 0) throw new LwsError("BAD_OPTION", "a text of MQTT is too long");
    this.at = to;
  }
}

/** A packet that has `size` bytes behind its length. */
function packer(first: number, size: number): Packer {
  const packet = new Packer(new Uint8Array(1 + lengthSize(size) + size));
  packet.byte(first);
  packet.length(size);
  return packet;
}

/** §3.1 */
export function connectPacket({ id, user, password, clean, keepAlive, will }: MqttGreeting): Uint8Array {
  let size = 10 + textSize(id);
  let flags = clean ? 2 : 0;
  if (will) {
    size += textSize(will.topic) + textSize(will.message);
    flags |= 4 | (will.qos << 3) | (will.retain ? 0x20 : 0);
  }
  if (user !== undefined) {
    size += textSize(user);
    flags |= 0x80;
  }
  if (password !== undefined) {
    size += textSize(password);
    flags |= 0x40;
  }
  const packet = packer(Packet.connect, size);
  packet.text("MQTT");
  packet.byte(4);
  packet.byte(flags);
  packet.word(keepAlive);
  packet.text(id);
  if (will) {
    packet.text(will.topic);
    packet.text(will.message);
  }
  if (user !== undefined) packet.text(user);
  if (password !== undefined) packet.text(password);
  return packet.into;
}

/** §3.8 */
export function subscribePacket(id: number, filter: string, qos: number): Uint8Array {
  const packet = packer(Packet.subscribe, 3 + textSize(filter));
  packet.word(id);
  packet.text(filter);
  packet.byte(qos);
  return packet.into;
}

/** §3.10 */
export function unsubscribePacket(id: number, filter: string): Uint8Array {
  const packet = packer(Packet.unsubscribe, 2 + textSize(filter));
  packet.word(id);
  packet.text(filter);
  return packet.into;
}

/** Writes what stands before the payload of a message (§3.3) into `into`; returns the index behind it. Throws BAD_OPTION where it does not fit. */
export function putPublish(
  into: Uint8Array,
  topic: string,
  id: number,
  qos: number,
  retain: boolean,
  payload: number,
): number {
  const packet = new Packer(into);
  packet.byte(Packet.publish | (qos << 1) | (retain ? PublishFlag.retain : 0));
  packet.length(textSize(topic) + (qos > 0 ? 2 : 0) + payload);
  packet.text(topic);
  if (qos > 0) packet.word(id);
  return packet.at;
}

/** A message that is kept until it is acknowledged, as one packet. */
export function publishPacket(
  { topic, qos, retain }: Omit<MqttPost, "message">,
  id: number,
  source: ByteSource,
  from: number,
  to: number,
): Uint8Array {
  const size = textSize(topic) + (qos > 0 ? 2 : 0) + to - from;
  const packet = new Uint8Array(1 + lengthSize(size) + size);
  Bytes.copy(source, from, to, packet, putPublish(packet, topic, id, qos, retain, to - from));
  return packet;
}
