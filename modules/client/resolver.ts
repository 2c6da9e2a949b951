/**
 * From names to addresses, over the name server that the network names (RFC 1035): A records, with a cache. Queries for the same name are one; a query
 * has an id that nobody can guess, and only what answers it, word for word and from where it was sent to, is looked at.
 */
import type { Context } from "lws/core/context";
import { type Recipient, receiveAll } from "lws/core/datagrams";
import type { ErrorCode } from "lws/core/errors";
import { log } from "lws/core/log";
import { Netif, UDP, type UDPTarget } from "lws/platform/sockets";
import { Dns, DnsClass, DnsType } from "lws/system/dns-message";
import { DnsWriter } from "lws/system/dns-writer";
import Time from "time";
import { isHostAddress } from "./endpoint";
import { randomBelow, withJitter } from "./random";
import { LONGEST_NAME, ResolveAnswer, Verdict } from "./resolve-answer";
import { Query, type QueryOwner, type Resolved } from "./resolve-query";

/** Port of name servers. */
const PORT = 53;
/** Milliseconds after which a query is sent again, for the first, second, … time; the last repeats. Each is up to a fifth longer. */
const RETRIES: readonly number[] = [300, 500, 700, 1250, 5000];
const JITTER = 20;
/** Milliseconds that a query may take in all. */
const PATIENCE = 30_000;
/** Milliseconds between two tries to send where the stack has no room, and how many there are: a second in all. */
const ROOM = 100;
const ROOM_TRIES = 10;
/** Queries at once. */
const QUERIES = 8;
/** Names that are kept, and for how many seconds at most. */
const KEPT = 10;
const LONGEST_TTL = 86_400;

/** A name whose addresses are known. */
class Known {
  readonly since = Time.ticks;
  constructor(
    readonly name: string,
    readonly addresses: readonly string[],
    /** Milliseconds. */
    readonly ttl: number,
  ) {}
}

export interface ResolverOptions {
  context: Context;
  /** Address of the name server; undefined or "" while there is none. Default: the one that DHCP has named. */
  server?: () => string | undefined;
}

export class Resolver implements QueryOwner, UDPTarget, Recipient {
  private readonly context: Context;
  private readonly server: () => string | undefined;
  private readonly queries: Query[] = [];
  /** The name used last is the last one. */
  private known: Known[] = [];
  /** Who has told them. */
  private teller = "";
  /** @internal Open while a query is under way, so that each has another port. */
  socket: UDP | undefined = undefined;
  private answer: ResolveAnswer | undefined = undefined;

  constructor(options: ResolverOptions) {
    this.context = options.context;
    this.server = options.server ?? (() => Netif.address("station")?.dns);
  }

  /** Finds the addresses of `name`. A dotted address, and "localhost", are their own answer. */
  resolve(name: string, asker: Resolved): void {
    const wanted = name.toLowerCase().replace(/\.$/, "");
    let query = this.queries.find((each) => each.name === wanted && !each.isOver);
    if (!query) {
      query = new Query(this, wanted);
      this.settle(query);
      this.queries.push(query);
      this.context.scheduler.schedule(query, 0);
    }
    query.askers.push(asker);
  }

  /** `asker` does not want to know any more. */
  cancel(asker: Resolved): void {
    for (const query of [...this.queries]) {
      const at = query.askers.indexOf(asker);
      if (at >= 0) query.askers.splice(at, 1);
      if (query.askers.length === 0) this.forget(query);
    }
  }

  /** What needs no question. */
  private settle(query: Query): void {
    const { name } = query;
    if (/^[\d.]+$/.test(name)) {
      if (isHostAddress(name)) query.addresses = [name];
      else query.failure = "RESOLVE_NO_NAME";
    } else if (name === "localhost") query.addresses = ["127.0.0.1"];
    else if (!isHostName(name)) query.failure = "RESOLVE_NO_NAME";
    else if (this.queries.length >= QUERIES) query.failure = "RESOLVE_FAILED";
    else query.addresses = this.recall(name);
  }

  // --- the cache ------------------------------------------------------------------------------------------------------------

  private recall(name: string): readonly string[] | undefined {
    if (this.server() !== this.teller) this.known.length = 0;
    // Each look throws out what is out of date, long before the count of milliseconds comes round.
    this.known = this.known.filter((each) => Time.delta(each.since) >>> 0 < each.ttl);
    const at = this.known.findIndex((each) => each.name === name);
    if (at < 0) return undefined;
    const [found] = this.known.splice(at, 1);
    this.known.push(found as Known);
    return found?.addresses;
  }

