/**
 * Two connections as one: what either sends goes to the other, whatever it means. Nothing is kept but what a socket did not take of one
 * piece, so a reader that stops stops the writer on the other side. A FIN is passed on behind what came before it.
 */
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";

export interface TunnelOptions {
  /** Milliseconds without a byte in either direction after which both are dropped. Default five minutes. */
  idle?: number;
}

/** Both ends; the state of each of them. */
class Pair {
  /** Whose FIN was seen, and to whom one was sent. */
  isNearOver = false;
  isFarOver = false;
  isNearShut = false;
  isFarShut = false;

  constructor(
    readonly near: Wsi,
    readonly far: Wsi,
  ) {}

  other(wsi: Wsi): Wsi {
    return wsi === this.near ? this.far : this.near;
  }
}

export class Tunnel implements Role {
  readonly name = "tunnel";
  private readonly idle: number;

  constructor(options: TunnelOptions = {}) {
    this.idle = options.idle ?? 300_000;
  }

  /** Joins two connections; both may have parked what they have read. The protocol of either is told of its end. */
  join(near: Wsi, far: Wsi): void {
    const pair = new Pair(near, far);
    near.role = far.role = this;
    near.state = far.state = pair;
    far.setTimeout(Timeout.none);
    near.setTimeout(Timeout.silence, this.idle);
    near.release(Flag.rxHeld);
    far.release(Flag.rxHeld);
  }

  /** It is read when the other one can take it. */
  onRx(wsi: Wsi): void {
    wsi.hold(Flag.rxHeldByRole | Flag.rx);
    (wsi.state as Pair).other(wsi).callbackOnWritable();
  }

  onWriteable(wsi: Wsi): void {
    const pair = wsi.state as Pair;
    const source = pair.other(wsi);
    if (!source.alive) return;
    const { buffer } = wsi.vhost.context;
    source.flags &= Flag.unreadable;
    const count = source.read(buffer, 0, buffer.length);
    if (count > 0) {
      pair.near.setTimeout(Timeout.silence, this.idle);
      wsi.send(buffer, 0, count);
    } else if (source === pair.near ? pair.isNearOver : pair.isFarOver) {
      this.shut(pair, wsi);
      return;
    }
    source.release(Flag.rxHeldByRole);
  }

  onEnd(wsi: Wsi): void {
    const pair = wsi.state as Pair;
    if (wsi === pair.near) pair.isNearOver = true;
    else pair.isFarOver = true;
    pair.other(wsi).callbackOnWritable();
  }

  /** All of what the other end has said is out. */
  private shut(pair: Pair, wsi: Wsi): void {
    if (wsi === pair.near ? pair.isNearShut : pair.isFarShut) return;
    if (wsi === pair.near) pair.isNearShut = true;
    else pair.isFarShut = true;
    wsi.transport?.shutdown();
    if (pair.isNearShut && pair.isFarShut) wsi.drop();
  }

  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }

  write(): void {
    throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
  }

  close(wsi: Wsi): void {
    wsi.drop();
  }

  /** Neither outlives the other. */
  onClosed(wsi: Wsi): void {
    const { protocol } = wsi;
    wsi.protocol = undefined;
    (wsi.state as Pair).other(wsi).drop();
    protocol?.onClosed(wsi);
    wsi.pss = undefined;
  }
}
