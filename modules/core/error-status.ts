/** What a peer is told of an error: the HTTP status (RFC 9110 §15) and the WebSocket close code (RFC 6455 §7.4) that it ends in. */
import { type ErrorCode, LwsError } from "./errors";

/** HTTP status that the error is answered with. */
export function statusOf(code: ErrorCode): number {
  switch (code) {
    case "BAD_REQUEST":
    case "BAD_FRAMING":
    case "BAD_HOST":
    case "BAD_MESSAGE":
    case "BAD_SLOT":
    case "BAD_SSID":
    case "BAD_PASSPHRASE":
    case "BAD_NAME":
    case "BAD_PASSWORD":
      return 400;
    case "UNAUTHORIZED":
      return 401;
    case "FORBIDDEN":
    case "WRONG_PASSWORD":
    case "LOGIN_REQUIRED":
    case "WS_FOREIGN_ORIGIN":
      return 403;
    case "NOT_FOUND":
      return 404;
    case "METHOD_NOT_ALLOWED":
      return 405;
    case "REQUEST_TIMEOUT":
      return 408;
    case "UPDATE_BUSY":
    case "UPDATE_NO_SLOT":
    case "UPDATE_OFFSET":
    case "UPDATE_CANCELLED":
      return 409;
    case "LENGTH_REQUIRED":
      return 411;
    case "BODY_TOO_LARGE":
    case "UPDATE_TOO_LARGE":
    case "CERT_TOO_LARGE":
    case "KEY_TOO_LARGE":
      return 413;
    case "TARGET_TOO_LONG":
      return 414;
    case "MEDIA_TYPE":
      return 415;
    case "PRECONDITION":
      return 412;
    case "RANGE":
      return 416;
    case "EXPECTATION":
      return 417;
    case "CERT_MALFORMED":
    case "CERT_TRUNCATED":
    case "CERT_UNSUPPORTED":
    case "CERT_WEAK":
    case "CERT_ORDER":
    case "CERT_WRONG_USAGE":
    case "CERT_EXPIRED":
    case "CERT_NOT_YET_VALID":
    case "KEY_MALFORMED":
    case "KEY_TRUNCATED":
    case "KEY_ENCRYPTED":
    case "KEY_UNSUPPORTED":
    case "KEY_WEAK":
    case "KEY_MISMATCH":
    case "UPDATE_NOT_IMAGE":
    case "UPDATE_WRONG_CHIP":
    case "UPDATE_WRONG_MODEL":
    case "UPDATE_WRONG_KIND":
    case "UPDATE_TRUNCATED":
    case "UPDATE_DAMAGED":
    case "UPDATE_NO_TRAILER":
    case "UPDATE_UNKNOWN_KEY":
    case "UPDATE_BAD_SIGNATURE":
    case "UPDATE_WRONG_BASE":
    case "UPDATE_TOO_OLD":
      return 422;
    case "MISDIRECTED":
      return 421;
    case "UPGRADE_REQUIRED":
      return 426;
    case "TOO_MANY_REQUESTS":
      return 429;
    case "HEADERS_TOO_LARGE":
      return 431;
    case "NOT_IMPLEMENTED":
      return 501;
    case "CONNECTION_LOST":
    case "BAD_ANSWER":
    case "BAD_REDIRECT":
    case "WS_REFUSED":
    case "WS_BAD_HANDSHAKE":
    case "MQTT_REFUSED":
    case "MQTT_UNAUTHORIZED":
    case "MQTT_NO_SUBSCRIPTION":
    case "UPDATE_MANIFEST":
    case "UPDATE_MANIFEST_SIGNATURE":
    case "UPDATE_REFUSED":
    case "UPDATE_REDIRECT":
    case "UPDATE_LENGTH":
      return 502;
    case "OVERLOADED":
    case "CLIENT_CA_DAMAGED":
    case "TLS_NO_MEMORY":
    case "CONNECT_REFUSED":
    case "CONNECT_UNREACHABLE":
    case "NO_SOCKET":
    case "RESOLVE_FAILED":
    case "RESOLVE_NO_NAME":
    case "UPDATE_NO_SERVER":
      return 503;
    case "CONNECT_TIMEOUT":
    case "ANSWER_TIMEOUT":
    case "UPDATE_STALLED":
      return 504;
    case "HTTP_VERSION":
      return 505;
    case "STORAGE_FULL":
    case "STORAGE_FAILED":
    case "UPDATE_FLASH":
      return 507;
    case "PROXY_LOOP":
      return 508;
    default:
      return 500;
  }
}

/** WebSocket close code that the error ends in. */
export function closeCodeOf(code: ErrorCode): number {
  switch (code) {
    case "WS_PROTOCOL_ERROR":
      return 1002;
    case "WS_BAD_DATA":
      return 1007;
    case "WS_TOO_BIG":
      return 1009;
    case "FORBIDDEN":
    case "WS_FOREIGN_ORIGIN":
      return 1008;
    case "OVERLOADED":
      return 1013;
    default:
      return 1011;
  }
}

/** False for an error that the peer has caused, and that has a status to tell it by. */
export function isFailure(error: unknown): boolean {
  return !(error instanceof LwsError) || statusOf(error.code) === 500;
}
