/**
 * Frames as they arrive (RFC 6455 §5): checked, unmasked in place, and given to the protocol in pieces or as whole messages. All reads go
 * through the context's buffer.
 */
import { holdLimit } from "lws/core/context";
import type { ErrorCode } from "lws/core/errors";
import type { Protocol } from "lws/core/protocol";
import { Piece } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import { Bytes } from "lws/platform/bytes";
import { receiveControl } from "./ws-control";
import type { ExtensionSession } from "./ws-extension";
import { Opcode, WsFlag, type WsState } from "./ws-state";

/** Frames of more bytes are refused. */
const frameLimit = 0x10000000;
/** The first two bytes of a frame, without the length: an unfragmented masked text or binary frame. */
const enum Short {
  mask = 0xff80,
  text = 0x8180,
  binary = 0x8280,
}

/** What {@link readHeader} returns in place of an index. */
const enum Header {
  incomplete = -1,
  illegal = -2,
  tooBig = -3,
}

/** Works through the first `to` bytes of the context's buffer. Returns the error that ends the connection, if there is one. */
export function receive(wsi: Wsi, ws: WsState, to: number): ErrorCode | undefined {
  const context = wsi.vhost.context;
  let at = 0;
  do {
    const end = (ws.flags & WsFlag.unlikely) === 0 && to - at >= 6 ? receiveWhole(wsi, at, to, context.view) : 0;
    if (end > 0) at = end;
    else {
      const next = receiveAny(wsi, ws, at, to);
      if (typeof next === "string") return next;
      if (next < 0) break;
      at = next;
    }
    if (at === to || wsi.flags & Flag.dead || ws.flags & WsFlag.deaf) return undefined;
  } while (!(wsi.flags & Flag.rxHeldByUser));
  wsi.unread(context.buffer, at, to);
  return undefined;
}

/**
 * The frame that nearly every frame is: a message by itself, short, and all there. Returns the index behind it; 0, and nothing is done, for any
 * other, for malformed text, and for what the protocol's limit refuses.
 */
function receiveWhole(wsi: Wsi, at: number, to: number, view: DataView): number {
  const head = view.getUint16(at);
  const kind = head & Short.mask;
  if (kind !== Short.text && kind !== Short.binary) return 0;
  const from = at + 6;
  const end = from + (head & 0x7f);
  const protocol = wsi.protocol as Protocol;
  if (end > to || (head & 0x7f) > 125 || (protocol.messageLimit > 0 && end - from > protocol.messageLimit)) return 0;
  const buffer = wsi.vhost.context.buffer;
  Bytes.mask(buffer, from, end, view.getInt32(at + 2), 0);
  if (kind === Short.binary) protocol.onReceive(wsi, buffer, from, end, Piece.wholeBinary);
  else if (Bytes.utf8(buffer, from, end, 0) === 0) protocol.onReceive(wsi, buffer, from, end, Piece.whole);
  else {
    // As it came, for the general case to refuse.
    Bytes.mask(buffer, from, end, view.getInt32(at + 2), 0);
    return 0;
  }
  return end;
}

/** Any frame, or the part of it that has arrived. Returns where to go on, or -1 where more must arrive first. */
function receiveAny(wsi: Wsi, ws: WsState, from: number, to: number): number | ErrorCode {
  const context = wsi.vhost.context;
  let at = from;
  if (!(ws.flags & WsFlag.frame)) {
    at = readHeader(ws, context.view, from, to);
    if (at === Header.illegal) return "WS_PROTOCOL_ERROR";
    if (at === Header.tooBig) return "WS_TOO_BIG";
    if (at === Header.incomplete) return -1;
  }
  let end = ws.left < to - at ? at + ws.left : to;
  if (ws.flags & WsFlag.client && ws.opcode < Opcode.close) end = Math.min(end, at + (wsi.protocol?.room(wsi) ?? to));
  ws.phase = Bytes.mask(context.buffer, at, end, ws.key, ws.phase);
  ws.left -= end - at;
  if (ws.opcode >= Opcode.close) return receiveControl(wsi, ws, at, end) ?? end;
  if (ws.flags & WsFlag.compressed) return (ws.extension as ExtensionSession).receive(wsi, ws, at, end);
  return deliver(wsi, ws, context.buffer, at, end, ws.left) ?? end;
}