  private keep(query: Query, addresses: readonly string[], ttl: number): void {
    if (query.server !== this.teller) this.known.length = 0;
    this.teller = query.server;
    if (ttl < 1) return;
    if (this.known.length === KEPT) this.known.shift();
    this.known.push(new Known(query.name, addresses, 1000 * Math.min(ttl, LONGEST_TTL)));
  }

  // --- queries --------------------------------------------------------------------------------------------------------------

  /** @internal The time of a query has come: to be told, to be sent, or to be given up. */
  due(query: Query): void {
    if (query.isOver) this.tell(query);
    else if (Time.delta(query.begun) >= PATIENCE) this.fail(query, "RESOLVE_FAILED");
    else this.send(query);
  }

  private send(query: Query): void {
    const server = this.server() ?? "";
    const { context } = this;
    if (!isHostAddress(server)) {
      this.fail(query, "RESOLVE_FAILED");
      return;
    }
    try {
      this.socket ??= new UDP({ target: this });
    } catch (error) {
      log.warn("resolve", String(error));
      this.fail(query, "RESOLVE_FAILED");
      return;
    }
    while (query.id < 0) {
      const id = randomBelow(0x10000);
      if (!this.queries.some((each) => each.id === id)) query.id = id;
    }
    query.server = server;
    const writer = new DnsWriter(context.tx);
    writer.begin(query.id, Dns.desired);
    writer.question(query.asked, DnsType.A, DnsClass.IN);
    if (this.socket.write(context.tx, 0, writer.end, server, PORT)) {
      query.unsent = 0;
      const delay = RETRIES[Math.min(query.sent++, RETRIES.length - 1)] as number;
      context.scheduler.schedule(query, Math.min(withJitter(delay, JITTER), PATIENCE - Time.delta(query.begun)));
    } else if (++query.unsent < ROOM_TRIES) context.scheduler.schedule(query, ROOM);
    else this.fail(query, "RESOLVE_FAILED");
  }

  /** @internal */
  onDatagram(): void {
    receiveAll(this.context, "resolve", this);
  }

  /** @internal */
  receive(socket: UDP, length: number): void {
    this.answer ??= new ResolveAnswer(this.context.buffer);
    const { answer } = this;
    const id = answer.begin(length);
    const query = id < 0 ? undefined : this.queries.find((each) => each.id === id && !each.isOver);
    if (!query || socket.port !== PORT || socket.address !== query.server || socket.interface !== "station") return;
    switch (answer.read(query.asked, query.aliases, query.ttl)) {
      case Verdict.addresses:
        query.addresses = answer.addresses;
        this.keep(query, answer.addresses, answer.ttl);
        this.context.scheduler.schedule(query, 0);
        break;
      case Verdict.alias:
        query.asked = answer.name;
        query.aliases = answer.aliases;
        query.ttl = answer.ttl;
        query.id = -1;
        query.sent = 0;
        this.send(query);
        break;
      case Verdict.noName:
        this.fail(query, "RESOLVE_NO_NAME");
        break;
      case Verdict.failed:
        this.fail(query, "RESOLVE_FAILED");
        break;
    }
  }

  private fail(query: Query, code: ErrorCode): void {
    query.failure = code;
    this.context.scheduler.schedule(query, 0);
  }

  /** The query is over: tells one asker a turn, since each may ask or cancel others. */
  private tell(query: Query): void {
    const { addresses, failure, askers } = query;
    const asker = askers.shift();
    if (askers.length === 0) this.forget(query);
    else this.context.scheduler.schedule(query, 0);
    if (addresses) asker?.resolved(addresses);
    else asker?.unresolved(failure ?? "RESOLVE_FAILED");
  }

  private forget(query: Query): void {
    const at = this.queries.indexOf(query);
    if (at >= 0) this.queries.splice(at, 1);
    this.context.scheduler.cancel(query);
    if (this.queries.length > 0) return;
    this.socket?.close();
    this.socket = undefined;
  }
}

/** Labels of letters, digits, hyphens and underscores, as names of hosts have them. */
function isHostName(name: string): boolean {
  return name.length <= LONGEST_NAME && /^[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/.test(name);
}
