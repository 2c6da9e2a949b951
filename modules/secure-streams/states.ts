/**
 * The states of a stream and which of them may follow which. The table is code in flash: one number per state, with a bit for each that may follow.
 */

/** What a stream reports to its user. Numbers from {@link StreamState.user} on are the user's own. */
export const enum StreamState {
  none = 0,
  /** The stream is there; what is heard first. */
  creating = 1,
  /** A connection that had reached {@link StreamState.connected} is over. */
  disconnected = 2,
  /** An attempt has ended without reaching it. Ordinal 1: the DNS server can't be reached. */
  unreachable = 3,
  /** The server, or who authorizes us, says no. */
  authFailed = 4,
  /** HTTP: the headers of the response are there; WebSocket: the handshake is done; raw: the socket, and TLS, is up. */
  connected = 5,
  /** An attempt begins. */
  connecting = 6,
  /** The last that is heard. */
  destroying = 7,
  /** A write was asked for, and there is no connection. */
  poll = 8,
  /** Nothing more is tried until the user asks for it. */
  allRetriesFailed = 9,
  /** The transaction was good. */
  qosAckRemote = 10,
  /** The transaction was bad. */
  qosNackRemote = 11,
  /** Of the mode with a proxy, as the next and {@link StreamState.upstreamLinkRetry}. */
  qosAckLocal = 12,
  qosNackLocal = 13,
  /** The time that `startTimeout` gave is over. */
  timeout = 14,
  /** Server: a request is to be answered. */
  serverTxn = 15,
  /** Server: the connection has become a WebSocket. */
  serverUpgrade = 16,
  /** All streams are told that somebody has woken the loop. */
  eventWaitCancelled = 17,
  upstreamLinkRetry = 18,
  /** Local sink: a source joins, or parts. */
  sinkJoin = 19,
  sinkPart = 20,
  user = 1000,
}

/** A bit for each state, and what may follow it. */
const enum Bit {
  creating = 0x2,
  disconnected = 0x4,
  unreachable = 0x8,
  authFailed = 0x10,
  connected = 0x20,
  connecting = 0x40,
  destroying = 0x80,
  poll = 0x100,
  allRetriesFailed = 0x200,
  qosAckRemote = 0x400,
  qosNackRemote = 0x800,
  qosAckLocal = 0x1000,
  qosNackLocal = 0x2000,
  timeout = 0x4000,
  serverTxn = 0x8000,
  serverUpgrade = 0x10000,

  // Combinations, named here because the compiler folds them nowhere else.
  qosRemote = qosAckRemote | qosNackRemote,
  /** What nearly every state may be followed by. */
  ending = timeout | destroying,
  afterNone = creating | destroying,
  afterCreating = connecting | poll | serverUpgrade | ending,
  /** A scheme may leave no attempt to a connection that was lost, and then that is said at once. */
  afterDisconnected = connecting | connected | poll | unreachable | allRetriesFailed | ending,
  afterUnreachable = allRetriesFailed | poll | unreachable | connecting | connected | ending,
  /** It may be the server that has said no, on a connection. */
  afterAuthFailed = allRetriesFailed | connecting | disconnected | ending,
  serving = serverTxn | serverUpgrade,
  served = serving | authFailed | qosRemote | qosAckLocal | qosNackLocal,
  afterConnected = served | disconnected | connecting | poll | ending,
  attempted = unreachable | authFailed | connecting | connected | qosRemote | poll | allRetriesFailed,
  afterConnecting = attempted | disconnected | ending,
  afterPoll = connecting | allRetriesFailed | ending,
  afterAllRetriesFailed = connecting | poll | unreachable | ending,
  afterQosAckRemote = disconnected | connecting | ending,
  afterQosNackRemote = disconnected | ending,
  afterQosAckRemoteMqtt = afterQosAckRemote | qosRemote,
  afterQosNackRemoteMqtt = afterQosNackRemote | qosRemote,
  afterQosAckLocal = disconnected | ending,
  /** A server's connection goes on when the time that its user gave is over, as a client's does. */
  afterTimeout = connecting | connected | qosRemote | poll | disconnected | unreachable | serving | ending,
  /** A kept connection may become a WebSocket. */
  afterServerTxn = disconnected | serving | ending,
  afterServerUpgrade = serverUpgrade | serverTxn | disconnected | ending,
}

