/** A question for a name server that is under way, and everybody who waits for its answer. */
import type { ErrorCode } from "lws/core/errors";
import { Sul } from "lws/core/scheduler";
import Time from "time";

/** Who wants to know the addresses of a name. One of these is called, once and in a later turn; neither after `Resolver.cancel`. */
export interface Resolved {
  /** IPv4 addresses, in the order in which they are to be tried; at least one. */
  resolved(addresses: readonly string[]): void;
  /** RESOLVE_NO_NAME where there is no such name, RESOLVE_FAILED where that could not be found out. */
  unresolved(code: ErrorCode): void;
}

/** Whose the question is. */
export interface QueryOwner {
  due(query: Query): void;
}

export class Query extends Sul {
  readonly askers: Resolved[] = [];
  /** What the question is about: the name, or what that is an alias of. */
  asked: string;
  aliases = 0;
  ttl = Infinity;
  id = -1;
  /** Whom it was sent to. */
  server = "";
  readonly begun = Time.ticks;
  /** How often it was sent, and how often the stack has had no room for it. */
  sent = 0;
  unsent = 0;
  /** What is told to the askers when the query is due next, where that is known. */
  addresses: readonly string[] | undefined = undefined;
  failure: ErrorCode | undefined = undefined;

  constructor(
    private readonly owner: QueryOwner,
    readonly name: string,
  ) {
    super();
    this.asked = name;
  }

  /** What is to be told is known. */
  get isOver(): boolean {
    return this.addresses !== undefined || this.failure !== undefined;
  }

  override fire(): void {
    this.owner.due(this);
  }
}
