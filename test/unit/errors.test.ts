/** The catalogue of errors. */
import { closeCodeOf, statusOf } from "lws/core/error-status";
import { describe } from "lws/core/error-words";
import { type ErrorCode, LwsError } from "lws/core/errors";
import { reasonPhrase } from "lws/http/status";
import { equal, test } from "./harness";

/** Every code; a code that is missing here, or that the catalogue does not know, is a type error. */
const codes: Readonly<Record<ErrorCode, true>> = {
  WRITE_OUTSIDE_WRITEABLE: true,
  SECOND_WRITE: true,
  WRITE_AFTER_END: true,
  WSI_CLOSED: true,
  NO_PROTOCOL: true,
  BAD_OPTION: true,
  BAD_REQUEST: true,
  BAD_FRAMING: true,
  BAD_HOST: true,
  UNAUTHORIZED: true,
  FORBIDDEN: true,
  NOT_FOUND: true,
  METHOD_NOT_ALLOWED: true,
  REQUEST_TIMEOUT: true,
  LENGTH_REQUIRED: true,
  BODY_TOO_LARGE: true,
  TARGET_TOO_LONG: true,
  MEDIA_TYPE: true,
  PRECONDITION: true,
  RANGE: true,
  EXPECTATION: true,
  MISDIRECTED: true,
  UPGRADE_REQUIRED: true,
  TOO_MANY_REQUESTS: true,
  HEADERS_TOO_LARGE: true,
  INTERNAL: true,
  NOT_IMPLEMENTED: true,
  OVERLOADED: true,
  HTTP_VERSION: true,
  CONNECT_REFUSED: true,
  CONNECT_UNREACHABLE: true,
  CONNECT_TIMEOUT: true,
  NO_SOCKET: true,
  CONNECTION_LOST: true,
  BAD_ANSWER: true,
  ANSWER_TIMEOUT: true,
  PROXY_LOOP: true,
  RESOLVE_FAILED: true,
  RESOLVE_NO_NAME: true,
  BAD_REDIRECT: true,
  ARCHIVE_DAMAGED: true,
  ARCHIVE_METHOD: true,
  WS_PROTOCOL_ERROR: true,
  WS_BAD_DATA: true,
  WS_TOO_BIG: true,
  WS_FOREIGN_ORIGIN: true,
  WS_REFUSED: true,
  WS_BAD_HANDSHAKE: true,
  MQTT_REFUSED: true,
  MQTT_UNAUTHORIZED: true,
  MQTT_NO_SUBSCRIPTION: true,
  BAD_MESSAGE: true,
  BAD_SLOT: true,
  BAD_SSID: true,
  BAD_PASSPHRASE: true,
  BAD_NAME: true,
  BAD_PASSWORD: true,
  WRONG_PASSWORD: true,
  LOGIN_REQUIRED: true,
  STORAGE_FULL: true,
  STORAGE_FAILED: true,
  TLS_ALERT: true,
  TLS_BAD_CERTIFICATE: true,
  TLS_EXPIRED: true,
  TLS_NOT_YET_VALID: true,
  TLS_NO_CERTIFICATE: true,
  TLS_NO_COMMON: true,
  TLS_NO_MEMORY: true,
  TLS_PROTOCOL: true,
  TLS_SELF_SIGNED: true,
  TLS_UNKNOWN_CA: true,
  TLS_UNKNOWN_NAME: true,
  TLS_WRONG_NAME: true,
  TLS_WRONG_USAGE: true,
  STREAM_UNKNOWN: true,
  STREAM_UNSUPPORTED: true,
  STREAM_REFUSED: true,
  STREAM_IN_CALLBACK: true,
  STREAM_GONE: true,
  STREAM_BAD_VALUE: true,
  STREAM_TAKEN: true,
  STREAM_NO_PORT: true,
  STREAM_NO_VHOST: true,
  STREAM_NO_SINK: true,
  TRUST_STORE_UNKNOWN: true,
  TRUST_STORE_FULL: true,
  POLICY_SYNTAX: true,
  POLICY_TOO_LARGE: true,
  POLICY_SCHEMA: true,
  POLICY_PRODUCT: true,
  POLICY_SOURCE: true,
  POLICY_UNAVAILABLE: true,
  POLICY_UNKNOWN_KEY: true,
  POLICY_TWICE: true,
  POLICY_BAD_VALUE: true,
  POLICY_INCOMPLETE: true,
  POLICY_CONTRADICTION: true,
  POLICY_UNDEFINED: true,
  POLICY_BAD_CERTIFICATE: true,
  POLICY_REPLACED: true,
  CERT_MALFORMED: true,
  CERT_TRUNCATED: true,
  CERT_TOO_LARGE: true,
  CERT_UNSUPPORTED: true,
  CERT_WEAK: true,
  CERT_ORDER: true,
  CERT_WRONG_USAGE: true,
  CERT_EXPIRED: true,
  CERT_NOT_YET_VALID: true,
  KEY_MALFORMED: true,
  KEY_TRUNCATED: true,
  KEY_TOO_LARGE: true,
  KEY_ENCRYPTED: true,
  KEY_UNSUPPORTED: true,
  KEY_WEAK: true,
  KEY_MISMATCH: true,
  CLIENT_CA_DAMAGED: true,
  UPDATE_BUSY: true,
  UPDATE_NO_SLOT: true,
  UPDATE_TOO_LARGE: true,
  UPDATE_NOT_IMAGE: true,
  UPDATE_WRONG_CHIP: true,
  UPDATE_WRONG_MODEL: true,
  UPDATE_WRONG_KIND: true,
  UPDATE_WRONG_BASE: true,
  UPDATE_TOO_OLD: true,
  UPDATE_TRUNCATED: true,
  UPDATE_DAMAGED: true,
  UPDATE_NO_TRAILER: true,
  UPDATE_UNKNOWN_KEY: true,
  UPDATE_BAD_SIGNATURE: true,
  UPDATE_OFFSET: true,
  UPDATE_CANCELLED: true,
  UPDATE_FLASH: true,
  UPDATE_NO_SERVER: true,
  UPDATE_MANIFEST: true,
  UPDATE_MANIFEST_SIGNATURE: true,
  UPDATE_REFUSED: true,
  UPDATE_REDIRECT: true,
  UPDATE_LENGTH: true,
  UPDATE_STALLED: true,
};

