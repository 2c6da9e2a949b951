// @ts-check
/** Random policies, right and wrong, from the table that the compiler goes by: most have few mistakes, so that each is the only one now and then. */
import fc from "fast-check";
import { AUTH, RETRY, STREAM } from "../../tools/lib/policy/fields.mjs";

/** @typedef {import("../../tools/lib/policy/fields.mjs").Field} Field */
/** @typedef {import("fast-check").Arbitrary<unknown>} Any */

const HOSTS = ["h.lan", "192.168.1.7", "${a}.lan", "${a}"];
const BAD = fc.constantFrom(null, true, -1, 1.5, 1e12, "", " ", "\u0007", "x y:", "ä", "${a", "${no}", [], {}, [1], {
  x: 1,
});

/** Mostly the one, seldom the other. @param {Any} good @param {Any} bad @returns {Any} */
const mostly = (good, bad) => fc.oneof({ weight: 60, arbitrary: good }, { weight: 1, arbitrary: bad });

/** @param {Field} field @returns {Any} */
function textFor({ min = 0, max = 1024, form }) {
  if (form === "header") return fc.constantFrom("x-a:", "authorization:");
  if (form === "tokens") return fc.constantFrom("chat", "chat, superchat", "a,b");
  if (form === "expands") return fc.constantFrom("a", "a/${a}/b", "/${b}", "x");
  return fc.string({ minLength: min, maxLength: Math.min(max, 12), unit: fc.constantFrom(..."aZ0-_. /\"'\\é€😀") });
}

/** @param {string} key @param {Field} field @returns {Any} */
function valueFor(key, field) {
  switch (field.kind) {
    case "count": {
      const { min = 0, max = 0xffffffff } = field;
      const number = fc.integer({ min, max });
      const edge = fc.constantFrom(min, max, String(max));
      return mostly(fc.oneof(number, edge, number.map(String)), fc.oneof(BAD, fc.constantFrom(min - 1, max + 1)));
    }
    case "flag":
      return mostly(fc.boolean(), BAD);
    case "choice":
      return fc.constantFrom(...(field.values ?? []));
    case "reference": {
      const names = { retry: "slow", trust_stores: "fleet", auth: "token", certs: "root", s: "first", metadata: "a" };
      return mostly(fc.constant(names[field.of ?? "s"]), fc.constantFrom("no", "Slow", "later", 1));
    }
    case "metadata": {
      const item = fc.constantFrom({ c: "x-c:" }, { d: "" }, { "e é": "etag:" });
      const more = mostly(
        fc.uniqueArray(item, { maxLength: 2 }),
        fc.constantFrom([{ a: "" }], [{ c: "x" }], [{}], [1]),
      );
      return more.map((items) => [{ a: "" }, { b: "x-b:" }, .../** @type {object[]} */ (items)]);
    }
    case "options":
      return mostly(fc.constantFrom([], [{ a: "b" }, { a: "c" }]), BAD);
    case "responses":
      return mostly(
        fc.constantFrom([], [{ 409: 1409 }, { 404: "1404" }, { 401: 4 }]),
        fc.constantFrom([{ 409: 999 }], [{ 40: 1000 }], [{ 409: 1000 }, { 409: 1001 }], {}),
      );
    case "ignored":
      return fc.constantFrom([], "x", { deep: [{ a: [1] }] });
    default:
      return key === "endpoint" ? mostly(fc.constantFrom(...HOSTS), BAD) : mostly(textFor(field), BAD);
  }
}

/** What a stream type of each kind has at least. @type {[string, Record<string, unknown>][]} */
const KINDS = [
  ["h1", { http_method: "GET", http_url: "a/${a}" }],
  ["h2", { http_method: "POST", http_url: "" }],
  ["ws", {}],
  ["mqtt", { mqtt_topic: "t" }],
  ["raw", {}],
];

