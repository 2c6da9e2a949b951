/**
 * The pool of transactions: it bounds how many requests are under way at once. When all are taken, a connection waits with its
 * reading stopped, and is served when one comes back. The last one is only for a peer that has none: no address takes them all.
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
  /** Transactions that nobody has; some are only made when they are taken. */
  private left: number;

  constructor(options: PoolOptions = {}) {
    this.left = options.transactions ?? 5;
    this.headerBytes = options.headerBytes ?? 1024;
  }

  /** A transaction for `wsi`, or undefined: then it is woken when there is one. */
  take(wsi: Wsi): Transaction | undefined {
    if (this.left < 2 && !this.isTurn(wsi)) {
      wsi.hold(Flag.rxHeldByRole | Flag.rx);
      this.waiting.push(wsi);
      return undefined;
    }
    this.left--;
    return this.free.pop() ?? new Transaction(this.headerBytes);
  }

  give(transaction: Transaction): void {
    transaction.reset();
    this.free.push(transaction);
    this.left++;
    if (this.waiting.length > 0) this.wake();
  }

  /** Lets the first go on who may. */
  private wake(): void {
    const at = this.waiting.findIndex((wsi) => this.isTurn(wsi));
    if (at >= 0) this.waiting.splice(at, 1)[0]?.release(Flag.rxHeldByRole);
  }

  /** True if there is a transaction for `wsi`. */
  private isTurn(wsi: Wsi): boolean {
    if (this.left !== 1) return this.left > 0;
    for (let other = wsi.vhost.context.first; other; other = other.neighbour) {
      if (other.state instanceof Transaction && other.alive && other.peer === wsi.peer) return false;
    }
    return true;
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
    // It may be the one that has just been woken.
    else if (this.waiting.length > 0) this.wake();
  }
}
