/** WebSocket as a server (RFC 6455), on a connection that HTTP/1.1 has handed over. */
import type { ErrorCode } from "lws/core/errors";
import { closeCodeOf, LwsError } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import { Write } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { Upgrade } from "lws/http/http-vhost";
import type { Transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { mayClose } from "./ws-control";
import type { Extension, ExtensionSession } from "./ws-extension";
import type { HandshakeOptions } from "./ws-handshake";
import { acceptWebSocket } from "./ws-handshake";
import { receive } from "./ws-receive";
import { frameRoom, sendLarge, sendMedium } from "./ws-send";
import { closeTime, Opcode, WsFlag, WsState } from "./ws-state";

export interface WebSocketOptions {
  /** Compresses messages, for clients that offer it: a `PerMessageDeflate`. */
  deflate?: Extension;
  /** Seconds without a byte from the peer after which it is sent a ping; up to a quarter more. 0: never. */
  ping?: number;
  /** Seconds without a byte from the peer after which the connection is dropped; more than `ping`. */
  hangup?: number;
  /** Clients that name no subprotocol are refused with 400, instead of getting the vhost's default protocol. */
  requireProtocol?: boolean;
}

/** Starts a connection with what its handshake has agreed on. */
class Agreed implements Upgrade {
  readonly token = "websocket";

  constructor(
    private readonly role: WebSocketRole,
    private readonly session: ExtensionSession,
  ) {}

  accept(): void {}
  start(wsi: Wsi): void {
    this.role.start(wsi, this.session);
  }
}

export class WebSocketRole implements Role, Upgrade, HandshakeOptions {
  readonly name = "ws";
  readonly token = "websocket";
  readonly extension: Extension | undefined;
  readonly requireProtocol: boolean;
  /** Milliseconds: a quarter of the time until the ping, and the time from there until the end. */
  private readonly quarter: number;
  private readonly grace: number;

  /** Throws LwsError("BAD_OPTION"). */
  constructor(options: WebSocketOptions = {}) {
    const ping = options.ping ?? 40;
    const hangup = options.hangup ?? ping + 10;
    if (!(ping >= 0 && hangup > ping)) throw new LwsError("BAD_OPTION", "ping, hangup");
    this.extension = options.deflate;
    this.requireProtocol = options.requireProtocol ?? false;
    this.quarter = ping * 250;
    this.grace = (hangup - ping) * 1000;
  }

  accept(wsi: Wsi, http: Transaction): void {
    const session = acceptWebSocket(wsi, http, this);
    if (session) http.upgradeTo = new Agreed(this, session);
  }

  start(wsi: Wsi, session?: ExtensionSession): void {
    const ws = new WsState();
    if (session) {
      ws.extension = session;
      ws.flags = WsFlag.extended;
    }
    wsi.role = this;
    wsi.state = ws;
    wsi.setTimeout(this.quarter > 0 ? Timeout.validity : Timeout.none, this.quarter);
    wsi.protocol?.onEstablished(wsi);
  }

  onRx(wsi: Wsi): void {
    const ws = wsi.state as WsState;
    const buffer = wsi.vhost.context.buffer;
    const count = wsi.read(buffer, 0, buffer.length);
    if (count === 0 || (ws.flags & WsFlag.attention && !this.#hear(ws))) return;
    const error = receive(wsi, ws, count);
    if (error) this.#fail(wsi, ws, error);
  }

  /** Something has come, so the peer is there. False if it is not looked at any more. */
  #hear(ws: WsState): boolean {
    ws.flags &= WsFlag.heard;
    return (ws.flags & WsFlag.deaf) === 0;
  }

  #fail(wsi: Wsi, ws: WsState, error: ErrorCode): void {
    ws.flags |= WsFlag.failed;
    ws.message = undefined;
    if (ws.flags & WsFlag.closeSent) wsi.finish();
    else this.close(wsi, closeCodeOf(error), "");
  }

  onWriteable(wsi: Wsi): void {
    const ws = wsi.state as WsState;
    if (ws.pong || ws.flags & WsFlag.control) this.#sendControl(wsi, ws);
    else wsi.protocol?.onWriteable(wsi);
  }

  #sendControl(wsi: Wsi, ws: WsState): void {
    const pong = ws.pong;
    if (ws.flags & WsFlag.closeSent) return;
    if (pong && !(ws.flags & WsFlag.failed)) {
      ws.pong = undefined;
      this.write(wsi, pong, Opcode.pong, 0, pong.byteLength);
      wsi.callbackOnWritable();
    } else if (ws.flags & WsFlag.closing) this.#sendClose(wsi, ws);
    else {
      ws.flags &= WsFlag.pinging;
      this.write(wsi, new Float64Array([Date.now()]).buffer, Opcode.ping, 0, 8);
      wsi.callbackOnWritable();
    }
  }

  #sendClose(wsi: Wsi, ws: WsState): void {
    const payload = new Uint8Array(125);
    let length = 0;
    if (ws.code !== 1005) {
      payload[0] = ws.code >> 8;
      payload[1] = ws.code & 255;
      length = Math.max(Bytes.put(ws.reason, payload, 2), 2);
    }
    ws.flags |= WsFlag.closeSent;
    this.write(wsi, payload, Opcode.close, 0, length);
    if (ws.flags & (WsFlag.closeReceived | WsFlag.failed)) wsi.finish();
    else wsi.setTimeout(Timeout.closeAck, closeTime);
  }

  onEnd(wsi: Wsi): void {
    wsi.drop();
  }

  onTimeout(wsi: Wsi, reason: Timeout): void {
    const ws = wsi.state as WsState;
    if (reason !== Timeout.validity || ws.flags & WsFlag.closing) {
      wsi.drop();
      return;
    }
    // What a protocol does not want to read yet is a sign of life, too.
    if (wsi.flags & Flag.rxHeldByUser && (wsi.parked || wsi.flags & Flag.rx)) this.#hear(ws);
    if (ws.flags & WsFlag.pinged) {
      wsi.drop();
      return;
    }
    ws.flags += WsFlag.quiet;
    const isDue = (ws.flags & WsFlag.quietEnough) !== 0;
    if (isDue) {
      ws.flags = (ws.flags & WsFlag.heard) | WsFlag.pinged | WsFlag.pingDue;
      wsi.callbackOnWritable();
    }
    wsi.setTimeout(Timeout.validity, isDue ? this.grace : this.quarter);
  }

  /** The low bits of `how` are the opcode; a control frame goes out even while closing. */
  write(wsi: Wsi, data: Writable, how: number, from: number, to: number): void {
    const ws = wsi.state as WsState;
    if (ws.flags & WsFlag.special && !(how & Opcode.close)) {
      if (ws.flags & WsFlag.closing) throw new LwsError("WRITE_AFTER_END");
      if (ws.extension?.write(wsi, data, how, from, to)) return;
    }
    let first = how & Write.continuation ? Opcode.continuation : how & 15;
    if (!(how & Write.more)) first |= 0x80;
    const tx = wsi.vhost.context.tx;
    let end = -1;
    if (typeof data === "string") end = Bytes.put(data, tx, frameRoom);
    else if (to - from <= tx.length - frameRoom) end = Bytes.copy(data, from, to, tx, frameRoom);
    if (end < 0) sendLarge(wsi, first, data, from, to);
    else if (end < frameRoom + 126) {
      tx[2] = first;
      tx[3] = end - frameRoom;
      wsi.send(tx, 2, end);
    } else sendMedium(wsi, first, end);
  }

  close(wsi: Wsi, code: number, reason: string): void {
    const ws = wsi.state as WsState;
    if (code !== 1005 && !mayClose(code)) throw new LwsError("BAD_OPTION", `close code ${code}`);
    if (ws.flags & WsFlag.closing) return;
    ws.flags |= WsFlag.closing;
    ws.code = code;
    ws.reason = reason;
    wsi.setTimeout(Timeout.closeAck, closeTime);
    wsi.callbackOnWritable();
  }

  onClosed(wsi: Wsi): void {
    const { protocol } = wsi;
    wsi.protocol = undefined;
    (wsi.state as WsState).extension?.close();
    protocol?.onClosed(wsi);
    wsi.pss = undefined;
  }
}
