/**
 * The catalogue of errors. Each is named here once; `error-words.ts` has the words a person reads, and `error-status.ts` what a peer is told. It is code,
 * not a table, so that it lies in flash and takes no heap.
 */
import { describe } from "./error-words";

export type ErrorCode =
  // the rules of the loop
  | "WRITE_OUTSIDE_WRITEABLE"
  | "SECOND_WRITE"
  | "WRITE_AFTER_END"
  | "WSI_CLOSED"
  | "NO_PROTOCOL"
  | "BAD_OPTION"
  // HTTP
  | "BAD_REQUEST"
  | "BAD_FRAMING"
  | "BAD_HOST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "REQUEST_TIMEOUT"
  | "LENGTH_REQUIRED"
  | "BODY_TOO_LARGE"
  | "TARGET_TOO_LONG"
  | "MEDIA_TYPE"
  | "PRECONDITION"
  | "RANGE"
  | "EXPECTATION"
  | "MISDIRECTED"
  | "UPGRADE_REQUIRED"
  | "TOO_MANY_REQUESTS"
  | "HEADERS_TOO_LARGE"
  | "INTERNAL"
  | "NOT_IMPLEMENTED"
  | "OVERLOADED"
  | "HTTP_VERSION"
  // connections that we make
  | "CONNECT_REFUSED"
  | "CONNECT_UNREACHABLE"
  | "CONNECT_TIMEOUT"
  | "NO_SOCKET"
  | "CONNECTION_LOST"
  | "BAD_ANSWER"
  | "ANSWER_TIMEOUT"
  | "PROXY_LOOP"
  | "RESOLVE_FAILED"
  | "RESOLVE_NO_NAME"
  | "BAD_REDIRECT"
  // files
  | "ARCHIVE_DAMAGED"
  | "ARCHIVE_METHOD"
  // WebSocket
  | "WS_PROTOCOL_ERROR"
  | "WS_BAD_DATA"
  | "WS_TOO_BIG"
  | "WS_FOREIGN_ORIGIN"
  | "WS_REFUSED"
  | "WS_BAD_HANDSHAKE"
  // MQTT
  | "MQTT_REFUSED"
  | "MQTT_UNAUTHORIZED"
  | "MQTT_NO_SUBSCRIPTION"
  // messages of the setup page
  | "BAD_MESSAGE"
  | "BAD_SLOT"
  | "BAD_SSID"
  | "BAD_PASSPHRASE"
  | "BAD_NAME"
  | "BAD_PASSWORD"
  | "WRONG_PASSWORD"
  | "LOGIN_REQUIRED"
  // settings
  | "STORAGE_FULL"
  | "STORAGE_FAILED"
  // TLS
  | "TLS_PROTOCOL"
  | "TLS_NO_COMMON"
  | "TLS_ALERT"
  | "TLS_NO_MEMORY"
  | "TLS_NO_CERTIFICATE"
  | "TLS_UNKNOWN_CA"
  | "TLS_SELF_SIGNED"
  | "TLS_WRONG_NAME"
  | "TLS_EXPIRED"
  | "TLS_NOT_YET_VALID"
  | "TLS_WRONG_USAGE"
  | "TLS_BAD_CERTIFICATE"
  | "TLS_UNKNOWN_NAME"
  // Secure Streams
  | "STREAM_UNKNOWN"
  | "STREAM_UNSUPPORTED"
  | "STREAM_REFUSED"
  | "STREAM_IN_CALLBACK"
  | "STREAM_GONE"
  | "STREAM_BAD_VALUE"
  | "TRUST_STORE_UNKNOWN"
  | "TRUST_STORE_FULL"
  // certificates and keys
  | "CERT_MALFORMED"
  | "CERT_TRUNCATED"
  | "CERT_TOO_LARGE"
  | "CERT_UNSUPPORTED"
  | "CERT_WEAK"
  | "CERT_ORDER"
  | "CERT_WRONG_USAGE"
  | "CERT_EXPIRED"
  | "CERT_NOT_YET_VALID"
  | "KEY_MALFORMED"
  | "KEY_TRUNCATED"
  | "KEY_TOO_LARGE"
  | "KEY_ENCRYPTED"
  | "KEY_UNSUPPORTED"
  | "KEY_WEAK"
  | "KEY_MISMATCH"
  | "CLIENT_CA_DAMAGED"
  // updates
  | "UPDATE_BUSY"
  | "UPDATE_NO_SLOT"
  | "UPDATE_TOO_LARGE"
  | "UPDATE_NOT_IMAGE"
  | "UPDATE_WRONG_CHIP"
  | "UPDATE_WRONG_MODEL"
  | "UPDATE_WRONG_KIND"
  | "UPDATE_WRONG_BASE"
  | "UPDATE_TOO_OLD"
  | "UPDATE_TRUNCATED"
  | "UPDATE_DAMAGED"
  | "UPDATE_NO_TRAILER"
  | "UPDATE_UNKNOWN_KEY"
  | "UPDATE_BAD_SIGNATURE"
  | "UPDATE_OFFSET"
  | "UPDATE_CANCELLED"
  | "UPDATE_FLASH"
  | "UPDATE_NO_SERVER"
  | "UPDATE_MANIFEST"
  | "UPDATE_MANIFEST_SIGNATURE"
  | "UPDATE_REFUSED"
  | "UPDATE_REDIRECT"
  | "UPDATE_LENGTH"
  | "UPDATE_STALLED";

/** An error of the catalogue. `message` is its description, with `detail` after a colon where there is one. */
export class LwsError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail?: string,
  ) {
    super(detail === undefined ? describe(code) : `${describe(code)}: ${detail}`);
  }
}
