/** Made from tools/lib/policy/fields.mjs by `lws-xs policy rules`: change that, not this. */
import { type AuthScheme, type RetryScheme, StreamFlag, type StreamType } from "./policy";

/** What a policy may say under a key. */
export interface Rule {
  readonly kind: "text" | "count" | "flag" | "choice" | "reference" | "metadata" | "options" | "responses" | "ignored";
  /** Where the value goes; absent: nowhere. */
  readonly to?: keyof StreamType | keyof RetryScheme | keyof AuthScheme;
  readonly flag?: StreamFlag;
  /** Of a count, or of the bytes of a text. */
  readonly min?: number;
  readonly max?: number;
  /** Of a choice. */
  readonly values?: readonly string[];
  /** Where it is defined what a reference names. */
  readonly of?: "retry" | "trust_stores" | "auth" | "certs" | "s" | "metadata";
  readonly form?: "header" | "expands" | "tokens";
  /** Which it has a meaning for; absent: all, or both. */
  readonly protocols?: readonly string[];
  readonly side?: "client" | "server";
  /** It must be the same on all streams that share a connection. */
  readonly shared?: boolean;
}

/** Of a retry scheme; undefined: there is no such key. */
export function retryRule(key: string): Rule | undefined {
  switch (key) {
    case "backoff":
      return { kind: "ignored" };
    case "conceal":
      return { kind: "count", to: "conceal", min: 0, max: 65535 };
    case "jitterpc":
      return { kind: "count", to: "jitter", min: 0, max: 255 };
    case "svalidping":
      return { kind: "count", to: "ping", min: 0, max: 65535 };
    case "svalidhup":
      return { kind: "count", to: "hangup", min: 0, max: 65535 };
    default:
      return undefined;
  }
}

/** Of an authorization scheme; undefined: there is no such key. */
export function authRule(key: string): Rule | undefined {
  switch (key) {
    case "name":
      return { kind: "text", to: "name", min: 1, max: 1024 };
    case "type":
      return { kind: "text", to: "type", min: 1, max: 1024 };
    case "streamtype":
      return { kind: "reference", to: "stream", of: "s" };
    case "blob":
      return { kind: "count", to: "blob", min: 0, max: 5 };
    default:
      return undefined;
  }
}

