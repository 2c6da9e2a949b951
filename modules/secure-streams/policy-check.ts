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

const sections = ["retry", "certs", "trust_stores", "auth", "s"];

/** The check of a policy, in steps that are small enough for a turn of the loop. Certificates are decoded on the way. */
export class PolicyCheck {
  /** The member of the whole that is looked at, and of a section the entry; 0: none yet. */
  private key = 0;
  private item = 0;

  constructor(private readonly reading: Reading) {}

  /** One entry, or what is no section. False when all is right; throws POLICY_… with the path of what is not, and TLS_NO_MEMORY. */
  step(): boolean {
    const { tape, under } = this.reading;
    if (this.key === 0) {
      needObject(tape, 0);
      this.key = tape.first(0);
    }
    if (this.key === tape.end(0)) {
      if (tape.member(0, "s") === 0) tape.refuse(0, "POLICY_INCOMPLETE");
      // What lies over another policy does not say all that there is to compare.
      if (!under) checkSharing(tape);
      return false;
    }
    const name = keyOf(tape, this.key);
    const value = tape.end(this.key);
    if (this.item !== 0) {
      checkEntry(this.reading, name, this.item);
      this.item = tape.end(this.item);
    } else {
      checkMember(this.reading, name, value);
      this.item = sections.includes(name) ? tape.first(value) : tape.end(value);
    }
    // The end moves while certificates become shorter.
    if (this.item !== tape.end(value)) return true;
    this.key = this.item;
    this.item = 0;
    return true;
  }
}

/** Throws as {@link PolicyCheck.step} does. */
export function checkPolicy(reading: Reading): void {
  const check = new PolicyCheck(reading);
  while (check.step());
}

function checkMember({ tape, under, entries }: Reading, name: string, at: number): void {
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
      needList(tape, at, entries);
      break;
    case "certs":
    case "trust_stores":
      // What lies over another policy has nobody of its own whom it trusts.
      if (under) tape.refuse(at, "POLICY_UNKNOWN_KEY");
      needList(tape, at, entries);
      break;
    default:
      tape.refuse(at, "POLICY_UNKNOWN_KEY");
  }
}

function checkEntry(reading: Reading, section: string, item: number): void {
  const { tape } = reading;
  switch (section) {
    case "retry":
      readRetry(tape, freshValue(tape, section, item));
      break;
    case "certs":
      readCertificate(tape, freshValue(tape, section, item));
      break;
    case "trust_stores":
      checkTrust(tape, item);
      break;
    case "auth":
      checkAuth(tape, item);
      break;
    case "s": {
      const value = freshValue(tape, section, item);
      readStream(reading, tape.text(tape.first(item)) as string, value);
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
