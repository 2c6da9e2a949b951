/**
 * The catalogue of errors. Each is named once, with the words a person reads and, where it can reach a peer, the HTTP status
 * (RFC 9110 §15) and WebSocket close code (RFC 6455 §7.4) it ends in. It is code, not a table, so that it lies in flash and takes no heap.
 */

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

/** What went wrong, in words for a person. */
export function describe(code: ErrorCode): string {
  switch (code) {
    case "WRITE_OUTSIDE_WRITEABLE":
      return "a write outside a writeable callback";
    case "SECOND_WRITE":
      return "a second write in one writeable callback";
    case "WRITE_AFTER_END":
      return "a write after the end of the message";
    case "WSI_CLOSED":
      return "the connection is closed";
    case "NO_PROTOCOL":
      return "no such protocol on this vhost";
    case "BAD_OPTION":
      return "an option has a value that it can't have";
    case "BAD_REQUEST":
      return "the request is malformed";
    case "BAD_FRAMING":
      return "the length of the body is not stated in one clear way";
    case "BAD_HOST":
      return "the Host header is missing or malformed";
    case "UNAUTHORIZED":
      return "this needs a user name and a password";
    case "FORBIDDEN":
      return "this is not allowed";
    case "NOT_FOUND":
      return "there is nothing here";
    case "METHOD_NOT_ALLOWED":
      return "this method can't be used here";
    case "REQUEST_TIMEOUT":
      return "the request took too long to arrive";
    case "LENGTH_REQUIRED":
      return "the length of the body must be stated";
    case "BODY_TOO_LARGE":
      return "the body is too large";
    case "TARGET_TOO_LONG":
      return "the address is too long";
    case "MEDIA_TYPE":
      return "this type of content can't be used here";
    case "PRECONDITION":
      return "the file is not the one that was expected";
    case "RANGE":
      return "the file has no such range";
    case "EXPECTATION":
      return "the expectation can't be met";
    case "MISDIRECTED":
      return "the host of the request is not served here";
    case "UPGRADE_REQUIRED":
      return "this WebSocket version is not supported";
    case "TOO_MANY_REQUESTS":
      return "too many attempts";
    case "HEADERS_TOO_LARGE":
      return "the headers are too large";
    case "INTERNAL":
      return "the server failed";
    case "NOT_IMPLEMENTED":
      return "this method or coding is not implemented";
    case "OVERLOADED":
      return "the server is busy";
    case "HTTP_VERSION":
      return "this HTTP version is not supported";
    case "CONNECT_REFUSED":
      return "the server behind this one accepts no connection";
    case "CONNECT_UNREACHABLE":
      return "the server behind this one can't be reached";
    case "CONNECT_TIMEOUT":
      return "the server behind this one could not be reached in time";
    case "NO_SOCKET":
      return "no connection is free";
    case "CONNECTION_LOST":
      return "the server behind this one broke the connection off";
    case "BAD_ANSWER":
      return "the answer of the server behind this one is malformed";
    case "ANSWER_TIMEOUT":
      return "the server behind this one takes too long to answer";
    case "PROXY_LOOP":
      return "the request has come back to where it was";
    case "RESOLVE_FAILED":
      return "the address of the server could not be found out";
    case "RESOLVE_NO_NAME":
      return "there is no server of this name";
    case "BAD_REDIRECT":
      return "the server leads elsewhere in a way that is not followed";
    case "ARCHIVE_DAMAGED":
      return "the archive is damaged";
    case "ARCHIVE_METHOD":
      return "the archive uses a method that is not supported";
    case "WS_PROTOCOL_ERROR":
      return "a frame breaks the WebSocket protocol";
    case "WS_BAD_DATA":
      return "a text message is not UTF-8";
    case "WS_TOO_BIG":
      return "the message is too big";
    case "WS_FOREIGN_ORIGIN":
      return "pages of another origin may not connect";
    case "WS_REFUSED":
      return "the server does not open a WebSocket there";
    case "WS_BAD_HANDSHAKE":
      return "what the server agrees to is not what it was asked for";
    case "MQTT_REFUSED":
      return "the broker refuses us";
    case "MQTT_UNAUTHORIZED":
      return "the broker does not take our name and password, or does not let us in";
    case "MQTT_NO_SUBSCRIPTION":
      return "the broker does not let us subscribe to the topic";
    case "BAD_MESSAGE":
      return "the message is not understood";
    case "BAD_SLOT":
      return "there is no such slot";
    case "BAD_SSID":
      return "a network name has 1 to 32 bytes";
    case "BAD_PASSPHRASE":
      return "a passphrase has 8 to 63 characters, or is a key of 64 hex digits";
    case "BAD_PASSWORD":
      return "a password has 8 to 63 characters";
    case "WRONG_PASSWORD":
      return "this is not the password";
    case "LOGIN_REQUIRED":
      return "log in first";
    case "BAD_NAME":
      return "this name is too long or has characters that it can't have";
    case "STORAGE_FULL":
      return "the settings memory is full";
    case "STORAGE_FAILED":
      return "the settings memory can't be read or written";
    case "TLS_PROTOCOL":
      return "what came is no TLS, or breaks its rules";
    case "TLS_NO_COMMON":
      return "the two sides have no version, cipher or protocol in common";
    case "TLS_ALERT":
      return "the other side has given up";
    case "TLS_NO_MEMORY":
      return "there is no memory left for TLS";
    case "TLS_NO_CERTIFICATE":
      return "the other side has shown no certificate";
    case "TLS_UNKNOWN_CA":
      return "nobody who is trusted vouches for the certificate";
    case "TLS_SELF_SIGNED":
      return "the certificate vouches for itself only";
    case "TLS_WRONG_NAME":
      return "the certificate is for another name";
    case "TLS_EXPIRED":
      return "the certificate of the other side has expired";
    case "TLS_NOT_YET_VALID":
      return "the certificate of the other side is not valid yet";
    case "TLS_WRONG_USAGE":
      return "the certificate of the other side is not for this use";
    case "TLS_BAD_CERTIFICATE":
      return "the certificate of the other side is damaged or weak";
    case "TLS_UNKNOWN_NAME":
      return "there is no certificate for the name that was asked for";
    case "STREAM_UNKNOWN":
      return "the policy has no such stream type";
    case "STREAM_UNSUPPORTED":
      return "nothing is linked that this stream type needs";
    case "STREAM_REFUSED":
      return "the user of the stream does not want it";
    case "STREAM_IN_CALLBACK":
      return "this can't be done from inside a callback of the stream";
    case "STREAM_GONE":
      return "the stream is destroyed";
    case "STREAM_BAD_VALUE":
      return "a value is missing, or has characters that it can't have";
    case "TRUST_STORE_UNKNOWN":
      return "the policy has no such trust store";
    case "TRUST_STORE_FULL":
      return "too many streams use the trust store";
    case "CERT_MALFORMED":
      return "the certificate is damaged, or no certificate";
    case "CERT_TRUNCATED":
      return "the certificate is incomplete";
    case "CERT_TOO_LARGE":
      return "the certificates are too large, or too many";
    case "CERT_UNSUPPORTED":
      return "the certificate uses a key, a signature or an extension that this device does not know";
    case "CERT_WEAK":
      return "the certificate has a weak key or a weak signature";
    case "CERT_ORDER":
      return "the certificates do not form a chain: each must be followed by that of its issuer";
    case "CERT_WRONG_USAGE":
      return "the certificate is not for this use";
    case "CERT_EXPIRED":
      return "a certificate has expired";
    case "CERT_NOT_YET_VALID":
      return "a certificate is not valid yet";
    case "KEY_MALFORMED":
      return "the key is damaged, or no private key";
    case "KEY_TRUNCATED":
      return "the key is incomplete";
    case "KEY_TOO_LARGE":
      return "the key is too large";
    case "KEY_ENCRYPTED":
      return "the key is protected by a password";
    case "KEY_UNSUPPORTED":
      return "the key is of a kind that this device does not know";
    case "KEY_WEAK":
      return "the key is too weak";
    case "KEY_MISMATCH":
      return "the key is not the one of the certificate";
    case "CLIENT_CA_DAMAGED":
      return "who vouches for clients is damaged: hold the button while switching on, then remove or upload it again";
    case "UPDATE_BUSY":
      return "another update is under way";
    case "UPDATE_NO_SLOT":
      return "an application is updated from the setup page only";
    case "UPDATE_TOO_LARGE":
      return "the image does not fit the slot";
    case "UPDATE_NOT_IMAGE":
      return "the file is not a firmware image";
    case "UPDATE_WRONG_CHIP":
      return "the image is for another chip";
    case "UPDATE_WRONG_MODEL":
      return "the image is for another model";
    case "UPDATE_WRONG_KIND":
      return "this is no kind of image that can be installed";
    case "UPDATE_WRONG_BASE":
      return "this goes over another application than the one that is installed";
    case "UPDATE_TOO_OLD":
      return "the image is older than what this device still takes";
    case "UPDATE_TRUNCATED":
      return "the image is incomplete";
    case "UPDATE_DAMAGED":
      return "the image is damaged";
    case "UPDATE_NO_TRAILER":
      return "the image is not signed";
    case "UPDATE_UNKNOWN_KEY":
      return "the image is signed by somebody whom this device does not know";
    case "UPDATE_BAD_SIGNATURE":
      return "the signature of the image is wrong";
    case "UPDATE_OFFSET":
      return "the upload can't go on from there";
    case "UPDATE_CANCELLED":
      return "the update was cancelled";
    case "UPDATE_FLASH":
      return "the flash memory failed";
    case "UPDATE_NO_SERVER":
      return "no update server is set, or nobody who may vouch for it";
    case "UPDATE_MANIFEST":
      return "the update server's list of updates is malformed";
    case "UPDATE_MANIFEST_SIGNATURE":
      return "the update server's list of updates is not signed by the maker of this device";
    case "UPDATE_REFUSED":
      return "the update server refused";
    case "UPDATE_REDIRECT":
      return "the update server leads elsewhere, which is not followed";
    case "UPDATE_LENGTH":
      return "the update server's file has another length than its list says";
    case "UPDATE_STALLED":
      return "the update server was too slow, too often";
  }
}

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

/** An error of the catalogue. `message` is its description, with `detail` after a colon where there is one. */
export class LwsError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail?: string,
  ) {
    super(detail === undefined ? describe(code) : `${describe(code)}: ${detail}`);
  }
}

/** False for an error that the peer has caused, and that has a status to tell it by. */
export function isFailure(error: unknown): boolean {
  return !(error instanceof LwsError) || statusOf(error.code) === 500;
}
