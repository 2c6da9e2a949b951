// @ts-check
/** Policies: what is said about wrong ones, what is made of right ones, and what that costs in an image. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { BUILD, ROOT } from "../../tools/lib/paths.mjs";
import { checkPolicy } from "../../tools/lib/policy/check.mjs";
import { moduleOf, resourcesOf } from "../../tools/lib/policy/emit.mjs";
import { lineOf } from "../../tools/lib/policy/report.mjs";
import { rulesModule } from "../../tools/lib/policy/rules.mjs";
import { policySchema } from "../../tools/lib/policy/schema.mjs";
import { policyFiles } from "../lib/policy-files.mjs";
import { costOf, imageWith, manyStreams, SAMPLE } from "../lib/policy-image.mjs";

const CASE = /^### (.+)\n\n```json\n([\s\S]*?)\n?```\n\n```text\n([\s\S]*?)```$/gm;
const CORPUS = readFileSync(join(ROOT, "test/tools/policy-corpus.md"), "utf8");
const sample = readFileSync(SAMPLE, "utf8");
const WORK = join(BUILD, "policy-test");

/** @type {import("../lib/pki.mjs").Pki} */
let pki;
before(() => {
  pki = policyFiles();
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
});
after(() => pki?.close());

/** The command. @param {string[]} args */
function command(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/lws-xs.mjs", "policy", ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** What is said about a policy. @param {string} text */
function saidAbout(text) {
  const { problems } = checkPolicy(text, join(pki.folder, "policy.json")).report;
  return problems.map((problem) => lineOf(problem, "").slice(1));
}

test("wrong policies, place by place", async (t) => {
  const cases = Array.from(CORPUS.matchAll(CASE));
  assert.equal(cases.length, CORPUS.match(/^### /gm)?.length, "every case is read");
  for (const [, title, text, expected] of cases) {
    await t.test(title, () => assert.deepEqual(saidAbout(text), expected.split("\n").filter(Boolean)));
  }
});

test("whatever stands in a policy, something is said about it and nothing is thrown", () => {
  fc.assert(
    fc.property(fc.nat(sample.length), fc.nat(30), fc.string({ maxLength: 6 }), (at, gone, put) => {
      const { problems } = checkPolicy(sample.slice(0, at) + put + sample.slice(at + gone), SAMPLE).report;
      for (const { line, column, text } of problems) assert.equal(line > 0 && column > 0 && text !== "", true);
    }),
    { numRuns: 600 },
  );
});

test("one certificate in all its forms is the same", () => {
  const pem = readFileSync(join(pki.folder, "root.pem"), "utf8");
  const base64 = pem.replace(/-----[^-]*-----|\s/g, "");
  const forms = [base64, pem, { file: "root.pem" }, { file: "root.der" }];
  const names = forms.map((_, i) => `root-${i}`);
  const text = JSON.stringify({
    certs: forms.map((form, i) => ({ [names[i]]: form })),
    trust_stores: [{ name: "all", stack: names }],
    s: [],
  });
  const policy = checkPolicy(text, join(pki.folder, "policy.json"));
  assert.deepEqual(policy.report.problems, []);
  const resources = resourcesOf(policy);
  assert.deepEqual(
    [...resources.keys()],
    names.map((name) => `${name}.der`),
  );
  const der = readFileSync(join(pki.folder, "root.der"));
  for (const bytes of resources.values()) assert.deepEqual(bytes, der);
});

test("keys of servers, in each form that there is", () => {
  const pkcs8 = readFileSync(join(pki.folder, "own.key"), "utf8");
  const sec1 = spawnSync("openssl", ["ec", "-in", "own.key"], { cwd: pki.folder, encoding: "utf8" }).stdout;
  assert.match(sec1, /BEGIN EC PRIVATE KEY/);
  for (const key of [pkcs8, sec1]) {
    const text = JSON.stringify({
      certs: [{ own: { file: "own.pem" } }, { key }],
      s: [{ ui: { server: true, port: 443, protocol: "h1", tls: true, server_cert: "own", server_key: "key" } }],
    });
    assert.deepEqual(saidAbout(text), []);
  }
});

test("the command: what it says, what it makes, and its exit codes", () => {
  const bad = join(WORK, "bad.json");
  writeFileSync(bad, '{ "s": [ { "a": { "prot": 1 } } ] }');
  const out = join(WORK, "out");
  const checked = command("check", bad);
  assert.equal(checked.status, 1);
  assert.match(checked.stderr, /bad\.json:1:19: s\[0\]\.a\.prot: there is no key "prot" here \(do you mean "port"\?\)/);
  assert.equal(command("compile", bad, "--out", out).status, 1);
  assert.throws(() => readdirSync(out), "nothing is made of a wrong policy");
  assert.equal(command("check", SAMPLE).status, 0);
  assert.equal(command("check").status, 1);
  assert.equal(command("compile", SAMPLE).status, 1);
  assert.equal(command("check", join(WORK, "absent.json")).status, 1);
  writeFileSync(bad, Buffer.from([0x7b, 0xff, 0x7d]));
  assert.match(command("check", bad).stderr, /is not UTF-8/);
  mkdirSync(join(out, "policy"), { recursive: true });
  writeFileSync(join(out, "policy", "gone.der"), "");
  assert.equal(command("compile", SAMPLE, "--out", out).status, 0);
  assert.deepEqual(readdirSync(join(out, "policy")), ["fleet.der"], "what is not in the policy any more is gone");
});

test("a policy that is packed is the same in one piece", () => {
  const packed = join(WORK, "packed.json");
  const { status, stderr, stdout } = command("pack", SAMPLE, "--out", packed);
  assert.equal(status, 0, stderr);
  const text = readFileSync(packed, "utf8");
  assert.match(stdout + stderr, new RegExp(`packed\\.json: 6 stream types, ${text.length} bytes`));
  assert.equal(text.includes('"file"') || /[\n]| {2}|\$schema/.test(text), false);
  const [one, other] = [checkPolicy(text, packed), checkPolicy(sample, SAMPLE)];
  assert.deepEqual(one.report.problems, []);
  assert.equal(moduleOf(one, "x"), moduleOf(other, "x"));
  assert.deepEqual(resourcesOf(one), resourcesOf(other));
  const bad = join(WORK, "bad-pack.json");
  writeFileSync(bad, '{ "s": [ { "a": {} } ] }');
  assert.equal(command("pack", bad, "--out", join(WORK, "none.json")).status, 1);
  assert.throws(() => readFileSync(join(WORK, "none.json")));
  const unused = { certs: [{ a: { file: "root.pem" } }], metrics: [], s: [] };
  const file = join(pki.folder, "unused.json");
  writeFileSync(file, JSON.stringify(unused));
  assert.equal(command("pack", file, "--out", packed).status, 0);
  assert.equal(readFileSync(packed, "utf8"), '{"certs":[],"metrics":[],"s":[]}', "what nobody names is left out");
});

test("what test images hold is what would be made now", () => {
  for (const image of ["hostile", "policies", "streamclient"]) {
    const folder = join(ROOT, "test/images", image);
    const out = join(WORK, image);
    assert.equal(command("compile", join(folder, "policy.json"), "--out", out).status, 0);
    const [made, kept] = [out, folder].map((each) => [
      readFileSync(join(each, "policy.ts"), "utf8"),
      ...readdirSync(join(each, "policy")).map((name) => [name, readFileSync(join(each, "policy", name))]),
    ]);
    assert.deepEqual(kept, made);
  }
});

test("the published schema is the one that the check goes by", () => {
  assert.deepEqual(JSON.parse(readFileSync(join(ROOT, "docs/policy.schema.json"), "utf8")), policySchema());
  assert.deepEqual(JSON.parse(command("schema").stdout), policySchema());
});

test("firmware that reads policies itself goes by the same rules", () => {
  assert.equal(readFileSync(join(ROOT, "modules/secure-streams/policy-rules.ts"), "utf8"), rulesModule());
  assert.equal(command("rules").stdout, rulesModule());
});

test("20 stream types take no more memory than one, and streams what they should", { timeout: 60_000 }, async () => {
  const one = JSON.parse(sample);
  one.s = one.s.slice(1, 2);
  delete one.auth;
  const least = await costOf(await imageWith(JSON.stringify(one)));
  const twenty = await costOf(await imageWith(manyStreams(20)));
  assert.deepEqual(twenty, least);
  const { entry, first, second } = twenty;
  assert.equal(entry.js < 700 && second.js < 700, true, "a type that is used, and a stream");
  assert.equal(first.js < 5000 && first.native < 2000, true, "the first stream, and its trust store");
  assert.equal(second.native, 0, "the second has no trust store of its own");
});
