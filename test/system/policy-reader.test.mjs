// @ts-check
/** Policies that are read at run time mean what they mean to the compiler, and are refused where it refuses them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { ROOT } from "../../tools/lib/paths.mjs";
import { pack } from "../../tools/lib/policy/pack.mjs";
import { anyPolicy } from "../lib/policy-arbitrary.mjs";
import { policyFiles } from "../lib/policy-files.mjs";
import { check, compiled, PolicyDevice, refusedPaths } from "../lib/policy-reader.mjs";

const CASE = /^### (.+)\n\n```json\n([\s\S]*?)\n?```\n\n```text\n([\s\S]*?)```$/gm;
const CORPUS = readFileSync(join(ROOT, "test/tools/policy-corpus.md"), "utf8");

const SAMPLE = readFileSync(join(ROOT, "test/images/policies/policy.json"), "utf8");
const RUNS = 150;

/** @type {PolicyDevice} */
let device;
/** @type {import("../lib/pki.mjs").Pki} */
let pki;
before(async () => {
  pki = policyFiles();
  device = await PolicyDevice.start();
});
after(async () => {
  await device?.close();
  pki?.close();
});

/** The same policy with certificates in it instead of beside it. @param {string} text */
function whole(text) {
  return text.replace(/\{ "file": "([^"]*)" \}/g, (_, name) => {
    const bytes = readFileSync(join(pki.folder, name));
    return JSON.stringify(name.endsWith(".der") ? bytes.toString("base64") : bytes.toString("latin1"));
  });
}

/** The device agrees with the compiler. @param {string} text @param {number} [piece] */
async function agree(text, piece) {
  const policy = check(text);
  const paths = refusedPaths(policy);
  const types = [...policy.s.keys(), "no"];
  const stores = [...policy.trust_stores.keys(), "no"];
  const outcome = await device.read(text, piece, types, stores);
  if (paths.length > 0) {
    assert.match(outcome.error ?? "nothing was refused", /^POLICY_/, `${text}\n${JSON.stringify(outcome)}`);
    assert.ok(paths.includes(outcome.path ?? ""), `${text}\n${JSON.stringify(outcome)} instead of ${paths}`);
    return;
  }
  assert.equal(outcome.error, undefined, `${text}\n${JSON.stringify(outcome)}`);
  const expected = compiled(policy);
  assert.deepEqual(outcome, {
    release: expected.release,
    product: expected.product,
    streams: types.map((name) => expected.stream(name) ?? null),
    stores: stores.map((name) => expected.store(name) ?? null),
  });
}

test("the compiler's corpus", async (t) => {
  for (const [, title, text] of CORPUS.matchAll(CASE)) {
    if (text.includes("absent.pem")) continue;
    await t.test(title, () => agree(whole(text)));
  }
});

test("a policy in pieces of one byte is the same, and so is one that is packed", async () => {
  const text = whole(SAMPLE);
  await agree(text, 1);
  await agree(pack(check(text), text));
  assert.deepEqual(await device.certificate("fleet"), readFileSync(join(pki.folder, "root.der")));
  assert.equal((await device.certificate("no")).length, 0);
});

test("random policies", async () => {
  const file = (/** @type {string} */ name) => readFileSync(join(pki.folder, name), "latin1");
  const certs = { root: file("root.pem"), own: file("own.pem"), key: file("own.key") };
  const counts = { good: 0, bad: 0 };
  await fc.assert(
    fc.asyncProperty(anyPolicy(certs), fc.nat(40), async (text, piece) => {
      counts[refusedPaths(check(text)).length > 0 ? "bad" : "good"]++;
      await agree(text, piece);
    }),
    { numRuns: RUNS },
  );
  assert.ok(counts.good > RUNS / 5 && counts.bad > RUNS / 5, `both sorts are tried: ${JSON.stringify(counts)}`);
});

test("whatever is changed in a policy", async () => {
  const sample = whole(SAMPLE);
  const certificate = [sample.indexOf("-----BEGIN"), sample.lastIndexOf("-----END")];
  await fc.assert(
    fc.asyncProperty(fc.nat(sample.length), fc.nat(30), fc.string({ maxLength: 6 }), async (at, gone, put) => {
      // How much of a certificate may be damaged before it is none any more, two libraries need not agree on.
      fc.pre(at + gone < certificate[0] || at > certificate[1]);
      await agree(sample.slice(0, at) + put + sample.slice(at + gone));
    }),
    { numRuns: RUNS },
  );
});

test("texts that are made to take all memory", async (t) => {
  const mqtt = (/** @type {string} */ more) =>
    `{"s":[{"a":{"endpoint":"h.lan","port":1,"protocol":"mqtt","metadata":[{"a":""}],${more}}}]}`;
  const many = (/** @type {number} */ count, /** @type {string} */ text) => Array(count).fill(text).join();
  /** @type {[string, string, string | undefined][]} what, text, and the error */
  const cases = [
    ["levels of a topic", mqtt(`"mqtt_subscribe":"${"/".repeat(16_000)}"`), "POLICY_BAD_VALUE"],
    ["values in a topic", mqtt(`"mqtt_topic":"${"${a}".repeat(4000)}"`), "POLICY_BAD_VALUE"],
    ["a topic", mqtt(`"mqtt_topic":"${"a".repeat(16_000)}"`), "POLICY_BAD_VALUE"],
    ["a number", mqtt(`"mqtt_qos":"${"1".repeat(16_000)}"`), "POLICY_BAD_VALUE"],
    ["the name of a value", mqtt(`"mqtt_qos":1`).replace('{"a":', `{"${"a".repeat(15_000)}":`), "POLICY_BAD_VALUE"],
    ["a name", `{"s":[{"${"a".repeat(16_000)}":{}}]}`, "POLICY_BAD_VALUE"],
    ["a key of control characters", `{"${"\\u0001".repeat(2600)}":1,"s":[]}`, "POLICY_BAD_VALUE"],
    ["keys in one another", `{"metrics":${`{"${'\\"'.repeat(450)}":`.repeat(14)}`, "POLICY_SYNTAX"],
    ["empty texts", `{"metrics":[${many(5400, '""')}],"s":[]}`, undefined],
    ["empty objects", `{"metrics":[${many(5400, "{}")}],"s":[]}`, undefined],
    ["a certificate", `{"certs":[{"a":"${"A".repeat(16_000)}"}],"s":[]}`, "POLICY_TOO_LARGE"],
  ];
  for (const [title, text, error] of cases) {
    await t.test(title, async () => assert.equal((await device.read(text)).error, error));
  }
  assert.equal((await device.device.figures()).boots, 1, "the device has gone on");
});
