/** What contradicts itself in a stream type, as a client and as a server: the same as the compiler of policies says. */
import { isFilter, isTopic } from "lws/client/mqtt-topic";
import type { ErrorCode } from "lws/core/errors";
import { StreamFlag, type StreamType } from "./policy";
import { checkPair } from "./policy-certificate";
import { readStack } from "./policy-sections";
import { Kind, type PolicyTape } from "./policy-tape";

/** Refuses the value of `key`, or the whole where it is not there. */
function blame(tape: PolicyTape, at: number, key: string, code: ErrorCode = "POLICY_CONTRADICTION"): never {
  tape.refuse(tape.member(at, key) || at, code);
}

/** Refuses a key that may not be there. */
function forbid(tape: PolicyTape, at: number, key: string): void {
  if (tape.member(at, key) !== 0) blame(tape, at, key);
}

export function checkClient(tape: PolicyTape, at: number, type: StreamType): void {
  const { flags, protocol, port, endpoint } = type;
  const isTls = (flags & StreamFlag.tls) !== 0;
  const isHere = (flags & StreamFlag.localSink) !== 0 || endpoint?.startsWith("file://") === true;
  if (isHere && isTls) blame(tape, at, "tls");
  if (!isHere) {
    if (endpoint === undefined || port === undefined || (protocol as string) === "") {
      tape.refuse(at, "POLICY_INCOMPLETE");
    }
    if (isTls && type.trustStore === undefined) blame(tape, at, "tls", "POLICY_INCOMPLETE");
  }
  if (!isTls && type.trustStore !== undefined) blame(tape, at, "tls_trust_store");
  if (!isTls && type.clientCert !== undefined) blame(tape, at, "client_cert");
  if (flags & StreamFlag.nailedUp && flags & StreamFlag.opportunistic) {
    blame(tape, at, tape.member(at, "opportunistic") ? "opportunistic" : "nailed_up");
  }
  checkForm(tape, at, type);
  if ((protocol === "h1" || protocol === "h2") && (type.method === undefined || type.url === undefined)) {
    tape.refuse(at, "POLICY_INCOMPLETE");
  }
  if (type.authPreamble !== undefined && type.authHeader === undefined) tape.refuse(at, "POLICY_INCOMPLETE");
  if (endpoint !== undefined && !endpoint.startsWith("file://") && !isEndpoint(endpoint)) {
    blame(tape, at, "endpoint", "POLICY_BAD_VALUE");
  }
  checkTargets(tape, at, type);
  if (protocol !== "mqtt" && (protocol as string) !== "") return;
  for (const part of ["message", "qos", "retain"]) {
    if (type.willTopic === undefined) forbid(tape, at, `mqtt_will_${part}`);
    if (type.birthTopic === undefined) forbid(tape, at, `mqtt_birth_${part}`);
  }
}

/** A body has one type. */
function checkForm(tape: PolicyTape, at: number, { flags, partName, partFilename, partType }: StreamType): void {
  if (partType !== undefined && tape.member(at, "http_mime_content_type") !== 0) {
    forbid(tape, at, "http_multipart_content_type");
  }
  if (!(flags & StreamFlag.urlencoded)) return;
  if (partName !== undefined) blame(tape, at, "http_multipart_name");
  if (partFilename !== undefined) blame(tape, at, "http_multipart_filename");
  if (partType === undefined) return;
  blame(tape, at, tape.member(at, "http_mime_content_type") ? "http_mime_content_type" : "http_multipart_content_type");
}

/** A host name (RFC 1123 §2.1) or an IPv4 address; with values in it, nobody knows yet. */
function isEndpoint(endpoint: string): boolean {
  if (endpoint.startsWith("+") || endpoint.startsWith("!")) return false;
  if (endpoint.includes("${")) return true;
  const labels = endpoint.split(".");
  if (/^[\d.]+$/.test(endpoint)) {
    return labels.length === 4 && labels.every((label) => /^(?:0|[1-9]\d{0,2})$/.test(label) && Number(label) < 256);
  }
  return endpoint.length <= 253 && labels.every((label) => /^\w(?:[\w-]{0,61}[A-Za-z0-9])?$/.test(label));
}

/** Refuses paths and topics that no server would take. */
function checkTargets(tape: PolicyTape, at: number, type: StreamType): void {
  if (/[^!-~]/.test(fixed(type.url))) blame(tape, at, "http_url", "POLICY_BAD_VALUE");
  const { topic, willTopic, birthTopic, subscribe } = type;
  if (topic !== undefined && !isTopic(fixed(topic))) blame(tape, at, "mqtt_topic", "POLICY_BAD_VALUE");
  if (willTopic !== undefined && !isTopic(fixed(willTopic))) blame(tape, at, "mqtt_will_topic", "POLICY_BAD_VALUE");
  if (birthTopic !== undefined && !isTopic(fixed(birthTopic))) blame(tape, at, "mqtt_birth_topic", "POLICY_BAD_VALUE");
  if (subscribe !== undefined && !isFilter(fixed(subscribe))) blame(tape, at, "mqtt_subscribe", "POLICY_BAD_VALUE");
}

/** A text with an "x" in place of each value. */
function fixed(text = ""): string {
  let result = "";
  let from = 0;
  for (;;) {
    const begin = text.indexOf("${", from);
    const end = begin < 0 ? -1 : text.indexOf("}", begin);
    if (end < 0) return result + text.slice(from);
    result += `${text.slice(from, begin)}x`;
    from = end + 1;
  }
}

export function checkServer(tape: PolicyTape, at: number, type: StreamType): void {
  const { flags, protocol, port, endpoint = "", serverCert, serverKey } = type;
  if ((protocol as string) === "" || (port === undefined && !endpoint.startsWith("!"))) {
    tape.refuse(at, "POLICY_INCOMPLETE");
  }
  if (protocol === "mqtt") blame(tape, at, "protocol");
  if (!(flags & StreamFlag.tls)) {
    forbid(tape, at, "server_cert");
    forbid(tape, at, "server_key");
    return;
  }
  if (serverCert === undefined || serverKey === undefined) tape.refuse(at, "POLICY_INCOMPLETE");
  const isNew = tape.member(at, "server_cert") !== 0 || tape.member(at, "server_key") !== 0;
  if (!isNew) return;
  for (const [key, name] of [
    ["server_cert", serverCert],
    ["server_key", serverKey],
  ] as const) {
    if (isTrusted(tape, name)) blame(tape, at, key);
  }
  checkPair(tape, at, serverCert, serverKey);
}

/** Whether a trust store has the certificate in it: one is either trusted or shown. */
function isTrusted(tape: PolicyTape, name: string): boolean {
  const list = tape.member(0, "trust_stores");
  if (list === 0 || tape.kind(list) !== Kind.list) return false;
  const end = tape.end(list);
  for (let item = tape.first(list); item < end; item = tape.end(item)) {
    if (readStack(tape, item).includes(name)) return true;
  }
  return false;
}
