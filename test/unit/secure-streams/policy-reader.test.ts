/** Policies that are read at run time: how much there may be of what, and what streams have of them. What the compiler says about the same ones is compared elsewhere. */
import Resource from "Resource";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { StreamFlag } from "lws/secure-streams/policy";
import { PolicyReader, readPolicy } from "lws/secure-streams/policy-dynamic";
import type { TrustStore } from "lws/secure-streams/trust";
import { after, equal, test, throws } from "../harness";
import { tidy } from "./trust-bed";

const raw = '{"endpoint":"h.lan","port":1,"protocol":"raw"}';
const one = `{"s":[{"a":${raw}}]}`;

/** So many types. */
function many(count: number): string {
  const types: string[] = [];
  for (let i = 0; i < count; i++) types.push(`{"t${i}":${raw}}`);
  return `{"s":[${types.join()}]}`;
}

/** What reading says, in pieces of `size` bytes. */
function said(text: string, size = 7): string {
  const bytes = new Uint8Array(Bytes.size(text));
  Bytes.put(text, bytes, 0);
  const reader = new PolicyReader();
  try {
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes, at, Math.min(bytes.length, at + size));
    return reader.end().release;
  } catch (error) {
    return (error as Error).message;
  }
}

function textOf(name: string): string {
  const file = new Resource(`www/${name}`);
  return Bytes.latin1(file, 0, file.byteLength);
}

test("policy: as large as it may be, and no larger", () => {
  readPolicy(one, { text: one.length });
  throws(() => readPolicy(one, { text: one.length - 1 }), "POLICY_TOO_LARGE");
  throws(() => readPolicy(`${one}${" ".repeat(17000)}`), "POLICY_TOO_LARGE");
  readPolicy(many(3), { entries: 3 });
  throws(() => readPolicy(many(4), { entries: 3 }), "POLICY_TOO_LARGE");
  throws(() => readPolicy(many(65)), "s");
  readPolicy(`{"s":[],"metrics":{"a":1,"b":2}}`, { members: 2 });
  throws(() => readPolicy(`{"s":[],"metrics":{"a":1,"b":2,"c":3}}`, { members: 2 }), "metrics");
  readPolicy('{"s":[],"metrics":[[1]]}', { depth: 3 });
  throws(() => readPolicy('{"s":[],"metrics":[[1]]}', { depth: 2 }), "metrics[0][0]");
  // A list of digits takes more room than its text, which is bounded as well.
  throws(() => readPolicy(`{"metrics":[${"1,".repeat(6000)}1],"s":[]}`), "POLICY_TOO_LARGE");
});

test("policy: hostile texts end at once", () => {
  for (const text of ["[".repeat(16000), '{"a":'.repeat(3000), '[{"a":'.repeat(2500)]) {
    equal(said(text).startsWith("the policy is too large"), true, text.slice(0, 8));
  }
  equal(said(`{"s":${"9".repeat(15000)}}`), "the policy is too large, or has too many of something: s");
  equal(said(`"${"a".repeat(15000)}"`), "a value of the policy is not one that may stand there");
  equal(said("\u0000"), "the policy is no JSON, or incomplete");
  equal(said('{"s":[{"\\u0000":{}}]}'), 'a value of the policy is not one that may stand there: s[0]["\\u0000"]');
  const reader = new PolicyReader();
  throws(() => reader.push(new Uint8Array([0x22, 0xff]), 0, 2), "POLICY_SYNTAX");
});

test("policy: it ends where it ends", () => {
  for (let at = 0; at < one.length; at++) {
    if (said(one.slice(0, at)).startsWith("the policy is no JSON")) continue;
    throw new Error(`${at} of ${one.length} bytes are taken for a policy`);
  }
  equal(said(one), "");
  equal(said(`\ufeff${one}\r\n `, 1), "", "with a mark in front of it");
  equal(said(`${one}x`), "the policy is no JSON, or incomplete");
});

