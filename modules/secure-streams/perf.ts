/** What a stream type with `perf` is told of each connection: how long its steps have taken, in microseconds. An image that wants it gives `meter: () => new Perf()` to its streams. */
import { Milestone } from "lws/client/connect";
import Time from "time";
import type { Meter } from "./adapter";

/** Most addresses that are named. */
const mostAddresses = 8;

export class Perf implements Meter {
  /** When the step began that is under way. */
  private since = Time.microseconds;
  /** As the user reads them; a connection that was there already has no more than an answer. */
  private readonly times: {
    peer?: string;
    dns_us?: number;
    sockconn_us?: number;
    tls_us?: number;
    txn_resp_us?: number;
    dns?: string[];
    http?: number;
  } = {};

  passed(milestone: Milestone, what: string): void {
    const { times } = this;
    const span = this.span();
    if (milestone === Milestone.resolved) {
      times.dns_us = span;
      times.dns = what.split(" ").slice(0, mostAddresses);
    } else if (milestone === Milestone.opened) {
      times.sockconn_us = span;
      times.peer = what;
    } else times.tls_us = span;
  }

  answered(status: number): void {
    this.times.txn_resp_us = this.span();
    if (status > 0) this.times.http = status;
  }

  private span(): number {
    const now = Time.microseconds;
    const span = now - this.since;
    this.since = now;
    return Math.max(Math.round(span), 0);
  }

  get text(): string {
    return JSON.stringify(this.times);
  }
}
