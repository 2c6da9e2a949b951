/** What both sides of a session have to remember, over the end of a connection, too: messages of ours until they are acknowledged, and which of the broker's have come already. */
import { Packet, PublishFlag } from "./packet";

export const enum Verdict {
  /** No acknowledgement yet. */
  pending,
  good,
  bad,
}

/** A message of ours with a quality of service of 1 or 2. */
export class MqttMessage {
  next: MqttMessage | undefined = undefined;
  verdict = Verdict.pending;
  /** Sent so many times on this connection, or what follows its first answer. */
  sent = 0;
  /** When it was sent last. */
  since = 0;
  /** It is to be sent again. */
  isDue = false;

  constructor(
    readonly id: number,
    /** The whole of it; undefined once the broker has it (quality of service 2). */
    public packet: Uint8Array | undefined,
    /** Whose it is; who asks for that owner is told what becomes of it. */
    public owner: object | undefined,
  ) {}

  get qos(): number {
    return this.packet ? ((this.packet[0] as number) & PublishFlag.qos) >> 1 : 2;
  }

  /** What is sent now; the second time as a repetition. */
  get bytes(): Uint8Array {
    const { packet, id } = this;
    if (!packet) return new Uint8Array([Packet.pubrel, 2, id >> 8, id & 0xff]);
    if (this.isDue) packet[0] = (packet[0] as number) | PublishFlag.duplicate;
    return packet;
  }
}

/** Messages of ours, in the order in which they were sent first. */
export class MqttFlight {
  first: MqttMessage | undefined = undefined;
  /** Bytes that are kept. */
  size = 0;

  add(message: MqttMessage): void {
    let last = this.first;
    while (last?.next) last = last.next;
    if (last) last.next = message;
    else this.first = message;
    this.size += message.packet?.length ?? 0;
  }

  find(id: number): MqttMessage | undefined {
    let message = this.first;
    while (message && message.id !== id) message = message.next;
    return message;
  }

  of(owner: object): MqttMessage | undefined {
    let message = this.first;
    while (message && message.owner !== owner) message = message.next;
    return message;
  }

  /** Its payload is not needed any more. */
  release(message: MqttMessage): void {
    this.size -= message.packet?.length ?? 0;
    message.packet = undefined;
  }

  remove(message: MqttMessage): void {
    this.release(message);
    if (this.first === message) this.first = message.next;
    else {
      let before = this.first;
      while (before && before.next !== message) before = before.next;
      if (before) before.next = message.next;
    }
  }

  /** A connection is over: all that is not acknowledged is sent again on the next one. */
  rest(): void {
    for (let message = this.first; message; message = message.next) {
      message.sent = 0;
      message.isDue = message.verdict === Verdict.pending;
    }
  }

  /** The first that is to be sent again. */
  get due(): MqttMessage | undefined {
    let message = this.first;
    while (message && !message.isDue) message = message.next;
    return message;
  }

  /** The broker knows nothing of them any more. */
  fail(): void {
    for (let message = this.first; message; message = message.next) {
      if (message.verdict === Verdict.pending) message.verdict = Verdict.bad;
      message.isDue = false;
      this.release(message);
    }
  }
}

/** Most messages with a quality of service of 2 that a broker may have begun at once. */
const seenLimit = 256;

/** Numbers of messages with a quality of service of 2 that have come, until the broker releases them. */
export class MqttSeen {
  private ids = new Uint16Array(0);
  count = 0;

  has(id: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.ids[i] === id) return true;
    return false;
  }

  /** False: they are too many. */
  add(id: number): boolean {
    const { ids, count } = this;
    if (count === seenLimit) return false;
    if (count === ids.length) {
      this.ids = new Uint16Array(Math.max(8, 2 * count));
      this.ids.set(ids);
    }
    this.ids[this.count++] = id;
    return true;
  }

  remove(id: number): void {
    const { ids } = this;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const each = ids[i] as number;
      if (each !== id) ids[kept++] = each;
    }
    this.count = kept;
  }

  clear(): void {
    this.count = 0;
  }
}

/** Acknowledgements that are still to be sent: four bytes each. */
const ackLimit = 16;

export class MqttAcks {
  readonly bytes = new Uint8Array(4 * ackLimit);
  length = 0;

  add(type: Packet, id: number): void {
    const { bytes } = this;
    bytes[this.length++] = type;
    bytes[this.length++] = 2;
    bytes[this.length++] = id >> 8;
    bytes[this.length++] = id & 0xff;
  }

  get isFull(): boolean {
    return this.length === this.bytes.length;
  }
}

/** What the peer answers to a message: PUBACK or PUBREC, then PUBCOMP. */
export function isAnswerTo(type: Packet, message: MqttMessage): boolean {
  if (type === Packet.puback) return message.packet !== undefined && message.qos === 1;
  if (type === Packet.pubcomp) return message.packet === undefined;
  return type === Packet.pubrec && message.qos === 2;
}
