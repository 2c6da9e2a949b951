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
import { acceptWebSocket } from "./ws-handshake";
import { receive } from "./ws-receive";
import { frameRoom, sendLarge, sendMedium } from "./ws-send";
import { Opcode, WsFlag, WsState } from "./ws-state";

/** Milliseconds that the peer gets for its half of the close handshake. */
const closeTime = 5000;

export class WebSocketRole implements Role, Upgrade {
  readonly name = "ws";
  readonly token = "websocket";

  accept(wsi: Wsi, http: Transaction): void {
    acceptWebSocket(wsi, http);
  }

  start(wsi: Wsi): void {
    wsi.role = this;
    wsi.state = new WsState();
    wsi.setTimeout(Timeout.none);
    wsi.protocol?.onEstablished(wsi);
  }

  onRx(wsi: Wsi): void {
    const ws = wsi.state as WsState;
    const buffer = wsi.vhost.context.buffer;
    const count = wsi.read(buffer, 0, buffer.length);
    if (count === 0 || ws.flags & (WsFlag.closeReceived | WsFlag.failed)) return;
    const error = receive(wsi, ws, count);
    if (error) this.#fail(wsi, ws, error);
  }

  #fail(wsi: Wsi, ws: WsState, error: ErrorCode): void {
    ws.flags |= WsFlag.failed;
    if (ws.flags & WsFlag.closeSent) wsi.finish();
    else this.close(wsi, closeCodeOf(error), "");
  }

  onWriteable(wsi: Wsi): void {
    const ws = wsi.state as WsState;
    if (ws.pong || ws.flags & WsFlag.closing) this.#sendControl(wsi, ws);
    else wsi.protocol?.onWriteable(wsi);
  }

  #sendControl(wsi: Wsi, ws: WsState): void {
    const pong = ws.pong;
    if (ws.flags & WsFlag.closeSent) return;
    if (pong && !(ws.flags & WsFlag.failed)) {
      ws.pong = undefined;
      this.write(wsi, pong, Opcode.pong, 0, pong.byteLength);
      wsi.callbackOnWritable();
    } else this.#sendClose(wsi, ws);
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

  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }

  /** The low bits of `how` are the opcode; a control frame goes out even while closing. */
  write(wsi: Wsi, data: Writable, how: number, from: number, to: number): void {
    if ((wsi.state as WsState).flags & WsFlag.closing && !(how & Opcode.close)) throw new LwsError("WRITE_AFTER_END");
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
    if (ws.flags & WsFlag.closing) return;
    ws.flags |= WsFlag.closing;
    ws.code = code;
    ws.reason = reason;
    if (wsi.flags & Flag.choked) wsi.setTimeout(Timeout.closeAck, closeTime);
    wsi.callbackOnWritable();
  }

  onClosed(wsi: Wsi): void {
    const { protocol } = wsi;
    wsi.protocol = undefined;
    protocol?.onClosed(wsi);
    wsi.pss = undefined;
  }
}