function followers(last: number, isMqtt: boolean): number {
  switch (last) {
    case StreamState.none:
      return Bit.afterNone;
    case StreamState.creating:
      return Bit.afterCreating;
    case StreamState.disconnected:
      return Bit.afterDisconnected;
    case StreamState.unreachable:
      return Bit.afterUnreachable;
    case StreamState.authFailed:
      return Bit.afterAuthFailed;
    case StreamState.connected:
      return Bit.afterConnected;
    case StreamState.connecting:
      return Bit.afterConnecting;
    case StreamState.poll:
      return Bit.afterPoll;
    case StreamState.allRetriesFailed:
      return Bit.afterAllRetriesFailed;
    case StreamState.qosAckRemote:
      return isMqtt ? Bit.afterQosAckRemoteMqtt : Bit.afterQosAckRemote;
    case StreamState.qosNackRemote:
      return isMqtt ? Bit.afterQosNackRemoteMqtt : Bit.afterQosNackRemote;
    case StreamState.qosAckLocal:
      return Bit.afterQosAckLocal;
    case StreamState.qosNackLocal:
      return Bit.ending;
    case StreamState.timeout:
      return Bit.afterTimeout;
    case StreamState.serverTxn:
      return Bit.afterServerTxn;
    case StreamState.serverUpgrade:
      return Bit.afterServerUpgrade;
    default:
      return 0;
  }
}

/** States that may be reported at any time, and do not count as the last one. */
export function isUnchecked(state: number): boolean {
  return (
    state >= StreamState.user ||
    state === StreamState.eventWaitCancelled ||
    state === StreamState.upstreamLinkRetry ||
    state === StreamState.sinkJoin ||
    state === StreamState.sinkPart
  );
}

/** Whether a stream whose last reported state was `last` may report `next`. Unchecked states are not asked about. */
export function mayFollow(last: number, next: number, isMqtt = false): boolean {
  return next > StreamState.none && next <= StreamState.sinkPart && (followers(last, isMqtt) & (1 << next)) !== 0;
}

/** As the log has it. */
export function stateName(state: number): string {
  switch (state) {
    case StreamState.none:
      return "none";
    case StreamState.creating:
      return "CREATING";
    case StreamState.disconnected:
      return "DISCONNECTED";
    case StreamState.unreachable:
      return "UNREACHABLE";
    case StreamState.authFailed:
      return "AUTH_FAILED";
    case StreamState.connected:
      return "CONNECTED";
    case StreamState.connecting:
      return "CONNECTING";
    case StreamState.destroying:
      return "DESTROYING";
    case StreamState.poll:
      return "POLL";
    case StreamState.allRetriesFailed:
      return "ALL_RETRIES_FAILED";
    case StreamState.qosAckRemote:
      return "QOS_ACK_REMOTE";
    case StreamState.qosNackRemote:
      return "QOS_NACK_REMOTE";
    case StreamState.qosAckLocal:
      return "QOS_ACK_LOCAL";
    case StreamState.qosNackLocal:
      return "QOS_NACK_LOCAL";
    case StreamState.timeout:
      return "TIMEOUT";
    case StreamState.serverTxn:
      return "SERVER_TXN";
    case StreamState.serverUpgrade:
      return "SERVER_UPGRADE";
    case StreamState.eventWaitCancelled:
      return "EVENT_WAIT_CANCELLED";
    case StreamState.upstreamLinkRetry:
      return "UPSTREAM_LINK_RETRY";
    case StreamState.sinkJoin:
      return "SINK_JOIN";
    case StreamState.sinkPart:
      return "SINK_PART";
    default:
      return `user state ${state}`;
  }
}
