/** The part that writes: who wants something of the broker, and when it goes out. */

import { randomBelow } from "lws/client/random";
import { LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import Time from "time";
import type { MqttClient, MqttOptions } from "./client";
import { MqttFlight, MqttMessage } from "./flight";
import { MqttInbox } from "./inbox";
import { Phase } from "./line";
import { connectPacket, type MqttPost, publishPacket, putPublish, subscribePacket, unsubscribePacket } from "./packet";
import { type MqttUse, Share } from "./use";

export abstract class MqttOutbox extends MqttInbox {
  private readonly id: string;
  protected readonly flight = new MqttFlight();
  private lastId = 0;
  /** CONNECT is sent, and what is said first. */
  protected isGreeted = false;
  private isBorn = false;
  /** Whose turn it is to write, and who is at a message that goes out in pieces: bytes that are left of it. */
  private turn: MqttUse | undefined = undefined;
  protected writer: MqttUse | undefined = undefined;
  private left = 0;
  /** Topics that nobody wants any more, and the UNSUBSCRIBE that is not answered yet. */
  protected readonly leaving: string[] = [];
  protected leavingId = 0;
  protected leavingSince = 0;

  constructor(client: MqttClient, options: MqttOptions) {
    super(client, options);
    this.id = options.id ?? randomId();
  }

  /** Nobody could ever end a session under a name that is known to nobody. */
  protected get clean(): boolean {
    return this.options.clean === true || this.options.id === undefined;
  }

  /** A ping can't go out inside of a message. */
  protected override get canPing(): boolean {
    return this.writer === undefined;
  }

  protected enlist(use: MqttUse): void {
    let last = this.first;
    while (last?.next) last = last.next;
    use.next = undefined;
    if (last) last.next = use;
    else this.first = use;
  }

  protected remove(use: MqttUse): void {
    if (this.first === use) this.first = use.next;
    else {
      let before = this.first;
      while (before && before.next !== use) before = before.next;
      if (before) before.next = use.next;
    }
  }

  /** Highest quality of service that is asked for with this filter, plus 1; 0: nobody wants it. */
  protected wanted(filter: string): number {
    let most = 0;
    for (let use = this.first; use; use = use.next) {
      if (use.subscription?.filter === filter) most = Math.max(most, 1 + use.subscription.qos);
    }
    return most;
  }

  /** @internal There is room for one thing. */
  send(wsi: Wsi): void {
    if (this.step() && this.wsi === wsi) wsi.callbackOnWritable();
  }

  /** True if there may be more. */
  private step(): boolean {
    if (this.phase === Phase.greeting) return this.greet();
    if (this.writer) return this.give(this.writer);
    if (this.sendAcks()) return true;
    if (this.phase === Phase.birth && !this.isBorn) return this.bear();
    if (this.wantsPing) {
      this.ping();
      return true;
    }
    const due = this.flight.due;
    if (due) {
      this.launch(due);
      return true;
    }
    if (this.phase !== Phase.up) return false;
    return this.unsubscribe() || this.welcome() || this.serve();
  }

  private greet(): boolean {
    if (this.isGreeted) return false;
    this.isGreeted = true;
    const { user, password, keepAlive = 0, will } = this.options;
    this.transmit(connectPacket({ id: this.id, clean: this.clean, user, password, keepAlive, will }));
    return false;
  }

  private bear(): boolean {
    const { topic, message, qos, retain } = this.options.birth as MqttPost;
    this.isBorn = true;
    const bytes = new Uint8Array(Bytes.size(message));
    Bytes.put(message, bytes, 0);
    const id = this.newId();
    const packet = publishPacket({ topic, qos, retain }, id, bytes, 0, bytes.length);
    if (qos > 0) {
      const kept = new MqttMessage(id, packet, this);
      this.flight.add(kept);
      this.launch(kept);
    } else {
      this.transmit(packet);
      this.rise();
    }
    return true;
  }

  protected launch(message: MqttMessage): void {
    const { ackTimeout = 3000 } = this.client.options;
    this.transmit(message.bytes);
    message.isDue = false;
    message.sent++;
    message.since = Time.ticks;
    this.remind(ackTimeout);
  }

  private unsubscribe(): boolean {
    const { leaving } = this;
    if (leaving.length === 0 || this.leavingId !== 0) return false;
    const filter = leaving.shift() as string;
    if (this.wanted(filter) > 0) return true;
    this.leavingId = this.newId();
    this.leavingSince = Time.ticks;
    this.remind(this.answerTimeout);
    this.transmit(unsubscribePacket(this.leavingId, filter));
    return true;
  }

  private welcome(): boolean {
    let use = this.first;
    while (use && use.share !== Share.joining) use = use.next;
    if (!use) return false;
    const { subscription } = use;
    if (!subscription) {
      this.lift(use);
      return true;
    }
    use.share = Share.subscribing;
    use.id = this.newId();
    use.since = Time.ticks;
    this.remind(this.answerTimeout);
    this.transmit(subscribePacket(use.id, subscription.filter, this.wanted(subscription.filter) - 1));
    return true;
  }

  /** The next one in turn may publish something. */
  private serve(): boolean {
    const { keepLimit = 4096 } = this.client.options;
    const { flight } = this;
    if (flight.size >= keepLimit) return false;
    let use = this.first;
    while (use && (use.share !== Share.up || !use.wantsTx || flight.of(use.owner))) use = use.next;
    if (!use) return false;
    this.remove(use);
    this.enlist(use);
    return this.give(use);
  }

  private give(use: MqttUse): boolean {
    if (!use.wantsTx) return false;
    use.wantsTx = false;
    this.turn = use;
    try {
      use.user.onWriteable(use);
    } finally {
      this.turn = undefined;
    }
    return true;
  }

  private take(use: MqttUse): void {
    if (this.turn !== use) throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
    this.turn = undefined;
  }

  publish(
    use: MqttUse,
    post: Omit<MqttPost, "message">,
    source: ByteSource,
    from: number,
    to: number,
    total: number,
  ): void {
    const { flight } = this;
    const { keepLimit = 4096, vhost } = this.client.options;
    if (this.writer) throw new LwsError("BAD_OPTION", "a message inside of another");
    if (post.qos > 0 && total > keepLimit) throw new LwsError("OVERLOADED", "a message that is too large to be kept");
    this.take(use);
    if (post.qos > 0) {
      const id = this.newId();
      const message = new MqttMessage(id, publishPacket(post, id, source, from, to), use.owner);
      flight.add(message);
      this.launch(message);
      return;
    }
    const { tx } = vhost.context;
    const at = putPublish(tx, post.topic, 0, 0, post.retain, total);
    const isSmall = to - from <= tx.length - at;
    this.transmit(tx, 0, isSmall ? Bytes.copy(source, from, to, tx, at) : at);
    if (!isSmall) this.transmit(source, from, to);
    this.left = total - (to - from);
    if (this.left > 0) this.writer = use;
  }

  append(use: MqttUse, source: ByteSource, from: number, to: number): void {
    if (this.writer !== use || to - from > this.left) throw new LwsError("BAD_OPTION", "more than the message has");
    this.take(use);
    this.transmit(source, from, to);
    this.left -= to - from;
    if (this.left > 0) return;
    this.writer = undefined;
    this.remind(0);
  }

  /** A number that nothing under way has. */
  protected newId(): number {
    do this.lastId = (this.lastId % 0xffff) + 1;
    while (this.isTaken(this.lastId));
    return this.lastId;
  }

  private isTaken(id: number): boolean {
    for (let use = this.first; use; use = use.next) if (use.share === Share.subscribing && use.id === id) return true;
    return id === this.leavingId || this.flight.find(id) !== undefined;
  }

  /** Nothing of this connection counts on the next one, but messages that are not acknowledged. */
  protected forgetOutgoing(): void {
    const { flight } = this;
    const birth = flight.of(this);
    if (birth) flight.remove(birth);
    flight.rest();
    this.writer = this.turn = undefined;
    this.leaving.length = this.leavingId = 0;
    this.isGreeted = this.isBorn = false;
  }

  /** The broker has all that it has to know of this one. */
  protected abstract lift(use: MqttUse): void;
  /** The broker takes what users have to say. */
  protected abstract rise(): void;
}

/** A name of 23 letters and digits, which every broker takes (§3.1.3.1). */
function randomId(): string {
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  let id = "";
  for (let i = 0; i < 23; i++) id += letters[randomBelow(letters.length)];
  return id;
}
