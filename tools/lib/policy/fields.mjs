// @ts-check
/**
 * What a policy may say: one table, which the check, the JSON schema and the compiler go by. A key that the firmware takes has the name of its property in
 * StreamType (`to`), or of its bit in StreamFlag (`flag`).
 */

/**
 * @typedef {"text" | "count" | "flag" | "choice" | "reference" | "metadata" | "options" | "responses" | "ignored"} Kind
 * @typedef {object} Field
 * @property {Kind} kind
 * @property {string} about what it means, for the schema
 * @property {string} [to] property of StreamType
 * @property {string} [flag] bit of StreamFlag
 * @property {number} [min] of a count, or of the length of a text in bytes
 * @property {number} [max]
 * @property {string[]} [values] of a choice
 * @property {"retry" | "trust_stores" | "auth" | "certs" | "s" | "metadata"} [of] where the name is defined that a reference has
 * @property {"header" | "line" | "expands" | "tokens"} [form] of a text: the name of a header, with its colon; a part of one line; may hold `${name}`, too; names with
 *   commas between them
 * @property {string[]} [protocols] which it has a meaning for; absent: all
 * @property {"client" | "server"} [side] which it has a meaning for; absent: both
 * @property {boolean} [shared] must be the same on all streams that share a connection
 */
/** @typedef {Record<string, Field>} Fields */

