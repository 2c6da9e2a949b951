/**
 * What both sides of a WebSocket connection do alike (RFC 6455 §5–7): control frames, signs of life, and the closing handshake. How frames are sent is each
 * side's own.
 */

import { closeCodeOf } from "lws/core/error-status";
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import { Bytes } from "lws/platform/bytes";
import { exchanged, mayClose } from "./ws-control";
import { gatherIn, receive } from "./ws-receive";
import { closeTime, Opcode, WsFlag, type WsState } from "./ws-state";

export abstract class WebSocketWire implements Role {
  readonly name = "ws";
  /** Milliseconds: a quarter of the time until the ping, and the time from there until the end. */
  private readonly quarter: number;
  private readonly grace: number;

  /** Seconds without a byte from the peer; a ping that is as late as the end is none. 0: neither. */
  protected constructor(ping: number, hangup: number) {
    this.quarter = ping * 250;
    this.grace = (hangup - ping) * 1000;
  }

  /** The handshake is done. */
  protected begin(wsi: Wsi, ws: WsState): void {
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
    gatherIn(wsi, ws, undefined);
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
    } else if (ws.flags & WsFlag.closing) this.sendClose(wsi, ws);
    else {
      ws.flags &= WsFlag.pinging;
      this.write(wsi, new Float64Array([Date.now()]).buffer, Opcode.ping, 0, 8);
      wsi.callbackOnWritable();
    }
  }

  protected sendClose(wsi: Wsi, ws: WsState): void {
    const payload = new Uint8Array(125);
    let length = 0;
    if (ws.code !== 1005) {
      payload[0] = ws.code >> 8;
      payload[1] = ws.code & 255;
      length = Math.max(Bytes.put(ws.reason, payload, 2), 2);
    }
    ws.flags |= WsFlag.closeSent;
    this.write(wsi, payload, Opcode.close, 0, length);
    if (ws.flags & WsFlag.failed) wsi.finish();
    else if (ws.flags & WsFlag.closeReceived) exchanged(wsi, ws);
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
    if (isDue && this.grace === 0) {
      wsi.drop();
      return;
    }
    if (isDue) {
      ws.flags = (ws.flags & WsFlag.heard) | WsFlag.pinged | WsFlag.pingDue;
      wsi.callbackOnWritable();
    }
    wsi.setTimeout(Timeout.validity, isDue ? this.grace : this.quarter);
  }

  abstract write(wsi: Wsi, data: Writable, how: number, from: number, to: number): void;

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
    const ws = wsi.state as WsState;
    wsi.protocol = undefined;
    gatherIn(wsi, ws, undefined);
    ws.extension?.close();
    protocol?.onClosed(wsi);
    wsi.pss = undefined;
  }
}
