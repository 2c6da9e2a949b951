/**
 * A test image: a unit on a network that fetches its policy. `PUT /start?TRIES` has the policy in its body that the image would have otherwise; the system begins to rise then. `PUT /stream?NAME` makes a
 * stream and connects it, `PUT /end` ends all. `GET /` tells where the system is, and what has been heard since the last time.
 */
import { Resolver } from "lws/client/resolver";
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { HttpVhost } from "lws/http/http-vhost";
import { replyJSON, transaction } from "lws/http/transaction";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { FetchPolicy } from "lws/secure-streams/fetch-policy";
import { H1Streams } from "lws/secure-streams/h1";
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { PolicyReader } from "lws/secure-streams/policy-dynamic";
import { RawStreams } from "lws/secure-streams/raw";
import { stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { Bus, BusClass, type BusPeer, type Message } from "lws/system/bus";
import { Ladder, SystemState, systemStateName } from "lws/system/ladder";
import { Unit } from "lws/system/unit";

/** A system that rises. */
class Rising implements BusPeer, StreamHandlers<string> {
  readonly bus: Bus;
  readonly ladder: Ladder;
  readonly streams: Streams;
  readonly fetch: FetchPolicy;
  heardOf: Message[] = [];
  said: string[] = [];

  constructor(context: Context, resolver: Resolver, reader: PolicyReader, tries: number) {
    const waits = { resolver, connectTimeout: 1500, answerTimeout: 400, bodyTimeout: 400 };
    const adapters = { h1: new H1Streams(waits), raw: new RawStreams(waits) };
    this.bus = new Bus({ context });
    this.ladder = new Ladder({ scheduler: context.scheduler, bus: this.bus });
    this.streams = new Streams({ context, policy: reader.end(), adapters });
    this.fetch = new FetchPolicy({
      ladder: this.ladder,
      streams: this.streams,
      bus: this.bus,
      ...(tries > 0 && { tries }),
      timeout: 2000,
    });
    this.bus.join(BusClass.systemState, this);
    this.ladder.advance(SystemState.operational);
  }

  heard(_kind: number, message: Message): void {
    if (message["policy"]) this.heardOf.push(message);
  }
  state(stream: Stream<string>, state: number): Ret {
    this.said.push(`${stream.user} ${stateName(state)}`);
    return Ret.ok;
  }

  create(name: string): void {
    this.streams.create(name, this, { user: `${name} ${this.streams.policy.release}` }).connect();
  }

  get facts(): object {
    const { ladder, streams, fetch, heardOf, said } = this;
    this.heardOf = [];
    this.said = [];
    return {
      system: systemStateName(ladder.state),
      release: streams.policy.release,
      error: fetch.error,
      streams: streams.length,
      stores: streams.trust.length + streams.trust.draining,
      bus: heardOf,
      said,
    };
  }

  end(): void {
    this.fetch.close();
    this.streams.close();
    this.bus.leave(this);
  }
}

let rising: Rising | undefined;

class Board extends Protocol {
  static readonly protocol: string = "board";
  override readonly methods: string = "GET, PUT";

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly context: Context,
    private readonly resolver: Resolver,
  ) {
    super(vhost, options);
  }

  override open(): PolicyReader {
    return new PolicyReader();
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    (wsi.pss as PolicyReader).push(buffer, from, to);
  }
  override onBodyEnd(wsi: Wsi): void {
    const { path, query } = transaction(wsi);
    let error: unknown;
    try {
      if (path === "/start") rising = new Rising(this.context, this.resolver, wsi.pss as PolicyReader, Number(query));
      else if (path === "/stream") rising?.create(query);
      else if (path === "/end") {
        rising?.end();
        rising = undefined;
      }
    } catch (thrown) {
      error = thrown instanceof LwsError ? thrown.code : String(thrown);
    }
    wsi.pss = undefined;
    replyJSON(wsi, 200, JSON.stringify({ error }));
  }
  override onRequest(wsi: Wsi): void {
    if (transaction(wsi).method === "GET") replyJSON(wsi, 200, JSON.stringify(rising?.facts ?? {}));
  }
}

export default function start(context: Context): void {
  const unit = new Unit({ context, accessPoint: true });
  const resolver = new Resolver({ context });
  const board: ProtocolClass = class extends Board {
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, context, resolver);
    }
  };
  const vhost = new HttpVhost(context, {
    name: "fetchpolicy",
    protocols: [board],
    mounts: [{ mountpoint: "/", protocol: Board.protocol }],
    timeout: 60_000,
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  unit.start();
}
