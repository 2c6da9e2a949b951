/** The lower half of what is known of a broker: the connection to it, and whether anybody is at its other end. */

import type { Caller } from "lws/client/connect";
import { Reach } from "lws/client/reach";
import type { ErrorCode } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import type { Wsi } from "lws/core/wsi";
import type { ByteSource } from "lws/platform/bytes";
import Time from "time";
import type { MqttClient, MqttOptions } from "./client";
import { Packet } from "./packet";
import { MqttReader, type MqttTarget } from "./reader";

export const enum Phase {
  idle,
  /** Until the connection stands. */
  reaching,
  /** Until the broker knows us. */
  greeting,
  /** Until it has what is said first. */
  birth,
  up,
}

/** Longest wait between two looks at the clock, in milliseconds. */
const longestWait = 0x3fffffff;
/** Part of the keep-alive time after which something is said, so that it is there in time. */
const early = 0.9;

export abstract class MqttLine extends Sul implements Caller {
  protected phase = Phase.idle;
  protected wsi: Wsi | undefined = undefined;
  private reach: Reach | undefined = undefined;
  private readonly reader: MqttReader;
  /** Times of the last bytes in either direction, of the greeting, and of a ping that is not answered yet. */
  protected heardAt = 0;
  private sentAt = 0;
  private begunAt = 0;
  private askedAt = 0;
  private isAsked = false;
  protected wantsPing = false;
  /** Nothing is read at present: somebody does not take what comes. */
  protected isStalled = false;
  protected readonly answerTimeout: number;
  private nearest = longestWait;

  constructor(
    protected readonly client: MqttClient,
    /** As the first one who shares the connection wants it. */
    protected options: MqttOptions,
  ) {
    super();
    this.answerTimeout = client.options.answerTimeout ?? 10_000;
    this.reader = new MqttReader(client.options.topicLimit ?? 256);
  }

  /** Throws BAD_OPTION. */
  protected dial(wanted: MqttOptions): void {
    const { options } = this.client;
    this.reach = new Reach(options, wanted.server, this, options.connectTimeout ?? 20_000);
    this.options = wanted;
    this.phase = Phase.reaching;
  }

  /** @internal */
  connected(wsi: Wsi): void {
    this.reach = undefined;
    this.wsi = wsi;
    wsi.role = this.client.wire;
    wsi.state = this;
    this.reader.reset();
    this.phase = Phase.greeting;
    this.heardAt = this.sentAt = this.begunAt = Time.ticks;
    this.isAsked = this.wantsPing = this.isStalled = false;
    this.remind(this.answerTimeout);
    wsi.callbackOnWritable();
  }

  /** @internal There will be none. */
  failed(code: ErrorCode): void {
    this.reach = undefined;
    this.fail(code);
  }

  /** @internal */
  receive(wsi: Wsi): void {
    const { buffer } = wsi.vhost.context;
    const count = wsi.read(buffer, 0, buffer.length);
    if (count === 0) return;
    this.confirmValid();
    const at = this.reader.feed(buffer, 0, count, this.target);
    if (at < count && this.wsi === wsi && wsi.alive) wsi.unread(buffer, at, count);
  }

  protected abstract get target(): MqttTarget;

  /** @internal Somebody is there. */
  confirmValid(): void {
    this.heardAt = Time.ticks;
    this.isAsked = false;
  }

  /** @internal The connection is over, or is ended. */
  fail(code: ErrorCode): void {
    if (log.level & LogLevel.info) log.info(`mqtt ${this.options.server.host}`, code);
    this.hangUp();
    this.down(code);
  }

  /** Ends the connection, with a farewell where there is one: what the broker has been asked to do at our loss, it does otherwise. */
  protected hangUp(farewell?: Uint8Array): void {
    const { wsi } = this;
    this.reach?.cancel();
    this.wsi = this.reach = undefined;
    this.phase = Phase.idle;
    this.client.options.vhost.context.scheduler.cancel(this);
    if (!wsi) return;
    wsi.state = undefined;
    if (!farewell || !wsi.alive) {
      wsi.drop();
      return;
    }
    try {
      wsi.send(farewell, 0, farewell.length);
      wsi.finish();
    } catch {
      // Too much is kept for peers that take nothing: it has been dropped.
    }
  }

  /** @internal There is something to be sent. */
  wake(): void {
    this.wsi?.callbackOnWritable();
  }

  protected transmit(source: ByteSource, from = 0, to = source.byteLength): void {
    this.sentAt = Time.ticks;
    this.wsi?.send(source, from, to);
  }

  protected ping(): void {
    this.wantsPing = false;
    this.transmit(new Uint8Array([Packet.pingreq, 0]));
  }

  // --- time: waits that only ever grow longer are looked at when the first of them might be over -----------------------------------

  /** Sees to it that the clock is looked at in `delay` milliseconds at the latest. */
  protected remind(delay: number): void {
    const { scheduler } = this.client.options.vhost.context;
    if (this.next === null || ((this.due - Time.ticks) | 0) > delay) scheduler.schedule(this, delay);
  }

  /** Whether a wait of `span` milliseconds that began at `since` goes on. */
  protected isWithin(since: number, span: number): boolean {
    const left = span - Time.delta(since);
    if (left > 0) this.nearest = Math.min(this.nearest, left);
    return left > 0;
  }

  /** @internal The scheduler's call. */
  override fire(): void {
    this.nearest = longestWait;
    if (this.isStalled || this.isAnswering()) {
      if (this.phase === Phase.up) this.keepAlive();
      if (this.wsi) this.remind(this.nearest);
    } else if (this.wsi) this.fail("ANSWER_TIMEOUT");
  }

  /** Whether the broker answers as it should. */
  protected isAnswering(): boolean {
    const { hangup = 0 } = this.options;
    if (this.phase < Phase.up && !this.isWithin(this.begunAt, this.answerTimeout)) return false;
    if (this.isAsked && !this.isWithin(this.askedAt, this.answerTimeout)) return false;
    return hangup === 0 || this.isWithin(this.heardAt, 1000 * hangup);
  }

  /** Says something when nothing was said for too long, or heard. */
  private keepAlive(): void {
    const { keepAlive = 0, ping = 0, hangup = 0 } = this.options;
    const { isStalled } = this;
    if ((this.isAsked && !isStalled) || this.wantsPing || !this.canPing) return;
    const span = early * 1000 * keepAlive;
    const isQuiet = keepAlive > 0 && !this.isWithin(this.sentAt, span);
    // Who does not listen can't say that nothing is heard.
    const isUnheard = keepAlive > 0 && !isStalled && !this.isWithin(this.heardAt, span);
    const isDoubtful = ping > 0 && ping < hangup && !isStalled && !this.isWithin(this.heardAt, 1000 * ping);
    if (!isQuiet && !isUnheard && !isDoubtful) return;
    this.wantsPing = this.isAsked = true;
    this.askedAt = Time.ticks;
    this.nearest = Math.min(this.nearest, this.answerTimeout);
    this.wake();
  }

  /** Whether a packet may stand where the connection is now. */
  protected abstract get canPing(): boolean;

  /** All that share it are told. */
  protected abstract down(code: ErrorCode): void;
}
