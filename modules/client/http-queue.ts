/**
 * Requests that go to the same server one after the other, on one connection as long as the server keeps it: nothing of the next one is sent before the answer to the one before is
 * complete. Saves the memory of a second connection by TLS, and its handshake.
 */
import type { HttpLine } from "./http-line";
import type { HttpFailure } from "./http-request";
import { isSameServer } from "./url";

export class HttpQueue {
  private first: HttpLine | undefined = undefined;

  /** True: no other is under way to its server. Else it is begun when it is its turn. */
  enter(exchange: HttpLine): boolean {
    let last: HttpLine | undefined;
    exchange.isWaiting = false;
    for (let each = this.first; each; each = each.neighbour) {
      if (isSameServer(each.url, exchange.url)) exchange.isWaiting = true;
      last = each;
    }
    exchange.neighbour = undefined;
    if (last) last.neighbour = exchange;
    else this.first = exchange;
    return !exchange.isWaiting;
  }

  /** It is over, or goes elsewhere: the next one begins. Where its server could not be reached (`failure`), all that wait for that have failed, too. */
  leave(exchange: HttpLine, failure?: HttpFailure): void {
    if (!this.remove(exchange) || exchange.isWaiting) return;
    for (let next = this.find(exchange); next; next = this.find(exchange)) {
      if (failure === undefined) {
        next.isWaiting = false;
        next.begin();
        return;
      }
      next.fail(failure);
    }
  }

  private find({ url }: HttpLine): HttpLine | undefined {
    let each = this.first;
    while (each && !isSameServer(each.url, url)) each = each.neighbour;
    return each;
  }

  private remove(exchange: HttpLine): boolean {
    let before: HttpLine | undefined;
    let each = this.first;
    while (each && each !== exchange) {
      before = each;
      each = each.neighbour;
    }
    if (!each) return false;
    if (before) before.neighbour = each.neighbour;
    else this.first = each.neighbour;
    each.neighbour = undefined;
    return true;
  }
}
