/** A user's share of a connection to a broker: what it has subscribed to, and what it publishes. */

import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { ByteSource } from "lws/platform/bytes";
import type { Milestone } from "./connect";
import type { MqttBroker } from "./mqtt-broker";
import { isTopic } from "./mqtt-topic";

/** What a piece of a message is. */
export const enum MqttPiece {
  first = 1,
  last = 2,
  /** The broker had kept the message (its retain flag). */
  retained = 4,
}

/** Who shares a connection. All of these are called in later turns than that of the call which asked for them. */
export interface MqttUser {
  /** The broker knows us and has said what we say first, and it takes the subscription. Before that, only what an earlier session has left over may come. */
  onUp(use: MqttUse): void;
  /** A piece of a message to the topic that was subscribed to; `piece` has bits of {@link MqttPiece}. The buffer belongs to the core. */
  onMessage(use: MqttUse, topic: string, buffer: Uint8Array, from: number, to: number, piece: number): void;
  /** {@link MqttUse.publish} or {@link MqttUse.append} may be called now, once. Comes when `callbackOnWritable` has asked for it and the last message is acknowledged. */
  onWriteable(use: MqttUse): void;
  /** A message with a quality of service of 1 or 2 has reached the broker; or, false, nobody knows: the broker does not answer, or has lost the session. */
  onAcknowledged(use: MqttUse, isGood: boolean): void;
  /** How far the connection has come, before it is up. */
  passed?(milestone: Milestone, what: string): void;
  /** Most bytes of a message that are taken at once; more of them follow, unless the user is held. */
  room?(): number;
  /** The share is over; it was not there at all yet, or is lost. Not after {@link MqttUse.leave}. */
  onDown(use: MqttUse, code: ErrorCode): void;
}

export interface MqttSubscription {
  readonly filter: string;
  readonly qos: number;
}

export const enum Share {
  /** The broker has still to be told of it. */
  joining,
  subscribing,
  up,
  over,
}

export class MqttUse {
  /** @internal Next on the same connection. */
  next: MqttUse | undefined = undefined;
  /** @internal */
  share = Share.joining;
  /** @internal */
  wantsTx = false;
  /** @internal The user takes nothing at present. */
  isHeld = false;
  /** @internal The message that is coming is for it. */
  isMeant = false;
  /** @internal Number of its SUBSCRIBE, and when that was sent. */
  id = 0;
  since = 0;

  /** @internal {@link MqttClient.join} makes them. */
  constructor(
    private readonly broker: MqttBroker,
    readonly user: MqttUser,
    /** @internal Who it is, over connections. */
    readonly owner: object,
    readonly subscription: MqttSubscription | undefined,
  ) {}

  /** Asks for {@link MqttUser.onWriteable}. */
  callbackOnWritable(): void {
    this.wantsTx = true;
    this.broker.wake();
  }

  /**
   * Publishes `[from, to)` of `source`. With a quality of service of 0, `total` may be more: the rest follows by {@link MqttUse.append}, and nothing else goes
   * out meanwhile. With 1 or 2 a copy is kept until {@link MqttUser.onAcknowledged}. Throws BAD_OPTION for a topic that can't be published to, OVERLOADED for a message
   * that is too large to be kept, and WRITE_OUTSIDE_WRITEABLE.
   */
  publish(
    topic: string,
    qos: number,
    retain: boolean,
    source: ByteSource,
    from: number,
    to: number,
    total = to - from,
  ): void {
    if (!isTopic(topic)) throw new LwsError("BAD_OPTION", `topic ${topic}`);
    if (total < to - from || (qos > 0 && total > to - from)) throw new LwsError("BAD_OPTION", "total");
    this.broker.publish(this, { topic, qos, retain }, source, from, to, total);
  }

  /** Sends more of a message. Throws BAD_OPTION for more than it has. */
  append(source: ByteSource, from: number, to: number): void {
    this.broker.append(this, source, from, to);
  }

  /** Stops (false) or restarts (true) what comes in. The connection is shared: it stops, for all, at the next message to somebody who takes nothing. */
  rxFlow(on: boolean): void {
    this.isHeld = !on;
    if (on) this.broker.resume();
  }

  /** The user has seen something that only a broker which is there can have sent. */
  confirmValid(): void {
    this.broker.confirmValid();
  }

  /** Ends it; nothing is told any more. The last one unsubscribes, and takes leave of the broker. */
  leave(): void {
    if (this.share !== Share.over) this.broker.leave(this);
  }
}
