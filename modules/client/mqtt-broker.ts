/** The upper part of what is known of a broker: who shares the connection to it, and what it answers them. It outlives connections as long as there is something to remember. */
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import Time from "time";
import type { Milestone } from "./connect";
import type { MqttOptions } from "./mqtt-client";
import { isAnswerTo, type MqttMessage, Verdict } from "./mqtt-flight";
import { Phase } from "./mqtt-line";
import { MqttOutbox } from "./mqtt-outbox";
import { Packet, unsubscribePacket } from "./mqtt-packet";
import { type MqttUse, Share } from "./mqtt-use";

/** A message is sent so often, before we give up. */
const attempts = 4;

export class MqttBroker extends MqttOutbox {
  /** @internal Next of the client's. */
  neighbour: MqttBroker | undefined = undefined;

  isFor({ server, id, user, password }: MqttOptions): boolean {
    const own = this.options;
    const isSame = own.server.host === server.host && own.server.port === server.port;
    const isOurs = own.id === id && own.user === user && own.password === password;
    return isSame && isOurs && own.server.secure === server.secure;
  }

  get length(): number {
    let count = 0;
    for (let use = this.first; use; use = use.next) count++;
    return count;
  }
  get isUsed(): boolean {
    return this.first !== undefined;
  }
  /** There is nothing to remember. */
  get isBlank(): boolean {
    return this.flight.first === undefined && (this.clean || this.seen.count === 0);
  }

  // --- who shares it --------------------------------------------------------------------------------------------------------------

  /** Throws BAD_OPTION. */
  attach(use: MqttUse, options: MqttOptions): void {
    if (this.phase === Phase.idle) this.dial(options);
    this.enlist(use);
    this.wake();
  }

  leave(use: MqttUse): void {
    const { share, subscription } = use;
    this.detach(use);
    const isCut = this.writer === use;
    if (!this.first) {
      const isSubscribed = share !== Share.joining && subscription !== undefined;
      this.hangUp(
        this.phase < Phase.birth || isCut ? undefined : this.farewell(isSubscribed ? subscription.filter : ""),
      );
      this.settle();
    } else if (isCut) {
      // The others hear of it in a turn of its own: one of them may be the caller.
      this.wsi?.drop();
    } else if (share !== Share.joining && subscription && !this.wanted(subscription.filter)) {
      this.leaving.push(subscription.filter);
      this.wake();
    }
    this.resume();
  }

  private detach(use: MqttUse): void {
    const { flight } = this;
    this.remove(use);
    use.share = Share.over;
    const message = flight.of(use.owner);
    if (!message) return;
    message.owner = undefined;
    if (message.verdict !== Verdict.pending || this.clean) flight.remove(message);
  }

  /** Takes leave of the broker, which does not act on our will then. */
  private farewell(filter: string): Uint8Array {
    const goodbye = filter === "" ? new Uint8Array(0) : unsubscribePacket(this.newId(), filter);
    const all = new Uint8Array(goodbye.length + 2);
    all.set(goodbye);
    all[goodbye.length] = Packet.disconnect;
    return all;
  }

  /** The vhost goes away. */
  close(): void {
    this.hangUp(this.phase < Phase.birth || this.writer ? undefined : this.farewell(""));
    this.down("WSI_CLOSED");
  }

  protected override down(code: ErrorCode): void {
    let use = this.first;
    this.first = undefined;
    for (let each = use; each; each = each.next) each.share = Share.over;
    this.settle();
    while (use) {
      const { next } = use;
      use.user.onDown(use, code);
      use = next;
    }
  }

  /** The connection is over: what is left is for the next one. */
  private settle(): void {
    this.forgetOutgoing();
    this.acks.length = 0;
    this.isStalled = false;
    this.client.settle(this);
  }

  /** @internal */
  passed(milestone: Milestone, what: string): void {
    for (let use = this.first; use; use = use.next) use.user.passed?.(milestone, what);
  }

  // --- what comes -----------------------------------------------------------------------------------------------------------------

