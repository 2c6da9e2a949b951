/** A place where streams are accepted, over links that a case drives. */
import { Bytes } from "lws/platform/bytes";
import type { Accepted } from "lws/secure-streams/accepted";
import type { Link } from "lws/secure-streams/adapter";
import { ListeningStream } from "lws/secure-streams/listening";
import { StreamFlag } from "lws/secure-streams/policy";
import type { StreamServer } from "lws/secure-streams/server";
import { Streams } from "lws/secure-streams/streams";
import { shared as context, Recorder, TestPolicy } from "./bed";

/** A connection that has come. */
export class Arrival implements Link {
  calls: string[] = [];

  requestTx(): void {
    this.calls.push("tx");
  }
  rxFlow(on: boolean): void {
    this.calls.push(on ? "flow" : "hold");
  }
  confirmValid(): void {}
  close(): void {
    this.calls.push("close");
  }
}

export class Place {
  readonly user = new Recorder();
  /** How often the place was given up. */
  ended = 0;
  readonly streams: Streams;
  readonly listener: ListeningStream;

  constructor(credit = 0) {
    const server: StreamServer = {
      open: (streams, type, handlers, options) => {
        const listener = new ListeningStream(streams, type, handlers, options);
        listener.site = {
          end: () => {
            this.ended++;
          },
        };
        return listener;
      },
    };
    const policy = new TestPolicy({ a: { flags: StreamFlag.server, metadata: ["path", "", "mime", "content-type:"] } });
    this.streams = new Streams({ context, policy, adapters: {}, servers: { raw: server } });
    let count = 0;
    const options = { user: "listener", initialRxCredit: credit, accepted: () => `user ${++count}` };
    this.listener = this.streams.create<unknown>("a", this.user, options) as ListeningStream;
  }

  /** One more connection. */
  arrive(): { link: Arrival; stream: Accepted } {
    const link = new Arrival();
    return { link, stream: this.listener.accept(link) as Accepted };
  }

  send(stream: Accepted, link: Link, text: string, flags: number): boolean {
    const bytes = new Uint8Array(64);
    return stream.take(link, bytes, 0, Bytes.put(text, bytes, 0), flags);
  }
}
