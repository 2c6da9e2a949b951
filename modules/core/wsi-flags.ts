/** The state of a connection in bits, and what it may wait for. */

/** Why a connection waits; 0 waits for nothing. */
export const enum Timeout {
  none,
  /** For the first byte of a request or the rest of its headers. */
  headers,
  /** For the next piece of a request body. */
  body,
  /** For room to write a response. */
  response,
  /** For the next request. */
  keepAlive,
  /** For a transaction, which others have: no fault of the peer. */
  turn,
  /** For the peer's half of the close handshake. */
  closeAck,
  /** For the peer to take what was written and to close its side. */
  linger,
  /** For a sign that an idle peer is still there. */
  validity,
  /** For anything at all from a peer that speaks no HTTP. */
  silence,
  /** For a connection of our own to stand. */
  connect,
  /** For the answer to a request of our own. */
  answer,
}

/** @internal Bits of {@link Wsi.flags}. */
export const enum Flag {
  queued = 1,
  /** Bytes may be waiting in the socket or parked. */
  rx = 2,
  /** A writeable callback was asked for. */
  wantTx = 4,
  /** The socket took less than it was given. */
  choked = 8,
  /** The peer's FIN was seen. */
  end = 16,
  /** Reading is stopped by the protocol. */
  rxHeldByUser = 32,
  /** Reading is stopped by the role. */
  rxHeldByRole = 64,
  /** Inside a writeable callback. */
  inWriteable = 128,
  /** The write of this writeable callback has been made. */
  wrote = 256,
  /** Over; only the role has still to be told. */
  dead = 512,
  /** Close once everything is written. */
  closing = 1024,
  /** Our FIN is sent; what still arrives is thrown away. */
  lingering = 2048,
  /** The role has still to be told of the FIN. */
  tellEnd = 4096,
  /** The role was told that the connection is over. */
  closed = 8192,
  /** Reading is stopped while the peer does not take what is kept for it. */
  rxHeldByOut = 16384,
  /** We have connected, not the peer. */
  outgoing = 32768,

  // Combinations, named here because the compiler folds them nowhere else.
  rxHeld = rxHeldByUser | rxHeldByRole | rxHeldByOut,
  /** A writeable callback need not be queued: it can't come now, or it is about to. */
  unwakeable = choked | dead | queued,
  writing = inWriteable | wrote | dead,
  written = inWriteable | wrote,
  /** Reading or writing is out of the question. */
  over = dead | lingering,
  hasNews = rx | tellEnd,
  /** None of these: there is certainly nothing to do. */
  active = hasNews | wantTx | over,
  notServable = rxHeld | over,
  unreadable = ~rx,
  unwanted = ~wantTx,
  wantsTx = wantTx | choked | dead,
  unwritten = ~(wrote | inWriteable),
}
