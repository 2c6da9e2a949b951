/**
 * Streams that serve HTTP/1.1, and WebSockets where the policy names a subprotocol: on a port of their own, or at a mountpoint of a vhost that is there already.
 */
import { LwsError } from "lws/core/errors";
import type { HttpVhostOptions, Upgrade } from "lws/http/http-vhost";
import type { H1 } from "lws/roles/h1";
import type { StreamHandlers } from "./handlers";
import { ListeningStream } from "./listening";
import { placeOf } from "./metadata";
import type { StreamType } from "./policy";
import type { StreamServer } from "./server";
import { AttachedSite } from "./server-attached";
import type { ServerLimits } from "./server-port";
import { OwnSite } from "./server-site";
import type { Stream } from "./stream";
import type { CreateOptions, Streams } from "./streams";

export interface H1ServerOptions
  extends ServerLimits,
    Pick<HttpVhostOptions, "authenticator" | "headers" | "keepAlive" | "timeout"> {
  /** What is spoken. The image's own, where it has one: the transactions are shared then. */
  role: H1;
  /** What takes over where a request asks for a WebSocket: a `WebSocketRole`. Without it, types with a subprotocol are STREAM_UNSUPPORTED. */
  webSocket?: Upgrade;
  /** Largest request body in bytes. Default: any, since bodies are not kept. */
  bodyLimit?: number;
}

/** The server of types with `protocol` h1, and of those with ws, which serve WebSockets and nothing else. */
export class H1Server implements StreamServer {
  constructor(readonly options: H1ServerOptions) {}

  open<User>(
    streams: Streams,
    type: StreamType,
    handlers: StreamHandlers<User>,
    options: CreateOptions<User>,
  ): Stream<User> {
    this.check(type);
    const listener = new ListeningStream(streams, type, handlers, options);
    const Kind = type.endpoint?.startsWith("!") ? AttachedSite : OwnSite;
    listener.site = new Kind(streams, listener as unknown as ListeningStream, this.options);
    return listener;
  }

  private check(type: StreamType): void {
    const { name, protocol, subprotocol } = type;
    const isWs = protocol === "ws";
    if ((isWs || subprotocol !== undefined) && !this.options.webSocket) throw new LwsError("STREAM_UNSUPPORTED", name);
    if (isWs) return;
    // Who can't tell what is asked for can't answer it.
    for (const fact of ["method", "path"]) {
      if (placeOf(type, fact) < 0) throw new LwsError("STREAM_BAD_VALUE", `${name}: metadata ${fact}`);
    }
  }
}