/** Of a stream type; undefined: there is no such key. */
export function streamRule(key: string): Rule | undefined {
  switch (key) {
    case "endpoint":
      return { kind: "text", to: "endpoint", min: 1, max: 255, form: "expands" };
    case "port":
      return { kind: "count", to: "port", min: 1, max: 65535 };
    case "protocol":
      return { kind: "choice", to: "protocol", values: ["h1", "h2", "ws", "mqtt", "raw"] };
    case "tls":
      return { kind: "flag", flag: StreamFlag.tls };
    case "client_cert":
      return { kind: "count", to: "clientCert", min: 0, max: 254, side: "client" };
    case "tls_trust_store":
      return { kind: "reference", to: "trustStore", of: "trust_stores", side: "client" };
    case "opportunistic":
      return { kind: "flag", flag: StreamFlag.opportunistic, side: "client" };
    case "nailed_up":
      return { kind: "flag", flag: StreamFlag.nailedUp, side: "client" };
    case "retry":
      return { kind: "reference", to: "retry", of: "retry" };
    case "timeout_ms":
      return { kind: "count", to: "timeout", min: 0, max: 2147483647 };
    case "allow_redirects":
      return { kind: "flag", flag: StreamFlag.allowRedirects, protocols: ["h1", "h2", "ws"], side: "client" };
    case "swake_validity":
      return { kind: "flag", flag: StreamFlag.wakeForValidity };
    case "urgent_tx":
      return { kind: "flag", flag: StreamFlag.urgentTx };
    case "urgent_rx":
      return { kind: "flag", flag: StreamFlag.urgentRx };
    case "long_poll":
      return { kind: "flag", flag: StreamFlag.longPoll, protocols: ["h2"] };
    case "attr_priority":
      return { kind: "count", to: "priority", min: 0, max: 7 };
    case "attr_low_latency":
      return { kind: "flag", flag: StreamFlag.lowLatency };
    case "attr_high_throughput":
      return { kind: "flag", flag: StreamFlag.highThroughput };
    case "attr_high_reliability":
      return { kind: "flag", flag: StreamFlag.highReliability };
    case "attr_low_cost":
      return { kind: "flag", flag: StreamFlag.lowCost };
    case "perf":
      return { kind: "flag", flag: StreamFlag.perf, side: "client" };
    case "metadata":
      return { kind: "metadata", to: "metadata" };
    case "direct_proto_str":
      return { kind: "flag", flag: StreamFlag.directHeaders, protocols: ["h1", "h2", "ws"] };
    case "payload_fmt":
      return { kind: "text", to: "payloadFormat", min: 1, max: 1024 };
    case "rideshare":
      return { kind: "reference", to: "rideshare", of: "s", protocols: ["h1", "h2"], side: "client" };
    case "use_auth":
      return { kind: "reference", to: "auth", of: "auth", protocols: ["h1", "h2", "ws", "mqtt"], side: "client" };
    case "local_sink":
      return { kind: "flag", flag: StreamFlag.localSink };
    case "options":
      return { kind: "options", to: "options", side: "server" };
    case "http_method":
      return { kind: "text", to: "method", min: 1, max: 16, protocols: ["h1", "h2", "ws"], side: "client" };
    case "http_url":
      return {
        kind: "text",
        to: "url",
        min: 0,
        max: 1024,
        form: "expands",
        protocols: ["h1", "h2", "ws"],
        side: "client",
      };
    case "http_expect":
      return { kind: "count", to: "expect", min: 100, max: 599, protocols: ["h1", "h2"], side: "client" };
    case "http_fail_redirect":
      return { kind: "flag", flag: StreamFlag.failRedirect, protocols: ["h1", "h2"], side: "client" };
    case "http_resp_map":
      return { kind: "responses", to: "responses", protocols: ["h1", "h2"], side: "client" };
    case "http_auth_header":
      return {
        kind: "text",
        to: "authHeader",
        min: 1,
        max: 1024,
        form: "header",
        protocols: ["h1", "h2", "ws"],
        side: "client",
      };
    case "http_auth_preamble":
      return { kind: "text", to: "authPreamble", min: 1, max: 1024, protocols: ["h1", "h2", "ws"], side: "client" };
    case "http_dsn_header":
      return {
        kind: "text",
        to: "serialHeader",
        min: 1,
        max: 1024,
        form: "header",
        protocols: ["h1", "h2", "ws"],
        side: "client",
      };
    case "http_fwv_header":
      return {
        kind: "text",
        to: "versionHeader",
        min: 1,
        max: 1024,
        form: "header",
        protocols: ["h1", "h2", "ws"],
        side: "client",
      };
    case "http_devtype_header":
      return {
        kind: "text",
        to: "modelHeader",
        min: 1,
        max: 1024,
        form: "header",
        protocols: ["h1", "h2", "ws"],
        side: "client",
      };
    case "http_no_content_length":
      return { kind: "flag", flag: StreamFlag.noContentLength, protocols: ["h1", "h2"], side: "client" };
    case "http_multipart_name":
      return { kind: "text", to: "partName", min: 1, max: 1024, protocols: ["h1", "h2"], side: "client" };
    case "http_multipart_filename":
      return { kind: "text", to: "partFilename", min: 1, max: 1024, protocols: ["h1", "h2"], side: "client" };
    case "http_mime_content_type":
    case "http_multipart_content_type":
      return { kind: "text", to: "partType", min: 1, max: 1024, protocols: ["h1", "h2"], side: "client" };
    case "http_multipart_ss_in":
      return { kind: "flag", flag: StreamFlag.multipartIn, protocols: ["h1", "h2"], side: "client" };
    case "http_www_form_urlencoded":
      return { kind: "flag", flag: StreamFlag.urlencoded, protocols: ["h1", "h2"], side: "client" };
    case "http_cookies":
      return { kind: "flag", flag: StreamFlag.cookies, protocols: ["h1", "h2", "ws"], side: "client" };
    case "nghttp2_quirk_end_stream":
      return { kind: "flag", flag: StreamFlag.quirkEndStream, protocols: ["h2"] };
    case "h2q_oflow_txcr":
      return { kind: "flag", flag: StreamFlag.quirkOverflow, protocols: ["h2"] };
    case "ws_subprotocol":
      return { kind: "text", to: "subprotocol", min: 1, max: 127, form: "tokens", protocols: ["h1", "h2", "ws"] };
    case "ws_binary":
      return { kind: "flag", flag: StreamFlag.binary, protocols: ["h1", "h2", "ws"] };
    case "ws_prioritize_reads":
      return { kind: "flag", flag: StreamFlag.readFirst, protocols: ["ws"] };
    case "mqtt_topic":
      return { kind: "text", to: "topic", min: 1, max: 1024, form: "expands", protocols: ["mqtt"] };
    case "mqtt_subscribe":
      return { kind: "text", to: "subscribe", min: 1, max: 1024, form: "expands", protocols: ["mqtt"] };
    case "mqtt_qos":
      return { kind: "count", to: "qos", min: 0, max: 2, protocols: ["mqtt"] };
    case "mqtt_retain":
      return { kind: "flag", flag: StreamFlag.retain, protocols: ["mqtt"] };
    case "mqtt_keep_alive":
      return { kind: "count", to: "keepAlive", min: 0, max: 65535, protocols: ["mqtt"], shared: true };
    case "mqtt_clean_start":
      return { kind: "flag", flag: StreamFlag.cleanStart, protocols: ["mqtt"], shared: true };
    case "mqtt_will_topic":
      return { kind: "text", to: "willTopic", min: 1, max: 1024, form: "expands", protocols: ["mqtt"], shared: true };
    case "mqtt_will_message":
      return {
        kind: "text",
        to: "willMessage",
        min: 0,
        max: 1024,
        form: "expands",
        protocols: ["mqtt"],
        shared: true,
      };
    case "mqtt_will_qos":
      return { kind: "count", to: "willQos", min: 0, max: 2, protocols: ["mqtt"], shared: true };
    case "mqtt_will_retain":
      return { kind: "flag", flag: StreamFlag.willRetain, protocols: ["mqtt"], shared: true };
    case "mqtt_birth_topic":
      return { kind: "text", to: "birthTopic", min: 1, max: 1024, form: "expands", protocols: ["mqtt"], shared: true };
    case "mqtt_birth_message":
      return {
        kind: "text",
        to: "birthMessage",
        min: 0,
        max: 1024,
        form: "expands",
        protocols: ["mqtt"],
        shared: true,
      };
    case "mqtt_birth_qos":
      return { kind: "count", to: "birthQos", min: 0, max: 2, protocols: ["mqtt"], shared: true };
    case "mqtt_birth_retain":
      return { kind: "flag", flag: StreamFlag.birthRetain, protocols: ["mqtt"], shared: true };
    case "aws_iot":
      return { kind: "flag", flag: StreamFlag.awsIot, protocols: ["mqtt"], shared: true };
    case "server":
      return { kind: "flag", flag: StreamFlag.server };
    case "server_cert":
      return { kind: "reference", to: "serverCert", of: "certs", side: "server" };
    case "server_key":
      return { kind: "reference", to: "serverKey", of: "certs", side: "server" };
    case "aws_region":
      return { kind: "reference", to: "awsRegion", of: "metadata", protocols: ["h1", "h2"], side: "client" };
    case "aws_service":
      return { kind: "reference", to: "awsService", of: "metadata", protocols: ["h1", "h2"], side: "client" };
    case "proxy_buflen":
    case "proxy_buflen_rxflow_on_above":
    case "proxy_buflen_rxflow_off_below":
    case "client_buflen":
    case "client_buflen_rxflow_on_above":
    case "client_buflen_rxflow_off_below":
      return { kind: "count", min: 0, max: 4294967295 };
    case "plugins":
    case "auth_hexify":
    case "aux":
      return { kind: "ignored" };
    default:
      return undefined;
  }
}
