/**
 * A policy that is read at run time, with the same meaning as one that was compiled. What is kept of its text is one row of bytes, certificates decoded; the entry of a stream type is made when
 * the first stream of that type is created, as that of a compiled policy is.
 */
import { Bytes } from "lws/platform/bytes";
import type { Policy, StreamType } from "./policy";
import { checkPolicy, PolicyCheck } from "./policy-check";
import { type PolicyLimits, PolicyScanner, textLimit } from "./policy-scanner";
import { definitionOf, entryOf, readStack } from "./policy-sections";
import { type Reading, readStream } from "./policy-stream";
import { Kind, type PolicyTape } from "./policy-tape";

const entryLimit = 64;

/** What a reading leads to. */
export class DynamicPolicy implements Policy, Reading {
  readonly release: string;
  readonly product: string;

  /** @internal {@link PolicyReader} makes them, of a tape that was checked. */
  constructor(
    readonly tape: PolicyTape,
    readonly entries: number,
  ) {
    tape.trim();
    this.release = headerOf(tape, "release");
    this.product = headerOf(tape, "product");
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.tape.length;
  }

  stream(name: string): StreamType | undefined {
    const at = definitionOf(this.tape, "s", name);
    return at === 0 ? undefined : readStream(this, name, at);
  }

  store(name: string): readonly string[] | undefined {
    const item = entryOf(this.tape, "trust_stores", name);
    return item === 0 ? undefined : readStack(this.tape, item);
  }

  certificate(name: string): Uint8Array | undefined {
    const at = definitionOf(this.tape, "certs", name);
    return at === 0 || this.tape.kind(at) !== Kind.der ? undefined : this.tape.view(at);
  }
}

function headerOf(tape: PolicyTape, name: string): string {
  const at = tape.member(0, name);
  return at === 0 ? "" : (tape.text(at) as string);
}

/** Reads a policy as it comes. What it throws is the end of it, and nothing of it is left. */
export class PolicyReader {
  private readonly scanner: PolicyScanner;
  private readonly entries: number;
  private check: PolicyCheck | undefined = undefined;

  constructor(limits: PolicyLimits = {}) {
    this.scanner = new PolicyScanner(limits);
    this.entries = limits.entries ?? entryLimit;
  }

  /** Takes a piece of the text. Throws POLICY_SYNTAX, POLICY_TWICE and POLICY_TOO_LARGE. */
  push(bytes: Uint8Array, from: number, to: number): void {
    this.scanner.push(bytes, from, to);
  }

  /** The text is complete: checks one entry of it. Undefined until all of them are checked. Throws POLICY_… with the path of what is wrong, and TLS_NO_MEMORY. */
  next(): DynamicPolicy | undefined {
    const { scanner, entries } = this;
    this.check ??= new PolicyCheck({ tape: scanner.end(), entries });
    return this.check.step() ? undefined : new DynamicPolicy(scanner.tape, entries);
  }

  /** The same at once. */
  end(): DynamicPolicy {
    for (;;) {
      const policy = this.next();
      if (policy) return policy;
    }
  }
}

/** Reads a policy that is there as a whole. Throws as {@link PolicyReader} does. */
export function readPolicy(text: string, limits: PolicyLimits = {}): DynamicPolicy {
  const tape = scanPolicy(text, limits);
  const { entries = entryLimit } = limits;
  checkPolicy({ tape, entries });
  return new DynamicPolicy(tape, entries);
}

/** @internal The tape of a text, of which nothing is known but that it is JSON. */
export function scanPolicy(text: string, limits: PolicyLimits): PolicyTape {
  const size = Bytes.size(text);
  const scanner = new PolicyScanner({ ...limits, text: Math.min(limits.text ?? textLimit, size) });
  const bytes = new Uint8Array(size);
  Bytes.put(text, bytes, 0);
  scanner.push(bytes, 0, bytes.length);
  return scanner.end();
}
