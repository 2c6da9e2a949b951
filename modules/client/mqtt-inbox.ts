/** The middle part: what the broker sends, to whom it goes, and how it is acknowledged. */
import { LwsError } from "lws/core/errors";
import { Flag } from "lws/core/wsi-flags";
import { MqttAcks, MqttSeen } from "./mqtt-flight";
import { MqttLine, Phase } from "./mqtt-line";
import { Packet, PublishFlag } from "./mqtt-packet";
import type { MqttTarget } from "./mqtt-reader";
import { takesIn } from "./mqtt-topic";
import { MqttPiece, type MqttUse, Share } from "./mqtt-use";

export abstract class MqttInbox extends MqttLine implements MqttTarget {
  protected first: MqttUse | undefined = undefined;
  protected readonly acks = new MqttAcks();
  protected readonly seen = new MqttSeen();
  /** The message that is coming. */
  private topic = "";
  private flags = 0;
  private messageId = 0;
  private isBegun = false;
  /** It has come before. */
  private isKnown = false;

  protected override get target(): MqttTarget {
    return this;
  }

  get isTaking(): boolean {
    return this.wsi?.alive === true && !this.isStalled && !this.acks.isFull;
  }

  begun(topic: string | undefined, flags: number, id: number): void {
    if (this.phase < Phase.birth) throw new LwsError("BAD_ANSWER", "MQTT: a message before CONNACK");
    this.topic = topic ?? "";
    this.flags = flags;
    this.messageId = id;
    this.isBegun = false;
    this.isKnown = (flags & PublishFlag.qos) >> 1 === 2 && this.seen.has(id);
    for (let use = this.first; use; use = use.next) {
      const { subscription } = use;
      use.isMeant =
        !this.isKnown && topic !== undefined && subscription !== undefined && takesIn(subscription.filter, topic);
    }
  }

  payload(buffer: Uint8Array, from: number, to: number, isLast: boolean): number {
    if (from < to && this.isBlocked()) {
      this.isStalled = true;
      this.wsi?.rxFlow(false);
      return 0;
    }
    const end = Math.min(to, from + this.room());
    let piece = (this.isBegun ? 0 : MqttPiece.first) | (isLast && end === to ? MqttPiece.last : 0);
    if (this.flags & PublishFlag.retain) piece |= MqttPiece.retained;
    this.isBegun = true;
    let use = this.first;
    while (use) {
      const { next } = use;
      if (use.isMeant && use.share !== Share.over) use.user.onMessage(use, this.topic, buffer, from, end, piece);
      use = next;
    }
    return end - from;
  }

  /** Bytes that all can take whom the message is for. */
  private room(): number {
    let room = Number.POSITIVE_INFINITY;
    for (let use = this.first; use; use = use.next) {
      if (use.isMeant) room = Math.min(room, use.user.room?.() ?? room);
    }
    return Math.max(room, 1);
  }

  ended(): void {
    const qos = (this.flags & PublishFlag.qos) >> 1;
    if (qos === 1) this.acknowledge(Packet.puback, this.messageId);
    if (qos !== 2) return;
    if (!this.isKnown && !this.seen.add(this.messageId)) throw new LwsError("OVERLOADED", "MQTT: messages");
    this.acknowledge(Packet.pubrec, this.messageId);
  }

  ponged(): void {
    if (this.phase < Phase.birth) throw new LwsError("BAD_ANSWER", "MQTT: PINGRESP before CONNACK");
  }

  /** What is for somebody who takes nothing waits, and all behind it. */
  private isBlocked(): boolean {
    for (let use = this.first; use; use = use.next) if (use.isMeant && use.isHeld) return true;
    return false;
  }

  /** @internal Somebody takes something again, or is gone. */
  resume(): void {
    if (!this.isStalled || this.isBlocked()) return;
    this.isStalled = false;
    this.awoken();
    this.wsi?.rxFlow(true);
  }

  /** Time has passed in which nothing could be heard. */
  protected awoken(): void {
    this.confirmValid();
    this.remind(0);
  }

  /** Sends an acknowledgement soon. A broker that does not take them is not read any more. */
  protected acknowledge(type: Packet, id: number): void {
    const { acks } = this;
    acks.add(type, id);
    if (acks.isFull) this.wsi?.hold(Flag.rxHeldByRole);
    this.wake();
  }

  protected sendAcks(): boolean {
    const { acks } = this;
    if (acks.length === 0) return false;
    this.transmit(acks.bytes, 0, acks.length);
    acks.length = 0;
    this.wsi?.release(Flag.rxHeldByRole);
    return true;
  }

  abstract greeted(isPresent: boolean, code: number): void;
  abstract answered(type: Packet, id: number): void;
  abstract subscribed(id: number, code: number): void;
}
