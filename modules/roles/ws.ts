/** WebSocket as a server (RFC 6455), on a connection that HTTP/1.1 has handed over. */
import { LwsError } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import { Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { Upgrade } from "lws/http/http-vhost";
import type { Transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import type { Extension, ExtensionSession } from "./ws-extension";
import type { HandshakeOptions } from "./ws-handshake";
import { acceptWebSocket } from "./ws-handshake";
import { frameRoom, sendLarge, sendMedium } from "./ws-send";
import { Opcode, WsFlag, WsState } from "./ws-state";
import { WebSocketWire } from "./ws-wire";

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

export class WebSocketRole extends WebSocketWire implements Upgrade, HandshakeOptions {
  readonly token = "websocket";
  readonly extension: Extension | undefined;
  readonly requireProtocol: boolean;

  /** Throws LwsError("BAD_OPTION"). */
  constructor(options: WebSocketOptions = {}) {
    const ping = options.ping ?? 40;
    const hangup = options.hangup ?? ping + 10;
    super(ping, hangup);
    if (!(ping >= 0 && hangup > ping)) throw new LwsError("BAD_OPTION", "ping, hangup");
    this.extension = options.deflate;
    this.requireProtocol = options.requireProtocol ?? false;
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
    this.begin(wsi, ws);
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
}
