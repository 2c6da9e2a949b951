/**
 * Local sinks: streams whose other end is another component of the device. One stream of a type is its sink; each that is created afterwards is joined to a stream that the
 * sink accepts, without any network. What one end writes comes to the other in a later turn, in pieces.
 */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { type Accepted, Paired } from "./accepted";
import { Ret, type StreamHandlers } from "./handlers";
import { ListeningStream } from "./listening";
import type { StreamType } from "./policy";
import type { StreamServer } from "./server";
import { SinkEnd } from "./sink-end";
import { StreamState } from "./states";
import type { Stream } from "./stream";
import type { CreateOptions, Streams } from "./streams";

/** What an image names for types with `local_sink`: `servers: { sink: new Sinks() }`. */
export class Sinks implements StreamServer {
  private sinks: readonly SinkStream<unknown>[] = [];

  open<User>(
    streams: Streams,
    type: StreamType,
    handlers: StreamHandlers<User>,
    options: CreateOptions<User>,
  ): Stream<User> {
    const found = this.sinks.find((sink) => sink.type === type);
    if (!options.sink) {
      if (!found) throw new LwsError("STREAM_NO_SINK", type.name);
      return join(streams, found, handlers, options);
    }
    if (found) throw new LwsError("STREAM_TAKEN", type.name);
    const sink = new SinkStream(streams, type, handlers, options);
    const known = sink as unknown as SinkStream<unknown>;
    sink.site = {
      end: () => {
        this.sinks = this.sinks.filter((other) => other !== known);
      },
    };
    this.sinks = this.sinks.concat(known);
    return sink;
  }
}

/** A source for `sink`, which may not want it: STREAM_REFUSED then. */
function join<User>(
  streams: Streams,
  sink: SinkStream<unknown>,
  handlers: StreamHandlers<User>,
  { user, initialRxCredit = 0 }: CreateOptions<User>,
): Stream<User> {
  const source = new SourceStream(streams, sink.type, handlers, user, initialRxCredit);
  source.sink = sink;
  if (!sink.lets(source as unknown as Stream)) throw new LwsError("STREAM_REFUSED", sink.type.name);
  return source;
}

/** The stream that is the sink of its type. */
class SinkStream<User> extends ListeningStream<User> {
  /** Streams that have left, and of which SINK_PART has still to tell. */
  private parting = 0;

  /** Whether its user wants one more source. */
  lets(source: Stream): boolean {
    this.enter();
    let ret: Ret = Ret.destroy;
    try {
      ret = this.stateBy.state(this, StreamState.sinkJoin, this.length, source);
    } catch (error) {
      this.complain(error);
    }
    this.obey(Ret.ok);
    return ret === Ret.ok && this.alive;
  }

  override left(client: Accepted<User>): void {
    super.left(client);
    if (!this.alive) return;
    this.parting++;
    this.streams.scheduler.schedule(this, 0);
  }

  override fire(): void {
    for (; this.parting > 0 && this.alive; this.parting--) this.report(StreamState.sinkPart, this.length);
  }
}

/** The end of a pair that was created; the sink has accepted the other. */
class SourceStream<User> extends Paired<User> {
  sink: SinkStream<unknown> | undefined = undefined;

  override start(): boolean {
    const { sink } = this;
    this.sink = undefined;
    if (!sink || !super.start()) return false;
    const { scheduler } = this.streams;
    const near = new SinkEnd(scheduler, this as unknown as Paired);
    const far = near.makeOther();
    this.moveTo(near);
    const accepted = sink.accept(far, this as unknown as Stream);
    if (!accepted) {
      log.info(this.tag, "the sink does not want it");
      this.finish();
      return false;
    }
    far.stream = accepted;
    if (!this.report(StreamState.connecting) || !this.establish(near)) return false;
    accepted.establish(far);
    return this.alive;
  }
}
