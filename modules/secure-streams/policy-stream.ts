/** Reads one stream type of a policy that is read at run time, and refuses what contradicts itself in it: the entry is the one that the compiler would have made. */
import type { Policy, StreamType } from "./policy";
import { StreamFlag } from "./policy";
import { type Rule, streamRule } from "./policy-rules";
import { definitionOf, entryOf, readAuth, readRetry, reference } from "./policy-sections";
import { checkClient, checkServer } from "./policy-sides";
import type { PolicyTape } from "./policy-tape";
import {
  choiceOf,
  countOf,
  flagOf,
  keyOf,
  metadataOf,
  needObject,
  optionsOf,
  responsesOf,
  textOf,
} from "./policy-values";

/** An entry that is being made. */
export type Draft = { -readonly [Key in keyof StreamType]: StreamType[Key] };

/** What an entry is read with. */
export interface Reading {
  readonly tape: PolicyTape;
  /** Most items of a list. */
  readonly entries: number;
  /** Of an overlay: what it lies over. */
  readonly under?: Policy | undefined;
}

/** The stream type `name`, which `at` has. Where it lies over another, what it does not say is as it is there. */
export function readStream(reading: Reading, name: string, at: number): StreamType {
  const { tape, under } = reading;
  needObject(tape, at);
  const type = { name, protocol: "", flags: 0, ...under?.stream(name) } as Draft;
  // What stands for a connection that there is not is found out anew.
  if (type.protocol === "sink" || type.protocol === "file") type.protocol = "" as StreamType["protocol"];
  const values = type as unknown as Record<string, unknown>;
  // Rules in the order of the keys: each is needed again when all that the entry says is known.
  const rules: Rule[] = [];
  const end = tape.end(at);
  for (let key = tape.first(at); key < end; key = tape.end(tape.end(key))) {
    const rule = streamRule(keyOf(tape, key)) ?? tape.refuse(key, "POLICY_UNKNOWN_KEY");
    rules.push(rule);
    if (rule.kind === "ignored") continue;
    const value = tape.end(key);
    if (rule.kind === "flag") setFlag(type, rule.flag as number, flagOf(tape, value));
    else {
      const read = readValue(reading, value, rule);
      if (rule.to !== undefined) values[rule.to] = read;
    }
  }
  checkMeaning(tape, at, type, rules);
  if (type.flags & StreamFlag.server) checkServer(tape, at, type);
  else checkClient(tape, at, type);
  if (type.flags & StreamFlag.localSink) type.protocol = "sink";
  else if (type.endpoint?.startsWith("file://")) type.protocol = "file";
  return type;
}

function setFlag(type: Draft, bit: number, isSet: boolean): void {
  type.flags = isSet ? type.flags | bit : type.flags & ~bit;
}

function readValue(reading: Reading, at: number, rule: Rule): unknown {
  const { tape, entries } = reading;
  switch (rule.kind) {
    case "count":
      return countOf(tape, at, rule);
    case "choice":
      return choiceOf(tape, at, rule.values);
    case "reference":
      return readReference(reading, at, rule);
    case "metadata":
      return metadataOf(tape, at, entries);
    case "options":
      return optionsOf(tape, at, entries);
    case "responses":
      return responsesOf(tape, at);
    default:
      return textOf(tape, at, rule);
  }
}

function readReference({ tape, under }: Reading, at: number, { of }: Rule): unknown {
  if (of === undefined || of === "metadata") return textOf(tape, at, { min: 1 });
  if (under && (of === "trust_stores" || of === "s")) {
    const name = textOf(tape, at, { min: 1 });
    const there = of === "s" ? under.stream(name) : under.store(name);
    if (there) return name;
  }
  const name = reference(tape, at, of);
  if (of === "retry") return readRetry(tape, definitionOf(tape, "retry", name));
  return of === "auth" ? readAuth(tape, entryOf(tape, "auth", name)) : name;
}

/** Refuses keys that mean nothing for the protocol, or the side, and names of values that there are not. */
function checkMeaning(tape: PolicyTape, at: number, type: Draft, rules: readonly Rule[]): void {
  const { flags, metadata = [] } = type;
  const protocol: string = type.protocol;
  const side = flags & StreamFlag.server ? "server" : "client";
  let key = tape.first(at);
  for (const rule of rules) {
    const { protocols, of, form } = rule;
    const isForeign = protocols !== undefined && protocol !== "" && !protocols.includes(protocol);
    if (isForeign || (rule.side !== undefined && rule.side !== side)) tape.refuse(key, "POLICY_CONTRADICTION");
    const value = tape.end(key);
    if (form === "expands") checkExpansions(tape, value, metadata);
    else if (of === "metadata" && !isDeclared(metadata, tape.text(value) as string))
      tape.refuse(key, "POLICY_UNDEFINED");
    key = tape.end(value);
  }
}

/** Each `${name}` is the name of a value. */
function checkExpansions(tape: PolicyTape, at: number, metadata: readonly string[]): void {
  const text = tape.text(at) as string;
  for (let from = text.indexOf("${"); from >= 0; from = text.indexOf("${", from + 2)) {
    const close = text.indexOf("}", from);
    if (close < 0) tape.refuse(at, "POLICY_BAD_VALUE");
    if (!isDeclared(metadata, text.slice(from + 2, close))) tape.refuse(at, "POLICY_UNDEFINED");
  }
}

function isDeclared(metadata: readonly string[], name: string): boolean {
  for (let i = 0; i < metadata.length; i += 2) if (metadata[i] === name) return true;
  return false;
}
