/** The sections of a policy on its tape: what is defined in each, where, and what a definition comes to. */
import type { AuthScheme, RetryScheme } from "./policy";
import { authRule, retryRule } from "./policy-rules";
import { Kind, type PolicyTape } from "./policy-tape";
import { countOf, needList, needObject, singleOf, textOf } from "./policy-values";

/** Lists of definitions. */
export type Section = "retry" | "certs" | "trust_stores" | "auth" | "s";

/** Most bytes of a name. */
const nameLimit = 64;
/** Most waits of a retry scheme, and certificates of a trust store. */
const waitLimit = 8;
const stackLimit = 6;
/** The longest wait in milliseconds. */
const longest = 0x3fffffff;

/** Where the text or key is that names an entry of a section; 0 where it has no name. */
export function nameOf(tape: PolicyTape, section: Section, item: number): number {
  if (tape.kind(item) !== Kind.object) return 0;
  if (section === "auth") return tape.member(item, "name");
  const named = section === "trust_stores" ? tape.member(item, "name") : 0;
  if (named !== 0 && tape.kind(named) !== Kind.list) return named;
  return tape.first(item) < tape.end(item) ? tape.first(item) : 0;
}

function isName(tape: PolicyTape, at: number): boolean {
  const kind = tape.kind(at);
  return kind === Kind.key || kind === Kind.text;
}

/** The first entry of a section that has this name; 0 if there is none. */
export function entryOf(tape: PolicyTape, section: Section, name: string): number {
  const list = tape.kind(0) === Kind.object ? tape.member(0, section) : 0;
  if (list === 0 || tape.kind(list) !== Kind.list) return 0;
  const end = tape.end(list);
  for (let item = tape.first(list); item < end; item = tape.end(item)) {
    const at = nameOf(tape, section, item);
    if (at !== 0 && isName(tape, at) && tape.holds(at, name)) return item;
  }
  return 0;
}

/** The value of the entry of a section in which entries have one member; 0 if there is none of this name. */
export function definitionOf(tape: PolicyTape, section: "retry" | "certs" | "s", name: string): number {
  const item = entryOf(tape, section, name);
  return item === 0 ? 0 : tape.end(tape.first(item));
}

/** Sees to it that the name of an entry may be that of a file, and is nobody else's. `at` is to blame. */
function needFresh(tape: PolicyTape, section: Section, item: number, name: string, at: number): void {
  if (name.length > nameLimit || !/^[\w.-]+$/.test(name)) tape.refuse(at, "POLICY_BAD_VALUE");
  if (entryOf(tape, section, name) !== item) tape.refuse(at, "POLICY_TWICE");
}

/** The name at `at`, of something that was defined before, or with `mayFollow` anywhere. */
export function reference(tape: PolicyTape, at: number, section: Section, mayFollow = false): string {
  const name = textOf(tape, at, { min: 1, max: nameLimit });
  const entry = entryOf(tape, section, name);
  if (entry === 0 || (!mayFollow && tape.end(entry) > at)) tape.refuse(at, "POLICY_UNDEFINED");
  return name;
}

/** A retry scheme. */
export function readRetry(tape: PolicyTape, at: number): RetryScheme {
  needObject(tape, at);
  const backoff: number[] = [];
  const scheme: Record<string, number> = { conceal: 0, jitter: 0, ping: 0, hangup: 0 };
  const end = tape.end(at);
  for (let key = tape.first(at); key < end; key = tape.end(tape.end(key))) {
    const rule = retryRule(tape.text(key) ?? "") ?? tape.refuse(key, "POLICY_UNKNOWN_KEY");
    const value = tape.end(key);
    if (rule.to !== undefined) scheme[rule.to] = countOf(tape, value, rule);
    else {
      needList(tape, value, waitLimit);
      const last = tape.end(value);
      for (let item = tape.first(value); item < last; item = tape.end(item)) {
        backoff.push(countOf(tape, item, { max: longest }));
      }
    }
  }
  return { backoff, ...scheme } as unknown as RetryScheme;
}

/** An authorization scheme. */
export function readAuth(tape: PolicyTape, at: number): AuthScheme {
  needObject(tape, at);
  const scheme: Record<string, string | number> = { name: "", type: "", blob: 0 };
  const end = tape.end(at);
  for (let key = tape.first(at); key < end; key = tape.end(tape.end(key))) {
    const rule = authRule(tape.text(key) ?? "") ?? tape.refuse(key, "POLICY_UNKNOWN_KEY");
    const value = tape.end(key);
    if (rule.kind === "count") scheme[rule.to as string] = countOf(tape, value, rule);
    else if (rule.kind === "reference") scheme[rule.to as string] = reference(tape, value, "s", true);
    else scheme[rule.to as string] = textOf(tape, value, rule);
  }
  if (scheme["name"] === "" || scheme["type"] === "") tape.refuse(at, "POLICY_INCOMPLETE");
  return scheme as unknown as AuthScheme;
}

export function checkAuth(tape: PolicyTape, item: number): void {
  needFresh(tape, "auth", item, readAuth(tape, item).name, item);
}

/** The list of certificates of a trust store; 0 where there is none. */
export function stackOf(tape: PolicyTape, item: number): number {
  const name = nameOf(tape, "trust_stores", item);
  if (name === 0) return 0;
  return tape.kind(name) === Kind.key ? tape.end(name) : tape.member(item, "stack");
}

/** Names of the certificates of a trust store. */
export function readStack(tape: PolicyTape, item: number): string[] {
  const stack = stackOf(tape, item);
  const names: string[] = [];
  const end = tape.end(stack);
  for (let at = tape.first(stack); at < end; at = tape.end(at)) names.push(tape.text(at) as string);
  return names;
}

/** Reads a trust store, either `{ "name": …, "stack": […] }` or `{ NAME: […] }`. */
export function checkStore(tape: PolicyTape, item: number): void {
  needObject(tape, item);
  const name = nameOf(tape, "trust_stores", item);
  const stack = stackOf(tape, item);
  const end = tape.end(item);
  for (let key = tape.first(item); key < end; key = tape.end(tape.end(key))) {
    if (key !== name && tape.end(key) !== name && tape.end(key) !== stack) tape.refuse(key, "POLICY_UNKNOWN_KEY");
  }
  if (stack === 0) tape.refuse(item, "POLICY_INCOMPLETE");
  if (tape.kind(name) !== Kind.key) textOf(tape, name, { min: 1, max: nameLimit });
  needFresh(tape, "trust_stores", item, tape.text(name) ?? "", name);
  needList(tape, stack, stackLimit);
  const last = tape.end(stack);
  if (tape.first(stack) === last) tape.refuse(stack, "POLICY_INCOMPLETE");
  for (let at = tape.first(stack); at < last; at = tape.end(at)) {
    reference(tape, at, "certs");
    for (let other = tape.first(stack); other < at; other = tape.end(other)) {
      if (tape.isSame(other, at)) tape.refuse(stack, "POLICY_TWICE");
    }
  }
}

/** The value of an entry that has one member, whose name nobody else has. */
export function freshValue(tape: PolicyTape, section: "retry" | "certs" | "s", item: number): number {
  const key = singleOf(tape, item);
  needFresh(tape, section, item, tape.text(key) ?? "", key);
  return tape.end(key);
}