  override greeted(isPresent: boolean, code: number): void {
    if (this.phase !== Phase.greeting || !this.isGreeted || (isPresent && this.clean)) {
      throw new LwsError("BAD_ANSWER", "MQTT: CONNACK");
    }
    if (code !== 0) {
      this.fail(code >= 4 ? "MQTT_UNAUTHORIZED" : "MQTT_REFUSED");
      return;
    }
    if (!isPresent) {
      this.seen.clear();
      this.flight.fail();
    }
    this.phase = Phase.birth;
    if (!this.options.birth) this.rise();
    this.wake();
  }

  protected override rise(): void {
    this.phase = Phase.up;
    this.remind(0);
    this.wake();
  }

  override subscribed(id: number, code: number): void {
    let use = this.first;
    while (use && (use.id !== id || use.share !== Share.subscribing)) use = use.next;
    if (!use) return;
    if (code < 0x80) this.lift(use);
    else {
      this.detach(use);
      if (!this.first) {
        this.hangUp(this.farewell(""));
        this.settle();
      }
      use.user.onDown(use, "MQTT_NO_SUBSCRIPTION");
    }
  }

  override answered(type: Packet, id: number): void {
    if (this.phase < Phase.birth) throw new LwsError("BAD_ANSWER", "MQTT: an acknowledgement before CONNACK");
    if (type === Packet.pubrel) {
      this.seen.remove(id);
      this.acknowledge(Packet.pubcomp, id);
      return;
    }
    if (type === Packet.unsuback) {
      if (id === this.leavingId) this.leavingId = 0;
      this.wake();
      return;
    }
    const message = this.flight.find(id);
    if (!message || message.verdict !== Verdict.pending) {
      // We have given it up; the broker need not remember it for us.
      if (type === Packet.pubrec) this.acknowledge(Packet.pubrel, id);
      return;
    }
    if (!isAnswerTo(type, message)) throw new LwsError("BAD_ANSWER", "MQTT: an acknowledgement of another kind");
    if (type !== Packet.pubrec) this.conclude(message, Verdict.good);
    else {
      this.flight.release(message);
      message.sent = 0;
      message.isDue = true;
      this.wake();
    }
  }

  private conclude(message: MqttMessage, verdict: Verdict): void {
    const { flight } = this;
    const { owner } = message;
    message.verdict = verdict;
    message.isDue = false;
    flight.release(message);
    if (owner === undefined || owner === this) flight.remove(message);
    if (owner === this) {
      if (verdict === Verdict.good) this.rise();
      else this.fail("ANSWER_TIMEOUT");
      return;
    }
    for (let use = this.first; use; use = use.next) {
      if (use.owner !== owner) continue;
      this.tell(use);
      return;
    }
  }

  /** Says what has become of its last message. */
  private tell(use: MqttUse): void {
    const message = this.flight.of(use.owner);
    if (use.share !== Share.up || !message || message.verdict === Verdict.pending) return;
    this.flight.remove(message);
    use.user.onAcknowledged(use, message.verdict === Verdict.good);
    this.wake();
  }

  /** The broker has all that it has to know of this one. */
  protected override lift(use: MqttUse): void {
    use.share = Share.up;
    use.user.onUp(use);
    this.tell(use);
    this.wake();
  }

  // --- time -----------------------------------------------------------------------------------------------------------------------

  protected override isAnswering(): boolean {
    const { answerTimeout } = this;
    if (!super.isAnswering()) return false;
    if (this.leavingId !== 0 && !this.isWithin(this.leavingSince, answerTimeout)) return false;
    for (let use = this.first; use; use = use.next) {
      if (use.share === Share.subscribing && !this.isWithin(use.since, answerTimeout)) return false;
    }
    this.repeat();
    return this.wsi !== undefined;
  }

  /** Messages that are not acknowledged are sent again, and then given up. */
  private repeat(): void {
    const { ackTimeout = 3000 } = this.client.options;
    let message = this.flight.first;
    while (message) {
      const { next } = message;
      const isWaiting = message.verdict === Verdict.pending && !message.isDue && message.sent > 0;
      if (isWaiting && !this.isWithin(message.since, ackTimeout)) {
        if (message.sent >= attempts) this.conclude(message, Verdict.bad);
        else {
          message.isDue = true;
          this.wake();
        }
      }
      message = next;
    }
  }

  protected override awoken(): void {
    for (let message = this.flight.first; message; message = message.next) message.since = Time.ticks;
    super.awoken();
  }
}
