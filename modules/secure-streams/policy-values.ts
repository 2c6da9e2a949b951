/** Reads single values of a policy from its tape. What is not of its kind, or not in its range, is refused with its path. */
import { ByteSet, Bytes } from "lws/platform/bytes";
import { isPrintable } from "./policy-characters";
import type { Rule } from "./policy-rules";
import { Kind, type PolicyTape } from "./policy-tape";

/** Most bytes of a text of which nothing else is said. */
const textLimit = 1024;
const headerLimit = 255;
const keyLimit = 255;
/** Most digits of a number that is a text. */
const digitLimit = 10;
/** States of the user's own begin here, those of the system end there. */
const userState = 1000;
const lastState = 20;
/** Most statuses that are mapped to states. */
const responseLimit = 16;

/** A whole number, or its digits as a text. */
export function countOf(
  tape: PolicyTape,
  at: number,
  { min = 0, max = 0xffffffff }: Pick<Rule, "min" | "max">,
): number {
  const kind = tape.kind(at);
  const isText = kind === Kind.text && tape.end(at) - tape.first(at) <= digitLimit;
  const text = kind === Kind.number || isText ? (tape.text(at) ?? "") : "";
  if (kind !== Kind.number && !/^\d+$/.test(text)) tape.refuse(at, "POLICY_BAD_VALUE");
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) tape.refuse(at, "POLICY_BAD_VALUE");
  return value;
}

export function flagOf(tape: PolicyTape, at: number): boolean {
  const kind = tape.kind(at);
  if (kind !== Kind.yes && kind !== Kind.no) tape.refuse(at, "POLICY_BAD_VALUE");
  return kind === Kind.yes;
}

export function textOf(
  tape: PolicyTape,
  at: number,
  { min = 0, max = textLimit, form }: Pick<Rule, "min" | "max" | "form">,
): string {
  if (tape.kind(at) !== Kind.text) tape.refuse(at, "POLICY_BAD_VALUE");
  const size = tape.end(at) - tape.first(at);
  if (size < min || size > max || !isPrintable(tape.bytes, tape.first(at), tape.end(at)))
    tape.refuse(at, "POLICY_BAD_VALUE");
  if (form === "header" && !isHeader(tape, at)) tape.refuse(at, "POLICY_BAD_VALUE");
  if (form === "tokens" && !isTokens(tape, at)) tape.refuse(at, "POLICY_BAD_VALUE");
  return tape.text(at) ?? tape.refuse(at, "POLICY_BAD_VALUE");
}

/** The name of a header, and a colon behind it. */
function isHeader(tape: PolicyTape, at: number): boolean {
  const [from, end] = [tape.first(at), tape.end(at)];
  const colon = Bytes.span(tape.bytes, from, end, ByteSet.token);
  return colon > from && colon === end - 1 && tape.bytes[colon] === 0x3a && end - from <= headerLimit;
}

/** Names with commas between them, each with a blank behind it or not. */
function isTokens(tape: PolicyTape, at: number): boolean {
  const { bytes } = tape;
  const end = tape.end(at);
  for (let from = tape.first(at); ; ) {
    const comma = Bytes.span(bytes, from, end, ByteSet.token);
    if (comma === from) return false;
    if (comma === end) return true;
    if (bytes[comma] !== 0x2c) return false;
    from = comma + (bytes[comma + 1] === 0x20 ? 2 : 1);
    if (from > end) return false;
  }
}

export function choiceOf(tape: PolicyTape, at: number, values: readonly string[] = []): string {
  const text = tape.kind(at) === Kind.text ? tape.text(at) : undefined;
  return values.find((each) => each === text) ?? tape.refuse(at, "POLICY_BAD_VALUE");
}

/** Sees to it that it is an object. */
export function needObject(tape: PolicyTape, at: number): void {
  if (tape.kind(at) !== Kind.object) tape.refuse(at, "POLICY_BAD_VALUE");
}

/** Sees to it that it is a list of at most so many. */
export function needList(tape: PolicyTape, at: number, limit: number): void {
  if (tape.kind(at) !== Kind.list) tape.refuse(at, "POLICY_BAD_VALUE");
  const end = tape.end(at);
  let count = 0;
  for (let item = tape.first(at); item < end; item = tape.end(item)) count++;
  if (count > limit) tape.refuse(at, "POLICY_TOO_LARGE");
}

/** The key of the one member that an object has. */
export function singleOf(tape: PolicyTape, at: number): number {
  needObject(tape, at);
  const key = tape.first(at);
  const end = tape.end(at);
  if (key === end || tape.end(tape.end(key)) !== end) tape.refuse(at, "POLICY_BAD_VALUE");
  return key;
}

/** A key that may be any text that is not too long. */
export function keyOf(tape: PolicyTape, key: number): string {
  const text = tape.end(key) - tape.first(key) > keyLimit ? undefined : tape.text(key);
  return text ?? tape.refuse(key, "POLICY_BAD_VALUE");
}

/** Names and headers by turns. */
export function metadataOf(tape: PolicyTape, at: number, limit: number): string[] {
  needList(tape, at, limit);
  const items: string[] = [];
  const end = tape.end(at);
  for (let item = tape.first(at); item < end; item = tape.end(item)) {
    const key = singleOf(tape, item);
    const name = keyOf(tape, key);
    const header = tape.end(key);
    if (name === "" || /[{}]/.test(name)) tape.refuse(key, "POLICY_BAD_VALUE");
    for (let i = 0; i < items.length; i += 2) if (items[i] === name) tape.refuse(key, "POLICY_TWICE");
    const text = textOf(tape, header, { max: headerLimit });
    if (text !== "" && !isHeader(tape, header)) tape.refuse(header, "POLICY_BAD_VALUE");
    items.push(name, text);
  }
  return items;
}

/** Names and values by turns. */
export function optionsOf(tape: PolicyTape, at: number, limit: number): string[] {
  needList(tape, at, limit);
  const items: string[] = [];
  const end = tape.end(at);
  for (let item = tape.first(at); item < end; item = tape.end(item)) {
    const key = singleOf(tape, item);
    items.push(keyOf(tape, key), textOf(tape, tape.end(key), {}));
  }
  return items;
}

/** Statuses and states by turns. */
export function responsesOf(tape: PolicyTape, at: number): number[] {
  needList(tape, at, responseLimit);
  const items: number[] = [];
  const end = tape.end(at);
  for (let item = tape.first(at); item < end; item = tape.end(item)) {
    const key = singleOf(tape, item);
    const name = keyOf(tape, key);
    if (!/^[1-5]\d\d$/.test(name)) tape.refuse(key, "POLICY_BAD_VALUE");
    for (let i = 0; i < items.length; i += 2) if (items[i] === Number(name)) tape.refuse(key, "POLICY_TWICE");
    const state = countOf(tape, tape.end(key), { min: 1, max: 65535 });
    if (state > lastState && state < userState) tape.refuse(tape.end(key), "POLICY_BAD_VALUE");
    items.push(Number(name), state);
  }
  return items;
}
