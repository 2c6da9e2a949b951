/** Packets of Improv Wi-Fi's serial protocol, version 1: "IMPROV", version, type, length, data, sum of all bytes before. */
import { Bytes } from "lws/platform/bytes";

export const enum PacketType {
  state = 1,
  error,
  command,
  result,
}

/** The header, and where the parts of a packet stand. */
const MAGIC = "IMPROV\u0001";
const enum At {
  type = 7,
  length,
  data,
}
const MOST = 255;
const NONE = new Uint8Array(0);

/** Finds packets among whatever else comes over a serial line. */
export class PacketReader {
  /** Only while a packet arrives. */
  private packet = NONE;
  private at = 0;

  /** Takes a byte. Returns whether a packet is complete; "bad" for one whose sum is wrong. */
  take(byte: number): boolean | "bad" {
    if (this.at < MAGIC.length && byte !== MAGIC.charCodeAt(this.at)) this.at = 0;
    if (this.at === 0 && byte !== MAGIC.charCodeAt(0)) return false;
    if (this.at === 0) this.packet = new Uint8Array(At.data + MOST + 1);
    const { packet } = this;
    packet[this.at++] = byte;
    if (this.at <= At.data) return false;
    const end = At.data + (packet[At.length] as number);
    if (this.at <= end) return false;
    this.at = 0;
    return packet[end] === sum(packet, end) || "bad";
  }

  get type(): number {
    return this.packet[At.type] as number;
  }

  /** Valid until the next byte is taken. */
  get data(): Uint8Array {
    return this.packet.subarray(At.data, At.data + (this.packet[At.length] as number));
  }

  /** Forgets the packet, which may hold a passphrase. */
  wipe(): void {
    this.packet.fill(0);
    this.packet = NONE;
  }
}

/** A packet that tells a number. */
export function statePacket(type: PacketType.state | PacketType.error, value: number): Uint8Array {
  const packet = begin(type, 1);
  packet[At.data] = value;
  return end(packet);
}

/** The answer to a command: texts, which are cut where they are too long for a packet. */
export function resultPacket(command: number, texts: readonly string[]): Uint8Array {
  const sizes = texts.map((text) => Bytes.size(text));
  const size = sizes.reduce((all, each) => all + 1 + each, 0);
  if (size > MOST - 2) return resultPacket(command, texts.slice(0, -1));
  const packet = begin(PacketType.result, size + 2);
  let at = At.data + 2;
  packet[At.data] = command;
  packet[At.data + 1] = size;
  texts.forEach((text, i) => {
    packet[at] = sizes[i] as number;
    at = Bytes.put(text, packet, at + 1);
  });
  return end(packet);
}

/** What has to follow a packet's data: its sum, and a line end, so that logs begin on a new line. */
function begin(type: PacketType, length: number): Uint8Array {
  const packet = new Uint8Array(At.data + length + 2);
  Bytes.put(MAGIC, packet, 0);
  packet[At.type] = type;
  packet[At.length] = length;
  return packet;
}

function end(packet: Uint8Array): Uint8Array {
  const at = packet.length - 2;
  packet[at] = sum(packet, at);
  packet[at + 1] = 0x0a;
  return packet;
}

function sum(bytes: Uint8Array, to: number): number {
  let all = 0;
  for (let i = 0; i < to; i++) all = (all + (bytes[i] as number)) & 0xff;
  return all;
}
