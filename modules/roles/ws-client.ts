/** WebSocket as a client (RFC 6455), on a connection whose opening handshake is done: what is sent is masked, and what comes must not be. */
import { LwsError } from "lws/core/errors";
import type { Writable } from "lws/core/protocol";
import { Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { Opcode, WsFlag, WsState } from "./ws-state";
import { WebSocketWire } from "./ws-wire";

/** When a silent server is dead. */
export interface ValidityOptions {
  /** Seconds without a byte from the server after which it is sent a ping; up to a quarter more. From `hangup` on, and 0: none is sent. */
  ping?: number;
  /** Seconds without a byte from the server after which the connection is dropped. 0: never, and no ping either. */
  hangup?: number;
}

export interface WebSocketClientRoleOptions extends ValidityOptions {
  /** How often a connection is read in its turn, as long as there is more to read. Default 1. */
  reads?: number;
}

export class WebSocketClientRole extends WebSocketWire {
  private readonly reads: number;

  /** Throws LwsError("BAD_OPTION"). */
  constructor({ ping = 300, hangup = 310, reads = 1 }: WebSocketClientRoleOptions = {}) {
    if (!(ping >= 0 && hangup >= 0)) throw new LwsError("BAD_OPTION", "ping, hangup");
    super(ping > 0 && ping < hangup ? ping : hangup, hangup);
    this.reads = reads;
  }

  override onRx(wsi: Wsi): void {
    super.onRx(wsi);
    for (let more = this.reads - 1; more > 0 && wsi.flags & Flag.rx && !(wsi.flags & Flag.notServable); more--) {
      wsi.flags &= Flag.unreadable;
      super.onRx(wsi);
    }
  }

  start(wsi: Wsi): void {
    const ws = new WsState();
    ws.flags = WsFlag.client;
    this.begin(wsi, ws);
  }

  /** The server has proved that it is there. */
  confirmValid(wsi: Wsi): void {
    (wsi.state as WsState).flags &= WsFlag.heard;
  }

  /** Ends the connection after what was written and a close frame, but does not wait for the server's. */
  leave(wsi: Wsi): void {
    const ws = wsi.state as WsState;
    if (!wsi.alive) return;
    if (!(ws.flags & WsFlag.closeSent)) {
      if (!(ws.flags & WsFlag.closing)) ws.code = 1000;
      ws.flags |= WsFlag.closing;
      try {
        this.sendClose(wsi, ws);
      } catch {
        wsi.drop();
      }
    }
    wsi.finish();
  }

  /** The low bits of `how` are the opcode; a control frame goes out even while closing. */
  override write(wsi: Wsi, data: Writable, how: number, from: number, to: number): void {
    const ws = wsi.state as WsState;
    if (ws.flags & WsFlag.closing && !(how & Opcode.close)) throw new LwsError("WRITE_AFTER_END");
    let first = how & Write.continuation ? Opcode.continuation : how & 15;
    if (!(how & Write.more)) first |= 0x80;
    if (typeof data === "string") {
      const bytes = new ArrayBuffer(Bytes.size(data));
      sendMasked(wsi, first, bytes, 0, Bytes.put(data, bytes, 0));
    } else sendMasked(wsi, first, data, from, to);
  }
}

/** Writes a frame's header for `length` bytes of payload into `tx`. Returns where its key begins. */
function putHeader(tx: Uint8Array, first: number, length: number): number {
  tx[0] = first;
  const end = length < 126 ? 2 : length < 65536 ? 4 : 10;
  tx[1] = 0x80 | (end === 2 ? length : end === 4 ? 126 : 127);
  let rest = length;
  for (let at = end - 1; at > 1; at--) {
    tx[at] = rest & 255;
    rest = Math.floor(rest / 256);
  }
  return end;
}

/** Sends a frame, in pieces if it is larger than the context's building buffer. Its key can't be foreseen (RFC 6455 §10.3). */
function sendMasked(wsi: Wsi, first: number, source: ByteSource, from: number, to: number): void {
  const { tx } = wsi.vhost.context;
  const mask = putHeader(tx, first, to - from);
  let start = mask + 4;
  Chip.random(tx, mask, start);
  let key = 0;
  for (let i = mask; i < start; i++) key = (key << 8) | (tx[i] as number);
  let phase = 0;
  let at = from;
  do {
    const next = Math.min(to, at + tx.length - start);
    const end = Bytes.copy(source, at, next, tx, start);
    phase = Bytes.mask(tx, start, end, key, phase);
    wsi.send(tx, 0, end);
    at = next;
    start = 0;
  } while (at < to);
}
