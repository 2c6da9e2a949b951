/**
 * Outgoing TCP connections. One that is being made is a connection of the context like any other, with a wire that only waits; whoever asked
 * for it gives it its wire when it stands. TLS can do its handshake between the two: it is one more wire that waits, and a transport
 * over the socket.
 */
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { SocketEnd } from "lws/platform/sockets";
import { TCP } from "lws/platform/sockets";
import type { Place } from "./endpoint";

/** How far an attempt to connect has come. */
export const enum Milestone {
  /** The addresses of the name are known. */
  resolved,
  /** One of them has answered. */
  opened,
  /** By TLS: the server is who it should be. */
  secured,
}

/** Who asked for a connection. One of these is called, once and in a later turn; neither if the caller drops the connection before. */
export interface Caller {
  /** It stands. The caller sets its role and state. */
  connected(wsi: Wsi): void;
  /** It could not be made: CONNECT_…, NO_SOCKET or CONNECTION_LOST; by TLS also TLS_…, by name also RESOLVE_…. */
  failed(code: ErrorCode): void;
  /** It has come so far; `what` names the addresses, with spaces between them, or the one that has answered. */
  passed?(milestone: Milestone, what: string): void;
}

/** A connection of our own, which knows why it failed. */
class Outgoing extends Wsi {
  failure: ErrorCode | undefined = undefined;

  override onClosed(why: SocketEnd): void {
    this.failure = why === "refused" || why === "reset" ? "CONNECT_REFUSED" : codeOf(why);
    super.onClosed(why);
  }
}

function codeOf(why: SocketEnd): ErrorCode {
  return why === "timeout" ? "CONNECT_TIMEOUT" : "CONNECT_UNREACHABLE";
}

/** The wire of a connection that does not stand yet. Its state is the caller. */
class Connecting implements Role {
  readonly name = "connect";

  onRx(wsi: Wsi): void {
    wsi.hold(Flag.rxHeldByRole | Flag.rx);
  }
  onEnd(wsi: Wsi): void {
    wsi.hold(Flag.rxHeldByRole | Flag.tellEnd);
  }
  onWriteable(wsi: Wsi): void {
    const caller = wsi.state as Caller;
    wsi.setTimeout(Timeout.none);
    wsi.state = undefined;
    wsi.release(Flag.rxHeldByRole);
    caller.connected(wsi);
  }
  onTimeout(wsi: Wsi): void {
    (wsi as Outgoing).failure = "CONNECT_TIMEOUT";
    wsi.drop();
  }
  write(): void {
    throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
  }
  close(wsi: Wsi): void {
    wsi.drop();
  }
  /** What it is for is under way, and may still end. */
  drain(): void {}
  onClosed(wsi: Wsi): void {
    const { failure } = wsi as Outgoing;
    const caller = wsi.state as Caller;
    wsi.state = undefined;
    if (failure !== undefined) caller.failed(failure);
  }
}

/** Connects to `endpoint` within `timeout` milliseconds. The connection counts to those of the context, and of `vhost`. */
export function connect(vhost: Vhost, endpoint: Place, caller: Caller, timeout: number): Wsi {
  const wsi = new Outgoing(vhost, new Connecting());
  wsi.state = caller;
  // Until it stands there is no room to write in; the socket says when.
  wsi.flags |= Flag.outgoing | Flag.choked;
  vhost.context.adopt(wsi);
  try {
    wsi.transport = new TCP({ address: endpoint.address, port: endpoint.port, target: wsi });
    wsi.setTimeout(Timeout.connect, timeout);
  } catch (error) {
    wsi.failure = String(error).includes("no network") ? "CONNECT_UNREACHABLE" : "NO_SOCKET";
    wsi.drop();
  }
  return wsi;
}
