/** Control frames as they arrive (RFC 6455 §5.5); each is whole, and its mask removed. */
import type { ErrorCode } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import { Bytes } from "lws/platform/bytes";
import type { WsState } from "./ws-state";
import { closeTime, Opcode, WsFlag } from "./ws-state";

/** Acts on the control frame whose payload is `[from, to)` of the context's buffer. */
export function receiveControl(wsi: Wsi, ws: WsState, from: number, to: number): ErrorCode | undefined {
  ws.flags &= WsFlag.outside;
  if (ws.opcode === Opcode.close) return peerClose(wsi, ws, from, to);
  if (ws.opcode === Opcode.pong) wsi.protocol?.onPong(wsi);
  else if (!(ws.flags & WsFlag.closing)) {
    ws.pong = new ArrayBuffer(to - from);
    Bytes.copy(wsi.vhost.context.buffer, from, to, ws.pong, 0);
    wsi.callbackOnWritable();
  }
  return undefined;
}

/** RFC 6455 §7.4 and the registry: codes that may stand in a close frame. */
export function mayClose(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)
  );
}

/** Both sides have sent their close frames: the server ends the connection, the client waits for that (RFC 6455 §7.1.1). */
export function exchanged(wsi: Wsi, ws: WsState): void {
  if (ws.flags & WsFlag.client) wsi.setTimeout(Timeout.closeAck, closeTime);
  else wsi.finish();
}

function peerClose(wsi: Wsi, ws: WsState, from: number, to: number): ErrorCode | undefined {
  const buffer = wsi.vhost.context.buffer;
  let code = 1005;
  let reason = "";
  if (to > from) {
    if (to - from === 1) return "WS_PROTOCOL_ERROR";
    code = ((buffer[from] as number) << 8) | (buffer[from + 1] as number);
    if (!mayClose(code)) return "WS_PROTOCOL_ERROR";
    const text = Bytes.text(buffer, from + 2, to);
    if (text === undefined) return "WS_BAD_DATA";
    reason = text;
  }
  ws.flags |= WsFlag.closeReceived;
  if (!(ws.flags & WsFlag.closing)) {
    ws.flags |= WsFlag.closing;
    ws.code = code;
    ws.reason = reason;
    wsi.protocol?.onPeerClose(wsi, code, reason);
  }
  if (ws.flags & WsFlag.closeSent) exchanged(wsi, ws);
  else {
    wsi.setTimeout(Timeout.closeAck, closeTime);
    wsi.callbackOnWritable();
  }
  return undefined;
}
