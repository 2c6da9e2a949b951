/** Checks a policy on its tape as a whole, in the order of the text: nothing of it is used unless all of it is right. */
import { needCertificate, readCertificate } from "./policy-certificate";
import { streamRule } from "./policy-rules";
import { checkAuth, checkStore, freshValue, readRetry, stackOf } from "./policy-sections";
import { type Reading, readStream } from "./policy-stream";
import { Kind, type PolicyTape } from "./policy-tape";
import { countOf, keyOf, needList, needObject, textOf } from "./policy-values";

/** The schema that is known. */
const schemaVersion = 1;
const headerTexts = { max: 64 };

/** Throws POLICY_… with the path of what is wrong. Certificates are decoded on the way. */
export function checkPolicy(reading: Reading): void {
  const { tape, under } = reading;
  needObject(tape, 0);
  for (let key = tape.first(0); key < tape.end(0); key = tape.end(tape.end(key))) {
    checkMember(reading, keyOf(tape, key), tape.end(key));
  }
  if (tape.member(0, "s") === 0) tape.refuse(0, "POLICY_INCOMPLETE");
  // What lies over another policy does not say all that there is to compare.
  if (!under) checkSharing(tape);
}

function checkMember(reading: Reading, name: string, at: number): void {
  const { tape, under } = reading;
  switch (name) {
    case "$schema":
      textOf(tape, at, {});
      break;
    case "release":
    case "product":
      textOf(tape, at, headerTexts);
      break;
    case "schema-version":
      if (countOf(tape, at, { min: 1 }) > schemaVersion) tape.refuse(at, "POLICY_SCHEMA");
      break;
    case "metrics":
      break;
    case "retry":
    case "auth":
    case "s":
      checkSection(reading, name, at);
      break;
    case "certs":
    case "trust_stores":
      // What lies over another policy has nobody of its own whom it trusts.
      if (under) tape.refuse(at, "POLICY_UNKNOWN_KEY");
      checkSection(reading, name, at);
      break;
    default:
      tape.refuse(at, "POLICY_UNKNOWN_KEY");
  }
}

function checkSection(reading: Reading, name: "retry" | "certs" | "trust_stores" | "auth" | "s", at: number): void {
  const { tape, entries } = reading;
  needList(tape, at, entries);
  // The end moves while certificates become shorter.
  for (let item = tape.first(at); item < tape.end(at); item = tape.end(item)) {
    if (name === "auth") checkAuth(tape, item);
    else if (name === "trust_stores") checkTrust(tape, item);
    else {
      const value = freshValue(tape, name, item);
      if (name === "retry") readRetry(tape, value);
      else if (name === "certs") readCertificate(tape, value);
      else readStream(reading, tape.text(tape.first(item)) as string, value);
    }
  }
}

function checkTrust(tape: PolicyTape, item: number): void {
  checkStore(tape, item);
  const stack = stackOf(tape, item);
  for (let at = tape.first(stack); at < tape.end(stack); at = tape.end(at)) needCertificate(tape, at);
}

// --- streams of one broker -----------------------------------------------------------------------------------------------------

/** Streams that share the connection to a broker agree on what they say when it is made. */
function checkSharing(tape: PolicyTape): void {
  const list = tape.member(0, "s");
  for (let item = tape.first(list); item < tape.end(list); item = tape.end(item)) {
    const type = tape.end(tape.first(item));
    if (wordAt(tape, type, "protocol") !== "mqtt") continue;
    for (let other = tape.first(list); other < item; other = tape.end(other)) {
      const first = tape.end(tape.first(other));
      if (!isSamePlace(tape, type, first) || wordAt(tape, first, "protocol") !== "mqtt") continue;
      checkAgreement(tape, type, first);
      break;
    }
  }
}

function isSamePlace(tape: PolicyTape, one: number, other: number): boolean {
  const [here, there] = [tape.member(one, "endpoint"), tape.member(other, "endpoint")];
  if (here === 0 || there === 0 ? here !== there : !tape.isSame(here, there)) return false;
  if (wordAt(tape, one, "tls_trust_store") !== wordAt(tape, other, "tls_trust_store")) return false;
  return Number(wordAt(tape, one, "port")) === Number(wordAt(tape, other, "port"));
}

function checkAgreement(tape: PolicyTape, one: number, other: number): void {
  for (const type of [one, other]) {
    const end = tape.end(type);
    for (let key = tape.first(type); key < end; key = tape.end(tape.end(key))) {
      const name = keyOf(tape, key);
      const rule = streamRule(name);
      if (!rule?.shared && name !== "client_cert") continue;
      const isCount = rule?.kind === "count";
      if (plain(wordAt(tape, one, name), isCount) === plain(wordAt(tape, other, name), isCount)) continue;
      tape.refuse(tape.member(one, name) || one, "POLICY_CONTRADICTION");
    }
  }
}

/** What is not said, false, 0 and no text at all are the same. */
function plain(word: string, isCount: boolean): string | number {
  return isCount ? Number(word) : word;
}

/** The value of a member as a word; "" where it is not there, or false. */
function wordAt(tape: PolicyTape, type: number, name: string): string {
  const at = tape.member(type, name);
  if (at === 0 || tape.kind(at) === Kind.no) return "";
  return tape.kind(at) === Kind.yes ? "true" : (tape.text(at) ?? "");
}
