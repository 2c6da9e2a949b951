// @ts-check
/** What contradicts itself in a stream type, as a client and as a server. */
import { isIPv4 } from "node:net";
import { placeOf } from "./values.mjs";

/**
 * @typedef {import("./check.mjs").Policy} Policy
 * @typedef {import("./check.mjs").StreamEntry} StreamEntry
 */

/** @param {Policy} policy @param {StreamEntry} entry @param {string[]} keys */
function demand({ report }, { places }, keys) {
  for (const key of keys) if (!places.has(key)) report.error(placeOf(places, ""), `${key} is missing`);
}

/** Two keys of which only one may be there. @param {Policy} policy @param {StreamEntry} entry @param {string} one @param {string} other @param {string} why */
function exclude({ report }, { values, places }, one, other, why) {
  const [a, b] = [values.get(one), values.get(other)];
  if (a === undefined || a === false || b === undefined || b === false) return;
  report.error(placeOf(places, other), `${other} contradicts ${one}: ${why}`);
}

/** @param {Policy} policy @param {StreamEntry} entry */
export function checkClient(policy, entry) {
  const { report } = policy;
  const { values, places } = entry;
  const isTls = values.get("tls") === true;
  const isHere = values.get("local_sink") === true || String(values.get("endpoint") ?? "").startsWith("file://");
  if (isHere) {
    exclude(
      policy,
      entry,
      values.get("local_sink") === true ? "local_sink" : "endpoint",
      "tls",
      "there is no connection to protect",
    );
  } else demand(policy, entry, ["endpoint", "port", "protocol"]);
  if (isTls && !isHere && !places.has("tls_trust_store")) {
    report.error(placeOf(places, "tls"), "tls needs a tls_trust_store: devices have no other");
  }
  const store = places.get("tls_trust_store");
  if (store && !isTls) report.error(store, "tls_trust_store contradicts the lack of tls");
  const card = places.get("client_cert");
  if (card && !isTls) report.error(card, "client_cert contradicts the lack of tls");
  exclude(policy, entry, "nailed_up", "opportunistic", "one is always connected, the other only when needed");
  exclude(policy, entry, "http_mime_content_type", "http_multipart_content_type", "both name the type of the part");
  const part = [
    "http_multipart_name",
    "http_multipart_filename",
    "http_mime_content_type",
    "http_multipart_content_type",
  ];
  for (const key of part) {
    exclude(policy, entry, "http_www_form_urlencoded", key, "a body has one type");
  }
  if (values.get("protocol") === "h1" || values.get("protocol") === "h2")
    demand(policy, entry, ["http_method", "http_url"]);
  if (places.has("http_auth_preamble")) demand(policy, entry, ["http_auth_header"]);
  for (const what of ["will", "birth"]) {
    for (const part of ["message", "qos", "retain"]) {
      if (places.has(`mqtt_${what}_${part}`) && !places.has(`mqtt_${what}_topic`)) {
        report.error(placeOf(places, `mqtt_${what}_${part}`), `mqtt_${what}_${part} needs mqtt_${what}_topic`);
      }
    }
  }
  checkEndpoint(policy, entry);
  checkTargets(policy, entry);
}

/** @param {Policy} policy @param {StreamEntry} entry */
function checkEndpoint({ report }, { values, places }) {
  const endpoint = /** @type {string | undefined} */ (values.get("endpoint"));
  const place = places.get("endpoint");
  if (endpoint === undefined || !place || endpoint.startsWith("file://")) return;
  if (endpoint.startsWith("+")) report.error(place, "Unix sockets are not supported");
  else if (endpoint.startsWith("!")) report.error(place, "only a server can be bound to a vhost");
  else if (endpoint.includes("${")) return;
  else if (/^[\d.]+$/.test(endpoint) ? !isIPv4(endpoint) : !isHostName(endpoint)) {
    report.error(place, `${JSON.stringify(endpoint)} is neither a host name nor an IPv4 address`);
  }
}

/** Paths and topics that no server would take. @param {Policy} policy @param {StreamEntry} entry */
function checkTargets({ report }, { values, places }) {
  const fixed = (/** @type {string} */ key) => String(values.get(key) ?? "").replace(/\$\{[^}]*\}/g, "x");
  if (/[^!-~]/.test(fixed("http_url")))
    report.error(placeOf(places, "http_url"), "a path has no blanks, and only ASCII");
  for (const key of ["mqtt_topic", "mqtt_will_topic", "mqtt_birth_topic"]) {
    if (/[+#]/.test(fixed(key)))
      report.error(placeOf(places, key), 'a topic that is published to has no "+" and no "#"');
  }
  if (!/^(?:(?:[^+#/]*|\+)\/)*(?:[^+#/]*|\+|#)$/.test(fixed("mqtt_subscribe"))) {
    report.error(
      placeOf(places, "mqtt_subscribe"),
      '"+" stands for a whole level of a topic, "#" for all that are left',
    );
  }
}

/** RFC 1123 §2.1. @param {string} name */
function isHostName(name) {
  return (
    name.length <= 253 && name.split(".").every((label) => /^[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9])?$/.test(label))
  );
}

/** @param {Policy} policy @param {StreamEntry} entry */
export function checkServer(policy, entry) {
  const { report, certs, trust_stores } = policy;
  const { values, places } = entry;
  const isTls = values.get("tls") === true;
  demand(policy, entry, isTls ? ["protocol", "server_cert", "server_key"] : ["protocol"]);
  if (!String(values.get("endpoint") ?? "").startsWith("!")) demand(policy, entry, ["port"]);
  const protocol = values.get("protocol");
  if (protocol === "mqtt") report.error(placeOf(places, "protocol"), "there is no mqtt server");
  for (const key of ["server_cert", "server_key"]) {
    const place = places.get(key);
    const name = /** @type {string} */ (values.get(key));
    if (place && !isTls) report.error(place, `${key} contradicts the lack of tls`);
    const cert = certs.get(name);
    if (!place || !cert) continue;
    cert.isUsed = true;
    const store = Array.from(trust_stores).find(([, names]) => names.includes(name));
    if (store) report.error(place, `"${name}" is trusted in "${store[0]}": a certificate is either trusted or shown`);
    if (!cert.isGiven && (key === "server_cert") !== (cert.certificate !== undefined)) {
      report.error(place, `"${name}" is a ${cert.certificate ? "certificate, not a key" : "key, not a certificate"}`);
    }
  }
  const certificate = certs.get(/** @type {string} */ (values.get("server_cert")))?.certificate;
  const key = certs.get(/** @type {string} */ (values.get("server_key")))?.key;
  if (certificate && key && !certificate.checkPrivateKey(key)) {
    report.error(placeOf(places, "server_key"), "the key is not the one of the certificate");
  }
}
