/**
 * Sets the clock by a time server (SNTP, RFC 5905 §14), when the network is there and once a day. The clock is stepped, not slewed: the platform can only set it,
 * and all waits go by another, steady one. It knows whole seconds, so it is set when one begins.
 */
import { knownTime } from "lws/core/clock";
import type { Context } from "lws/core/context";
import { type Recipient, receiveAll } from "lws/core/datagrams";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { UDP, type UDPTarget } from "lws/platform/sockets";
import Time from "time";
import { randomBelow, withJitter } from "./random";
import type { Resolved } from "./resolve-query";
import type { Resolver } from "./resolver";
import { Answer, PACKET, SntpExchange } from "./sntp-packet";

/** Whom is asked where nothing is set. A product is to have a name of its own there (the pool's rules for vendors). */
export const POOL = "pool.ntp.org";
const PORT = 123;
/** Milliseconds until a server is looked for again that was not found or did not answer; then twice as many each time. Each is up to a fifth longer. */
const SEARCHES: readonly number[] = [300, 500, 700, 1000, 1500];
const LONGEST_SEARCH = 64_000;
/** Milliseconds that an answer may take, for the first, second and third question. */
const ANSWERS: readonly number[] = [1000, 1250, 5000];
const JITTER = 20;
/** Milliseconds until a server that has asked for less is asked again. */
const PENANCE = 3_600_000;
/** Milliseconds between two settings, and how much of that is left to chance. */
const DAY = 86_400_000;
const SPREAD = DAY / 5;
/** Milliseconds that the clock may be off. */
const SLACK = 250;

export interface SntpOptions {
  context: Context;
  resolver: Resolver;
  /** Name or address of the server; "": the public pool. Asked before each search. */
  server?: () => string;
  /** The clock is right now. */
  onTime?: () => void;
}

const enum Phase {
  off,
  /** Until the next search. */
  resting,
  resolving,
  asking,
  /** Until the second begins at which the clock is set. */
  setting,
}

export class Sntp extends Sul implements Resolved, UDPTarget, Recipient {
  private phase = Phase.off;
  /** @internal */
  socket: UDP | undefined = undefined;
  private exchange: SntpExchange | undefined = undefined;
  /** Servers that are still to be asked in this round; the first is asked now. */
  private addresses: string[] = [];
  /** Questions to it without an answer, and rounds without one. */
  private asked = 0;
  private rounds = 0;
  private isTooOften = false;
  /** The last question went out at this time of Time.ticks. */
  private sent = 0;
  /** Milliseconds since 1970 at `since` of Time.ticks. */
  private time = 0;
  private since = 0;

  constructor(private readonly options: SntpOptions) {
    super();
  }

  /** The network has come or gone. */
  update(online: boolean): void {
    if (online === (this.phase !== Phase.off)) return;
    if (online) {
      this.rounds = 0;
      this.search();
    } else this.close();
  }

  /** Asks no more. Idempotent. */
  close(): void {
    const { context, resolver } = this.options;
    this.phase = Phase.off;
    resolver.cancel(this);
    context.scheduler.cancel(this);
    this.hangUp();
  }

  /** @internal */
  override fire(): void {
    if (this.phase === Phase.resting) this.search();
    else if (this.phase === Phase.asking) this.ask();
    else if (this.phase === Phase.setting) this.set();
  }

  // --- the server -----------------------------------------------------------------------------------------------------------

  private search(): void {
    this.phase = Phase.resolving;
    this.isTooOften = false;
    this.options.resolver.resolve(this.options.server?.() || POOL, this);
  }

  /** @internal */
  resolved(addresses: readonly string[]): void {
    this.addresses = [...addresses];
    this.asked = 0;
    this.phase = Phase.asking;
    this.ask();
  }

  /** @internal */
  unresolved(): void {
    this.failed();
  }

  private failed(): void {
    this.hangUp();
    const { length } = SEARCHES;
    const last = SEARCHES[Math.min(this.rounds, length - 1)] as number;
    const delay = Math.min(last * 2 ** Math.max(this.rounds - length + 1, 0), LONGEST_SEARCH);
    this.rounds++;
    this.rest(withJitter(this.isTooOften ? PENANCE : delay, JITTER));
  }

  private rest(delay: number): void {
    this.phase = Phase.resting;
    this.options.context.scheduler.schedule(this, delay);
  }

  private nextServer(): void {
    this.addresses.shift();
    this.asked = 0;
    this.ask();
  }

  private hangUp(): void {
    this.socket?.close();
    this.socket = this.exchange = undefined;
  }

  // --- questions and answers --------------------------------------------------------------------------------------------------

  private ask(): void {
    const { scheduler, tx } = this.options.context;
    const delay = ANSWERS[this.asked];
    const [address] = this.addresses;
    if (address === undefined) {
      this.failed();
      return;
    }
    if (delay === undefined) {
      this.nextServer();
      return;
    }
    this.asked++;
    scheduler.schedule(this, withJitter(delay, JITTER));
    try {
      this.socket ??= new UDP({ target: this });
    } catch (error) {
      log.warn("sntp", String(error));
      return;
    }
    this.exchange ??= new SntpExchange();
    this.exchange.write(tx);
    this.sent = Time.ticks;
    this.socket.write(tx, 0, PACKET, address, PORT);
  }

  /** @internal */
  onDatagram(): void {
    receiveAll(this.options.context, "sntp", this);
  }

  /** @internal */
  receive({ address, port }: UDP, length: number): void {
    const { exchange, phase } = this;
    if (phase !== Phase.asking || port !== PORT || address !== this.addresses[0] || !exchange) return;
    const answer = exchange.read(this.options.context.buffer, length);
    if (answer === Answer.time) this.learn(exchange);
    else if (answer !== Answer.ignored) {
      log.notice("sntp", `${address} does not want to be asked`);
      this.isTooOften = true;
      this.nextServer();
    }
  }

  private learn({ time, held }: SntpExchange): void {
    const { scheduler } = this.options.context;
    const way = Time.delta(this.sent) - held;
    this.time = time + Math.max(way, 0) / 2;
    this.since = Time.ticks;
    this.hangUp();
    if (knownTime() !== undefined && Math.abs(this.time - Date.now()) < SLACK) {
      this.done();
      return;
    }
    this.phase = Phase.setting;
    scheduler.schedule(this, Math.ceil(1000 - (this.time % 1000)));
  }

  private set(): void {
    const seconds = Math.round((this.time + Time.delta(this.since)) / 1000);
    Time.set(seconds);
    log.notice("sntp", `the clock is set to ${new Date(1000 * seconds).toISOString().slice(0, 19)} UTC`);
    this.done();
  }

  private done(): void {
    this.rounds = 0;
    this.rest(DAY - SPREAD / 2 + randomBelow(SPREAD));
    this.options.onTime?.();
  }
}
