/**
 * A test runner small enough for the device: cases run one after the other, each in a turn of its own, and each is one
 * line on the console. The suite on the other side of the console reads them.
 */
import { Chip } from "lws/platform/chip";
import Timer from "timer";

type Body = () => void | Promise<void>;

class Case {
  next: Case | undefined = undefined;
  constructor(
    readonly name: string,
    readonly body: Body,
  ) {}
}

/** Milliseconds that a case may take; some make keys, and an emulated chip is slow at that. */
const patience = 30_000;

let first: Case | undefined;
let last: Case | undefined;
let passed = 0;
let failed = 0;

/** Adds a case. One that returns a promise ends when that is settled. */
export function test(name: string, body: Body): void {
  const added = new Case(name, body);
  if (last) last.next = added;
  else first = added;
  last = added;
}

/** A value as a message shows it. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Throws unless both are the same value; `what` says which of a case's values it is. */
export function equal(actual: unknown, expected: unknown, what = ""): void {
  if (Object.is(actual, expected)) return;
  throw new Error(`${what === "" ? "" : `${what}: `}${shown(actual)} instead of ${shown(expected)}`);
}

/** Throws unless `body` throws; an error's text (its name, message and code) must contain `part`. */
export function throws(body: () => void, part = ""): void {
  let error: unknown;
  try {
    body();
  } catch (thrown) {
    error = thrown ?? new Error("undefined was thrown");
  }
  if (error === undefined) throw new Error(`nothing was thrown instead of ${part === "" ? "an error" : part}`);
  const code = error instanceof Error && "code" in error ? ` ${error.code}` : "";
  if (!`${error}${code}`.includes(part)) throw new Error(`${error}${code} was thrown instead of ${part}`);
}

/** Resolves after `delay` milliseconds. */
export function after(delay: number): Promise<void> {
  return new Promise((resolve) => {
    Timer.set(() => resolve(), delay);
  });
}

function report(name: string, error: unknown): void {
  if (error === undefined) {
    passed++;
    Chip.log(`unit: ok ${name}`);
  } else {
    failed++;
    Chip.log(`unit: FAILED ${name}: ${String(error).replaceAll("\n", " ")}`);
  }
}

function runNext(): void {
  const present = first;
  if (!present) {
    Chip.log(`unit: ${passed} passed, ${failed} failed`);
    return;
  }
  first = present.next;
  let ended = false;
  let watch: Timer | undefined;
  const end = (error: unknown) => {
    if (ended) return;
    ended = true;
    if (watch) Timer.clear(watch);
    report(present.name, error);
    Timer.set(runNext, 0);
  };
  try {
    const promise = present.body();
    if (!promise) end(undefined);
    else {
      watch = Timer.set(() => end(`no end after ${patience} ms`), patience);
      promise.then(
        () => end(undefined),
        (error: unknown) => end(error ?? "rejected"),
      );
    }
  } catch (error) {
    end(error ?? "thrown");
  }
}

/** Runs the cases in the order in which they were added. */
export function run(): void {
  Timer.set(runNext, 0);
}