export const SCHEMA_VERSION = 1;
export const LIMITS = { backoff: 8, stack: 6, der: 3072, responses: 16, name: 64, header: 255, text: 1024, value: 255 };
export const NAME = /^[\w.-]{1,64}$/;
export const TOKENS = /^[!#$%&'*+.^`|~\w-]+(?:, ?[!#$%&'*+.^`|~\w-]+)*$/;
export const HEADER = /^[!#$%&'*+.^`|~\w-]{1,254}:$/;
/** States of the user's own begin here. */
export const USER_STATE = 1000;
/** Numbers of the states of a stream: the last of them. */
export const LAST_STATE = 20;

const HTTP = ["h1", "h2"];
const REQUEST = ["h1", "h2", "ws"];
const WS = ["ws"];
const MQTT = ["mqtt"];

/** @param {string} about @param {string} flag @param {Partial<Field>} [more] @returns {Field} */
const flag = (about, flag, more) => ({ kind: "flag", about, flag, ...more });
/** @param {string} about @param {string} to @param {Partial<Field>} [more] @returns {Field} */
const text = (about, to, more) => ({ kind: "text", about, to, min: 1, max: LIMITS.text, form: "line", ...more });
/** @param {string} about @param {string} to @param {number} min @param {number} max @param {Partial<Field>} [more] @returns {Field} */
const count = (about, to, min, max, more) => ({ kind: "count", about, to, min, max, ...more });
/** @param {string} about @param {NonNullable<Field["of"]>} of @param {string} to @param {Partial<Field>} [more] @returns {Field} */
const reference = (about, of, to, more) => ({ kind: "reference", about, of, to, ...more });
/** @param {string} about @returns {Field} */
const ignored = (about) => ({ kind: "ignored", about });
/** @param {string} about @returns {Field} a key of the mode with a proxy, which there is not here */
const reserved = (about) => ({ kind: "count", about, min: 0, max: 0xffffffff });

/** @type {Fields} */
export const RETRY = {
  backoff: { kind: "ignored", about: "Milliseconds to wait before each attempt; the last holds for all that follow" },
  conceal: count("Failed attempts that are repeated before ALL_RETRIES_FAILED; 65535: for ever", "conceal", 0, 65535),
  jitterpc: count("Percentage that a wait is lengthened by at random; 0 stands for 30", "jitter", 0, 255),
  svalidping: count("Seconds of silence after which the peer is asked for a sign of life", "ping", 0, 65535),
  svalidhup: count("Seconds of silence after which a connection counts as dead; 0: never", "hangup", 0, 65535),
};

/** @type {Fields} */
export const AUTH = {
  name: text("Name of the scheme", "name"),
  type: text('Kind of the scheme, as "sigv4"', "type"),
  streamtype: reference("Stream type that fetches a new token", "s", "stream"),
  blob: count("Index of the system's blob with the secret", "blob", 0, 5),
};

/** @type {Fields} */
export const STREAM = {
  endpoint: text(
    "Client: host name or address; file://PATH gives a file of the image. Server: address to listen at, or !VHOST",
    "endpoint",
    { form: "expands", max: 255 },
  ),
  port: count("Port of the server", "port", 1, 65535),
  protocol: { kind: "choice", about: "What is spoken", to: "protocol", values: ["h1", "h2", "ws", "mqtt", "raw"] },
  tls: flag("The connection must be protected by TLS", "tls"),
  client_cert: count("Index of the system's client certificate and key", "clientCert", 0, 254, { side: "client" }),
  tls_trust_store: reference("Whose certificates the server is trusted by", "trust_stores", "trustStore", {
    side: "client",
  }),
  opportunistic: flag("Connected only while needed; never dialled again by itself", "opportunistic", {
    side: "client",
  }),
  nailed_up: flag("Connected from its creation on", "nailedUp", { side: "client" }),
  retry: reference("When to try again, and when a silent connection is dead", "retry", "retry"),
  timeout_ms: count("What startTimeout() waits if it is not told", "timeout", 0, 0x7fffffff),
  allow_redirects: flag("Follow redirections", "allowRedirects", { protocols: REQUEST, side: "client" }),
  swake_validity: flag("Signs of life may wake the device", "wakeForValidity"),
  urgent_tx: flag("What is sent is urgent", "urgentTx"),
  urgent_rx: flag("What is received is urgent", "urgentRx"),
  long_poll: flag("The answer has no end; only reading goes on", "longPoll", { protocols: ["h2"] }),
  attr_priority: count("IP precedence", "priority", 0, 7),
  attr_low_latency: flag("IP type of service: low latency", "lowLatency"),
  attr_high_throughput: flag("IP type of service: high throughput", "highThroughput"),
  attr_high_reliability: flag("IP type of service: high reliability", "highReliability"),
  attr_low_cost: flag("IP type of service: low cost", "lowCost"),
  perf: flag("Deliver times of the connection as JSON", "perf", { side: "client" }),
  metadata: {
    kind: "metadata",
    about: 'Names of values that a stream may have, each with a header or ""',
    to: "metadata",
  },
  direct_proto_str: flag("Headers may be read and written by their own names, colon included", "directHeaders", {
    protocols: REQUEST,
  }),
  payload_fmt: text("Tag for the user of the stream", "payloadFormat"),
  rideshare: reference("Whose section follows in the request's body", "s", "rideshare", {
    protocols: HTTP,
    side: "client",
  }),
  use_auth: reference("How requests are authorized", "auth", "auth", {
    protocols: ["h1", "h2", "ws", "mqtt"],
    side: "client",
  }),
  local_sink: flag("Bound to a sink inside of the device", "localSink"),
  options: { kind: "options", about: "Per-vhost options of the server's protocols", to: "options", side: "server" },

  http_method: text("Method of the request", "method", { protocols: REQUEST, side: "client", max: 16 }),
  http_url: text("Path of the request", "url", { form: "expands", protocols: REQUEST, side: "client", min: 0 }),
  http_expect: count("The one status that is a success; absent: 200 to 299", "expect", 100, 599, {
    protocols: HTTP,
    side: "client",
  }),
  http_fail_redirect: flag("A redirection proves a captive portal", "failRedirect", {
    protocols: HTTP,
    side: "client",
  }),
  http_resp_map: {
    kind: "responses",
    about: "States that are reported for a status",
    to: "responses",
    protocols: HTTP,
    side: "client",
  },
  http_auth_header: text("Header that the secret of the authorization goes into", "authHeader", {
    form: "header",
    protocols: REQUEST,
    side: "client",
  }),
  http_auth_preamble: text("What stands before the secret", "authPreamble", { protocols: REQUEST, side: "client" }),
  http_dsn_header: text("Header for the serial number", "serialHeader", {
    form: "header",
    protocols: REQUEST,
    side: "client",
  }),
  http_fwv_header: text("Header for the firmware's version", "versionHeader", {
    form: "header",
    protocols: REQUEST,
    side: "client",
  }),
  http_devtype_header: text("Header for the device's type", "modelHeader", {
    form: "header",
    protocols: REQUEST,
    side: "client",
  }),
  http_no_content_length: flag("Never send a Content-Length", "noContentLength", { protocols: HTTP, side: "client" }),
  http_multipart_name: text("Name of this part of a form", "partName", { protocols: HTTP, side: "client" }),
  http_multipart_filename: text("File name of this part of a form", "partFilename", {
    protocols: HTTP,
    side: "client",
  }),
  http_mime_content_type: text("Content-Type of this part of a form", "partType", { protocols: HTTP, side: "client" }),
  http_multipart_content_type: text("The same", "partType", { protocols: HTTP, side: "client" }),
  http_multipart_ss_in: flag("Split a multipart answer into messages", "multipartIn", {
    protocols: HTTP,
    side: "client",
  }),
  http_www_form_urlencoded: flag("The body is an urlencoded form", "urlencoded", { protocols: HTTP, side: "client" }),
  http_cookies: flag("Keep cookies", "cookies", { protocols: REQUEST, side: "client" }),
  nghttp2_quirk_end_stream: flag("Set END_STREAM early", "quirkEndStream", { protocols: ["h2"] }),
  h2q_oflow_txcr: flag("Bear a server that overflows its window", "quirkOverflow", { protocols: ["h2"] }),

  ws_subprotocol: text("WebSocket subprotocol; a client may offer several, with commas between them", "subprotocol", {
    form: "tokens",
    max: 127,
    protocols: REQUEST,
  }),
  ws_binary: flag("Messages are binary", "binary", { protocols: REQUEST }),
  ws_prioritize_reads: flag("Read before anything else", "readFirst", { protocols: WS }),

  mqtt_topic: text("Topic that is published to", "topic", { form: "expands", protocols: MQTT }),
  mqtt_subscribe: text("Topic that is subscribed to", "subscribe", { form: "expands", protocols: MQTT }),
  mqtt_qos: count("Quality of service", "qos", 0, 2, { protocols: MQTT }),
  mqtt_retain: flag("The broker keeps what is published", "retain", { protocols: MQTT }),
  mqtt_keep_alive: count("Seconds", "keepAlive", 0, 65535, { protocols: MQTT, shared: true }),
  mqtt_clean_start: flag("Start without an earlier session", "cleanStart", { protocols: MQTT, shared: true }),
  mqtt_will_topic: text("Topic of the will", "willTopic", {
    form: "expands",
    protocols: MQTT,
    shared: true,
  }),
  mqtt_will_message: text("The will", "willMessage", { form: "expands", protocols: MQTT, shared: true, min: 0 }),
  mqtt_will_qos: count("Quality of service of the will", "willQos", 0, 2, { protocols: MQTT, shared: true }),
  mqtt_will_retain: flag("The broker keeps the will", "willRetain", { protocols: MQTT, shared: true }),
  mqtt_birth_topic: text("Topic of what is said first", "birthTopic", {
    form: "expands",
    protocols: MQTT,
    shared: true,
  }),
  mqtt_birth_message: text("What is said first", "birthMessage", {
    form: "expands",
    protocols: MQTT,
    shared: true,
    min: 0,
  }),
  mqtt_birth_qos: count("Its quality of service", "birthQos", 0, 2, { protocols: MQTT, shared: true }),
  mqtt_birth_retain: flag("The broker keeps it", "birthRetain", { protocols: MQTT, shared: true }),
  aws_iot: flag("The broker is AWS IoT", "awsIot", { protocols: MQTT, shared: true }),

  server: flag("Listen instead of connecting", "server"),
  server_cert: reference("Certificate of the server", "certs", "serverCert", { side: "server" }),
  server_key: reference("Key of the server", "certs", "serverKey", { side: "server" }),
  aws_region: reference("Metadata that has the region", "metadata", "awsRegion", { protocols: HTTP, side: "client" }),
  aws_service: reference("Metadata that has the service", "metadata", "awsService", {
    protocols: HTTP,
    side: "client",
  }),

  proxy_buflen: reserved("Of the mode with a proxy, which is not here"),
  proxy_buflen_rxflow_on_above: reserved("The same"),
  proxy_buflen_rxflow_off_below: reserved("The same"),
  client_buflen: reserved("The same"),
  client_buflen_rxflow_on_above: reserved("The same"),
  client_buflen_rxflow_off_below: reserved("The same"),
  plugins: ignored("Means nothing any more"),
  auth_hexify: ignored("Means nothing"),
  aux: ignored("Means nothing"),
};

/** Keys of a policy as a whole, and what they are. @type {Record<string, string>} */
export const TOP = {
  $schema: "Where this schema is",
  release: "Version of the policy",
  product: "Product that it is for",
  "schema-version": "Oldest firmware that may read it",
  "via-socks5": "SOCKS5 proxy; not supported",
  retry: "Retry schemes by name",
  certs: "Certificates and keys by name",
  trust_stores: "Sets of certificates by name",
  metrics: "What is counted and reported; not supported",
  auth: "Authorization schemes",
  s: "Stream types by name",
};