/** A stream type: keys that mean something there, now and then one that does not. */
const streamType = fc.constantFrom(...KINDS).chain(([protocol, least]) => {
  const isFit = (/** @type {Field} */ { side, protocols }) =>
    side !== "server" && (!protocols || protocols.includes(protocol));
  const keys = Object.keys(STREAM).filter((key) => isFit(STREAM[key]) && !["server", "local_sink"].includes(key));
  const key = fc.oneof(
    { weight: 150, arbitrary: fc.constantFrom(...keys) },
    fc.constantFrom(...Object.keys(STREAM), "colour"),
  );
  const pair = key.chain((name) =>
    valueFor(name, STREAM[name] ?? { kind: "ignored", about: "" }).map((value) => [name, value]),
  );
  const base = { endpoint: "h.lan", port: 80, protocol, metadata: [{ a: "" }, { b: "" }], ...least };
  return fc
    .tuple(fc.array(pair, { maxLength: 4 }), fc.constantFrom(0, 0, 0, 1, 2), fc.nat(150))
    .map(([pairs, tls, gone]) => {
      const type = { ...base, ...Object.fromEntries(pairs) };
      if (tls === 1) Object.assign(type, { tls: true, tls_trust_store: "fleet" });
      const names = Object.keys(type);
      if (gone < names.length) delete (/** @type {Record<string, unknown>} */ (type)[names[gone]]);
      return type;
    });
});

/** A server: keys that mean something there. */
const serverType = fc.constantFrom("h1", "ws", "raw", "mqtt").chain((protocol) => {
  const keys = Object.keys(STREAM).filter((key) => {
    const { side, protocols, of } = STREAM[key];
    return side !== "client" && of !== "certs" && (!protocols || protocols.includes(protocol)) && key !== "endpoint";
  });
  const pair = fc.constantFrom(...keys).chain((key) => valueFor(key, STREAM[key]).map((value) => [key, value]));
  const base = { server: true, port: 443, protocol, metadata: [{ a: "" }, { b: "" }] };
  const shown = fc.constantFrom({}, { tls: true, server_cert: "own", server_key: "key" }, { endpoint: "!ap", port: 1 });
  const wrong = fc.constantFrom(
    { tls: true },
    { server_cert: "own" },
    { tls: true, server_cert: "key", server_key: "key" },
    { tls: true, server_cert: "own", server_key: "own" },
    { tls: true, server_cert: "root", server_key: "key" },
    { tls: true, tls_trust_store: "fleet", server_cert: "own", server_key: "key" },
  );
  const tls = fc.oneof({ weight: 4, arbitrary: shown }, wrong);
  return fc.tuple(fc.array(pair, { maxLength: 3 }), tls).map(([pairs, more]) => ({
    ...base,
    ...Object.fromEntries(pairs),
    ...more,
  }));
});

/** @param {Record<string, Field>} fields */
const scheme = (fields) =>
  fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([key, field]) => [
        key,
        key === "backoff" ? mostly(fc.array(fc.nat(9000), { maxLength: 8 }), BAD) : valueFor(key, field),
      ]),
    ),
    { requiredKeys: [] },
  );

/** @param {{ root: string, own: string, key: string }} certs in PEM or base64 @returns {import("fast-check").Arbitrary<string>} */
export function anyPolicy({ root, own, key }) {
  const named = fc.uniqueArray(fc.constantFrom("b", "c", "d-1", "e.f", "g_h"), { maxLength: 2 });
  return fc
    .tuple(
      scheme(RETRY),
      scheme(AUTH),
      fc.array(fc.oneof({ weight: 4, arbitrary: streamType }, serverType), { minLength: 2, maxLength: 2 }),
      mostly(named, fc.constantFrom(["first"], ["b", "b"], ["é"])),
      fc.option(fc.constantFrom("release", "product", "schema-version", "metrics", "colour", "via-socks5"), {
        freq: 2,
      }),
      fc.shuffledSubarray(["retry", "certs", "trust_stores", "auth", "s"], { minLength: 0, maxLength: 5 }),
      fc.nat(20),
      fc.constantFrom(undefined, 2, "\t"),
    )
    .map(([retry, auth, types, names, header, order, chance, indent]) => {
      /** @type {Record<string, unknown>} */
      const sections = {
        retry: [{ slow: retry }],
        certs: [{ root }, { own }, { key }],
        trust_stores: [{ name: "fleet", stack: ["root"] }, { other: ["root"] }],
        auth: [{ ...auth, name: "token", type: "bearer" }],
        s: [
          { first: { endpoint: "f.lan", port: 1, protocol: "raw" } },
          .../** @type {string[]} */ (names).map((name, i) => ({ [name]: types[i] ?? {} })),
        ],
      };
      const keys = chance === 0 ? order : Object.keys(sections);
      const value = header === "metrics" ? [] : chance % 3 === 0 ? "1" : chance % 3;
      const policy = {
        ...(header && { [header]: value }),
        ...Object.fromEntries(keys.map((key) => [key, sections[key]])),
      };
      return JSON.stringify(policy, undefined, indent);
    });
}
