/**
 * A fragment of JSON that lies over a policy and changes single keys of stream types, or adds some: for builds that are tested, where an endpoint is to be wrong or a redirection to come. `false`
 * takes away what the policy has set.
 */
import type { Policy, StreamType } from "./policy";
import { checkPolicy } from "./policy-check";
import { scanPolicy } from "./policy-dynamic";
import type { PolicyLimits } from "./policy-scanner";
import { definitionOf } from "./policy-sections";
import { type Reading, readStream } from "./policy-stream";
import type { PolicyTape } from "./policy-tape";

const entryLimit = 64;

class OverlaidPolicy implements Policy, Reading {
  constructor(
    readonly under: Policy,
    readonly tape: PolicyTape,
    readonly entries: number,
  ) {
    checkPolicy(this);
    tape.trim();
  }

  get release(): string {
    return this.under.release;
  }

  get product(): string {
    return this.under.product;
  }

  stream(name: string): StreamType | undefined {
    const at = definitionOf(this.tape, "s", name);
    return at === 0 ? this.under.stream(name) : readStream(this, name, at);
  }

  store(name: string): readonly string[] | undefined {
    return this.under.store(name);
  }

  certificate(name: string): Uint8Array | undefined {
    return this.under.certificate?.(name);
  }
}

/**
 * The policy `under` with `text` laid over it, for `Streams.replace`. The fragment may have `s`, and schemes that its stream types name; trust stores are those of the policy. Throws as
 * {@link readPolicy} does.
 */
export function overlay(under: Policy, text: string, limits: PolicyLimits = {}): Policy {
  return new OverlaidPolicy(under, scanPolicy(text, limits), limits.entries ?? entryLimit);
}