function each(call: (code: ErrorCode) => void): void {
  for (const code in codes) call(code as ErrorCode);
}

test("errors: every code has words of its own", () => {
  const seen = new Set<string>();
  each((code) => {
    const text = describe(code);
    equal(typeof text, "string", code);
    equal(text.length > 10, true, code);
    equal(seen.has(text), false, `${code}: its words are another's`);
    seen.add(text);
  });
});

test("errors: every status is an error that the server has a phrase for", () => {
  each((code) => {
    const status = statusOf(code);
    equal(status >= 400 && status < 600, true, `${code}: ${status}`);
    equal(reasonPhrase(status) === "Status", false, `${code}: phrase of ${status}`);
  });
});

test("errors: every close code may be sent (RFC 6455 §7.4)", () => {
  each((code) => {
    const close = closeCodeOf(code);
    equal(close >= 1000 && close < 1015 && close !== 1005 && close !== 1006, true, `${code}: ${close}`);
  });
});

test("errors: statuses of RFC 9110 and RFC 6585", () => {
  equal(statusOf("BAD_REQUEST"), 400);
  equal(statusOf("NOT_FOUND"), 404);
  equal(statusOf("REQUEST_TIMEOUT"), 408);
  equal(statusOf("BODY_TOO_LARGE"), 413);
  equal(statusOf("HEADERS_TOO_LARGE"), 431);
  equal(statusOf("SECOND_WRITE"), 500);
  equal(statusOf("HTTP_VERSION"), 505);
  equal(statusOf("BAD_ANSWER"), 502);
  equal(statusOf("CONNECT_REFUSED"), 503);
  equal(statusOf("ANSWER_TIMEOUT"), 504);
});

test("errors: an LwsError carries its code, its words and a detail", () => {
  const plain = new LwsError("NOT_FOUND");
  equal(plain.code, "NOT_FOUND");
  equal(plain.message, describe("NOT_FOUND"));
  equal(plain instanceof Error, true);
  equal(new LwsError("BAD_OPTION", "port 70000").message, `${describe("BAD_OPTION")}: port 70000`);
});