/** Reads a frame's header. Returns where its payload begins, or a {@link Header}: a control frame is waited for whole. */
function readHeader(ws: WsState, view: DataView, from: number, to: number): number {
  const isMasked = (ws.flags & WsFlag.client) === 0;
  let at = from + (isMasked ? 6 : 2);
  const reserved = ws.extension ? 0x30 : 0x70;
  if (to < at) {
    // The shortest unmasked frames are no longer than what is waited for.
    const isIllegal = to - from > 1 && (view.getUint8(from) & reserved || view.getInt8(from + 1) >= 0);
    return isIllegal ? Header.illegal : Header.incomplete;
  }
  const first = view.getUint8(from);
  const opcode = first & 0x0f;
  // Read as signed, a masked frame's length byte is negative; an unmasked one's is not.
  let length = view.getInt8(from + 1) + (isMasked ? 128 : 0);
  if (first & reserved || length > 127 || length < 0) return Header.illegal;
  let flags = ws.flags;
  if (opcode >= Opcode.close) {
    if (opcode > Opcode.pong || first < 0x80 || first & 0x40 || length > 125) return Header.illegal;
    if (to - at < length) return Header.incomplete;
  } else {
    if (length > 125) {
      at += length === 126 ? 2 : 8;
      if (to < at) return Header.incomplete;
      const shortest = length === 126 ? 126 : 65536;
      length =
        length === 126 ? view.getUint16(from + 2) : view.getUint32(from + 2) * 0x100000000 + view.getUint32(from + 6);
      if (length < shortest) return Header.illegal;
      if (length > frameLimit) return Header.tooBig;
    }
    if (flags & WsFlag.message) {
      if (opcode !== Opcode.continuation || first & 0x40) return Header.illegal;
      flags &= WsFlag.unfinished;
    } else {
      if (opcode === Opcode.continuation || opcode > Opcode.binary) return Header.illegal;
      flags = (flags & WsFlag.ended) | WsFlag.begun;
      if (opcode === Opcode.binary) flags |= WsFlag.binary;
      if (first & 0x40) flags |= WsFlag.compressed;
    }
    if (first >= 0x80) flags |= WsFlag.fin;
  }
  ws.flags = flags | WsFlag.frame;
  ws.opcode = opcode;
  ws.left = length;
  // A mask of zeros changes nothing.
  ws.key = isMasked ? view.getInt32(at - 4) : 0;
  ws.phase = 0;
  return at;
}

/** A piece of a message's payload; at least `rest` bytes of the message follow. */
export function deliver(
  wsi: Wsi,
  ws: WsState,
  buffer: Uint8Array,
  from: number,
  to: number,
  rest: number,
): ErrorCode | undefined {
  let flags = ws.flags;
  let piece = flags & WsFlag.delivered;
  if (!(flags & WsFlag.binary)) {
    ws.utf8 = Bytes.utf8(buffer, from, to, ws.utf8);
    if (ws.utf8 < 0) return "WS_BAD_DATA";
  }
  flags &= WsFlag.stale;
  if (ws.left === 0) {
    flags &= WsFlag.outside;
    if (flags & WsFlag.fin) {
      if (ws.utf8 > 0) return "WS_BAD_DATA";
      flags &= WsFlag.between;
      piece |= Piece.final;
    }
  }
  ws.flags = flags;
  const protocol = wsi.protocol;
  if (!protocol) return undefined;
  const limit = protocol.messageLimit;
  if (limit > 0) {
    if (ws.gathered + to - from + rest > limit) return "WS_TOO_BIG";
    if ((piece & Piece.whole) !== Piece.whole) return gather(wsi, ws, buffer.subarray(from, to), piece, rest);
  }
  protocol.onReceive(wsi, buffer, from, to, piece);
  return undefined;
}

/** The buffer that a message is gathered in from now on; undefined gives it up. */
export function gatherIn(wsi: Wsi, ws: WsState, message: ArrayBuffer | undefined): void {
  const { message: old } = ws;
  wsi.vhost.context.gathered += (message ? message.byteLength : 0) - (old ? old.byteLength : 0);
  ws.message = message;
}

/**
 * Adds a piece to the message that is gathered, in a buffer that doubles up to the protocol's limit. All that are gathered at once have to
 * share: many peers that each begin a long message would else take the whole heap.
 */
function gather(wsi: Wsi, ws: WsState, part: Uint8Array, piece: number, rest: number): ErrorCode | undefined {
  const length = ws.gathered + part.length;
  let message = ws.message;
  if (!message || message.byteLength < length) {
    const limit = wsi.protocol?.messageLimit as number;
    const size = Math.min(limit, Math.max(length + rest, 2 * (message ? message.byteLength : 0), 256));
    const { context } = wsi.vhost;
    const others = context.gathered + context.kept - (message ? message.byteLength : 0);
    // A message that is alone is bounded by its protocol's limit.
    if (others > 0 && others + size > holdLimit) return "OVERLOADED";
    const grown = new ArrayBuffer(size);
    if (message) Bytes.copy(message, 0, ws.gathered, grown, 0);
    gatherIn(wsi, ws, grown);
    message = grown;
  }
  Bytes.copy(part, 0, part.length, message, ws.gathered);
  ws.gathered = length;
  if (piece & Piece.final) {
    gatherIn(wsi, ws, undefined);
    ws.gathered = 0;
    wsi.protocol?.onReceive(wsi, new Uint8Array(message), 0, length, piece | Piece.whole | Piece.owned);
  }
  return undefined;
}
