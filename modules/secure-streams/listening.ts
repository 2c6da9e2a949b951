/** A stream that stands for a place where connections are accepted: each of them becomes a stream of its own, with the same callbacks. */
import { LwsError } from "lws/core/errors";
import { Accepted, Undialled } from "./accepted";
import type { Link } from "./adapter";
import type { StreamHandlers } from "./handlers";
import type { StreamType } from "./policy";
import type { Stream } from "./stream";
import { Is } from "./stream-states";
import type { CreateOptions, Streams } from "./streams";

/** Where a listening stream's connections come from. */
export interface Site {
  /** The stream is over, and with it all that it had accepted. */
  end(): void;
}

export class ListeningStream<User = unknown> extends Undialled<User> {
  /** @internal */
  site: Site | undefined = undefined;
  private clients: readonly Accepted<User>[] = [];

  constructor(
    streams: Streams,
    type: StreamType,
    private readonly handlers: StreamHandlers<User>,
    private readonly options: CreateOptions<User>,
  ) {
    super(streams, type, handlers, options.user);
  }

  override start(): boolean {
    return super.start() && this.alive;
  }

  /** Streams that were accepted and are not over. */
  get length(): number {
    return this.clients.length;
  }

  override forEachClient(each: (client: Accepted<User>) => void): void {
    for (const client of this.clients) if (client.alive) each(client);
  }

  /** @internal Makes the stream of a connection, or of a local `source`; undefined where its user does not want it. What the user throws goes through. */
  accept(link: Link, source?: Stream): Accepted<User> | undefined {
    if (!this.alive) return undefined;
    const { streams, handlers, options } = this;
    const user = options.accepted ? options.accepted(this) : this.user;
    const client = new Accepted(streams, this, handlers, user, options.initialRxCredit ?? 0);
    client.policy = this.policy;
    client.moveTo(link);
    client.source = source;
    this.clients = this.clients.concat(client);
    return streams.enrol(client) ? client : undefined;
  }

  /** @internal A stream that was accepted is over. */
  left(client: Accepted<User>): void {
    // An array that shrinks in place keeps what it had: a new one lets it go.
    this.clients = this.clients.filter((other) => other !== client);
  }

  /** Ends it, with all that was accepted. Throws STREAM_IN_CALLBACK from inside of a callback of any of them. */
  override destroy(): void {
    for (const { isBusy, type } of this.clients) if (isBusy) throw new LwsError("STREAM_IN_CALLBACK", type.name);
    super.destroy();
  }

  /** There is no connection of its own to close. */
  protected override hangUp(): void {}

  protected override finish(): void {
    // Nothing is accepted any more.
    this.is |= Is.ending;
    for (const client of this.clients) client.destroy();
    const { site } = this;
    this.site = undefined;
    site?.end();
    super.finish();
  }
}
