/** What a WebSocket connection keeps between two events. */
import type { ExtensionSession } from "./ws-extension";

/** Milliseconds that the peer gets to take our close frame, and then for its own. */
export const closeTime = 5000;

export const enum Opcode {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
}

/** Bits of {@link WsState.flags}. */
export const enum WsFlag {
  /** Nothing of the message was delivered yet. The value of `Piece.first`. */
  fresh = 1,
  /** The frame is the last of its message. The value of `Piece.final`. */
  fin = 2,
  /** The value of `Piece.binary`. */
  binary = 4,
  /** Inside the payload of a frame. */
  frame = 8,
  /** Inside a message: another data frame must be a continuation. */
  message = 16,
  /** We close, or answer a close. */
  closing = 32,
  closeSent = 64,
  closeReceived = 128,
  /** We close because the peer broke the protocol: its answer is not waited for. */
  failed = 256,
  /** The message is compressed. */
  compressed = 512,
  /** The validity ping is to be sent. */
  pingDue = 1024,
  /** It was asked for, and nothing has come since. */
  pinged = 2048,
  /** Quarters of the time until the next one in which nothing came: a count in three bits. */
  quiet = 4096,
  quietEnough = 4 * quiet,
  /** {@link WsState.extension} has its say in writes. */
  extended = 32768,
  /** We are the client: what we send is masked, and what comes is not. */
  client = 65536,
  /** Nothing more is received. */
  deaf = closeReceived | failed,
  /** What {@link WsState.flags} must lose when something is received. */
  silence = pinged | (7 * quiet),

  // Combinations and masks, worked out here because the compiler folds them nowhere else.
  /** Inside a frame or a message. */
  inside = frame | message,
  begun = message | fresh,
  /** What comes is not the beginning of a masked frame. */
  unlikely = inside | client,
  /** Something comes before what the protocol has to say. */
  control = closing | pingDue,
  /** A write is not as simple as it could be. */
  special = closing | extended,
  /** What is received is not only for the protocol. */
  attention = deaf | silence,
  heard = ~silence,
  pinging = ~pingDue,
  delivered = fresh | binary,
  stale = ~fresh,
  unfinished = ~fin,
  outside = ~frame,
  between = ~message,
  ended = ~(fin | binary | compressed),
}

export class WsState {
  flags = 0;
  /** Bytes of payload still to come in this frame. */
  left = 0;
  /** Opcode of the frame whose header was read last. */
  opcode = 0;
  /** Masking key of this frame, and which of its bytes comes next. */
  key = 0;
  phase = 0;
  /** State of the UTF-8 check of a text message. */
  utf8 = 0;
  /** A message that is gathered, and how much of it is there. */
  message: ArrayBuffer | undefined = undefined;
  gathered = 0;
  /** Payload of the pong to send: that of the latest ping (RFC 6455 §5.5.3). */
  pong: ArrayBuffer | undefined = undefined;
  /** Close code to send; 1005: none. */
  code = 1005;
  reason = "";
  /** What was agreed on about compression. */
  extension: ExtensionSession | undefined = undefined;
}