test("policy: it is checked one entry at a time", () => {
  const reader = new PolicyReader();
  const text = many(20);
  const bytes = new Uint8Array(text.length);
  Bytes.put(text, bytes, 0);
  reader.push(bytes, 0, bytes.length);
  let steps = 0;
  while (!reader.next()) steps++;
  equal(steps, 21, "the list, and what is in it");
});

test("policy: texts are what their escapes say", () => {
  for (const size of [1, 3, 100]) {
    equal(said('{"s":[],"release":"\\u0041\\u00e4\\u20ac\\ud83d\\ude00\\"\\\\\\/"}', size), 'Aä€😀"\\/');
  }
  for (const half of ["\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\u0041", "\\ud83d\\ud83d", "\\uD8"]) {
    equal(said(`{"release":"${half}","s":[]}`, 1), "the policy is no JSON, or incomplete: release", half);
  }
});

test("policy: what is kept is about its text, and nothing of what is refused", async () => {
  const text = many(40);
  const policy = readPolicy(text);
  equal(policy.size < 1.1 * text.length, true);
  equal(policy.tape.bytes.length, policy.size);
  equal(policy.stream("t39")?.port, 1);
  const base = Chip.heap().native;
  for (const name of ["first.key", "about.txt", "root.pem"]) {
    const bad = `{"certs":[{"a":${JSON.stringify(textOf(name))}}]}`;
    throws(() => readPolicy(bad), name === "about.txt" ? "certs[0].a" : "POLICY_INCOMPLETE");
    equal(Chip.heap().native, base);
  }
  await after(1);
});

const trusting = (names: string[]) => `{
  "certs": [${names.map((name) => `{"${name}":${JSON.stringify(textOf(name))}}`).join()}],
  "trust_stores": [{"fleet":${JSON.stringify(names)}}],
  "s": [{"a":{"endpoint":"h.lan","port":8,"protocol":"raw","tls":true,"tls_trust_store":"fleet"}}]
}`;

tidy("a policy that was read, in place of one that was compiled", async (bed) => {
  const before = bed.create("a");
  bed.streams.replace(readPolicy(trusting(["root.pem"])));
  const first = bed.create("a");
  equal(first.store === before.store, false, "PEM is not the same as DER");
  before.destroy();
  const store = bed.trust.find("fleet") as TrustStore;
  bed.streams.replace(readPolicy(trusting(["root.pem"])));
  const second = bed.create("a");
  equal(second.type.flags, StreamFlag.tls);
  equal(second.type.port, 8);
  equal(second.store === first.store, true, "who trusts the same shares its store");
  bed.streams.replace(readPolicy(trusting(["root.pem"])));
  equal(bed.trust.find("fleet") === store, true);
  bed.streams.replace(readPolicy(trusting(["root.pem", "clients.pem"])));
  const third = bed.create("a");
  equal(third.store === first.store, false);
  equal(bed.trust.find("fleet")?.holds, 1);
  first.destroy();
  second.destroy();
  await after(5);
  equal(bed.facts, "1 0");
});

tidy("a policy that was read may name certificates that the image has", (bed) => {
  const text = (cert: string) => trusting(["root.pem"]).replace(/"certs": .*/, `"certs": [{"root.pem":${cert}}],`);
  const policy = readPolicy(text('{"given":true}'));
  equal(policy.certificate("root.pem"), undefined);
  const first = bed.create("a");
  bed.streams.replace(policy);
  equal(bed.create("a").store === first.store, true, "they are the same");
  for (const cert of ['{"given":false}', '{"given":true,"file":"a"}', '{"file":"a"}', "{}", "[]", "true", '""']) {
    throws(() => readPolicy(text(cert)), "certs[0]");
  }
});

tidy("policies that follow one another leave nothing", async (bed) => {
  for (let i = 0; i < 10; i++) {
    bed.streams.replace(readPolicy(trusting(i % 2 ? ["root.pem"] : ["clients.pem"])));
    bed.create("a").destroy();
    throws(() => bed.streams.replace(readPolicy("{}")), "POLICY_INCOMPLETE");
    await after(1);
  }
});
