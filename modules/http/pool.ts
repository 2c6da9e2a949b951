/**
 * The pool of transactions: it bounds how many requests are under way at once. When all are taken, a connection waits with its
 * reading stopped, and is served when one comes back.
 */
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import { Transaction } from "./transaction";

export interface PoolOptions {
  /** Requests at once. */
  transactions?: number;
  /** Bytes of request line and headers together. */
  headerBytes?: number;
}

export class TransactionPool {
  private readonly headerBytes: number;
  private readonly free: Transaction[] = [];
  private readonly waiting: Wsi[] = [];
  /** Transactions that may still be made. */
  private unmade: number;

  constructor(options: PoolOptions = {}) {
    this.unmade = options.transactions ?? 5;
    this.headerBytes = options.headerBytes ?? 1024;
  }

  /** A transaction for `wsi`, or undefined: then it is woken when there is one. */
  take(wsi: Wsi): Transaction | undefined {
    const free = this.free.pop();
    if (free) return free;
    if (this.unmade > 0) {
      this.unmade--;
      return new Transaction(this.headerBytes);
    }
    wsi.hold(Flag.rxHeldByRole | Flag.rx);
    this.waiting.push(wsi);
    return undefined;
  }

  give(transaction: Transaction): void {
    transaction.reset();
    this.free.push(transaction);
    let next = this.waiting.shift();
    while (next && !next.alive) next = this.waiting.shift();
    next?.release(Flag.rxHeldByRole);
  }

  /** Somebody waits. */
  get isCrowded(): boolean {
    return this.waiting.length > 0;
  }

  isWaiting(wsi: Wsi): boolean {
    return this.waiting.includes(wsi);
  }

  /** A connection that closes waits no more. */
  forget(wsi: Wsi): void {
    const at = this.waiting.indexOf(wsi);
    if (at >= 0) this.waiting.splice(at, 1);
  }
}
