/** A server's stream on a vhost that is there already, as `"endpoint": "!NAME"` wants it: what the vhost has of its own goes on, the type gets a mountpoint of it. */
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { Protocol, ProtocolClass } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { HttpVhost } from "lws/http/http-vhost";
import type { BoundMount } from "lws/http/mount";
import { AcceptedH1 } from "./accepted-h1";
import { type Doorman, talkAs } from "./accepted-ws";
import type { ListeningStream, Site } from "./listening";
import { StreamFlag } from "./policy";
import type { H1ServerOptions } from "./server-h1";
import { limitOf } from "./server-port";
import { Serving } from "./server-protocol";
import { mountOn, optionsOf, talksOf } from "./server-site";
import type { Streams } from "./streams";

/** The vhost of any port that is open. Throws STREAM_NO_VHOST. */
function vhostOf(context: Context, name: string): HttpVhost {
  for (const { vhosts } of context.ports) {
    for (const vhost of vhosts) if (vhost.name === name.toLowerCase() && vhost instanceof HttpVhost) return vhost;
  }
  throw new LwsError("STREAM_NO_VHOST", name);
}

/** Its connections are the vhost's, so that a stream lasts as long as a request, or a WebSocket. */
export class AttachedSite implements Site, Doorman {
  private readonly vhost: HttpVhost;
  private readonly limit: number;
  private readonly talks: Protocol[] = [];
  private mount: BoundMount | undefined = undefined;

  constructor(
    streams: Streams,
    private readonly listener: ListeningStream,
    private readonly options: H1ServerOptions,
  ) {
    const { type } = listener;
    const { bodyLimit = Number.POSITIVE_INFINITY } = options;
    const vhost = vhostOf(streams.context, type.endpoint?.slice(1) ?? "");
    const pvo = optionsOf(type);
    this.vhost = vhost;
    this.limit = limitOf(type, options);
    const names = talksOf(type);
    for (const name of names) {
      if (vhost.protocol(name)) throw new LwsError("STREAM_TAKEN", `${vhost.name}: ${name}`);
    }
    if (type.protocol !== "ws") {
      this.mount = mountOn(vhost, new Serving(vhost, pvo, this, bodyLimit, true), pvo["mountpoint"] ?? "/");
    }
    for (const name of names) {
      const Class: ProtocolClass = talkAs(name, this, type.subprotocol !== undefined);
      this.talks.push(new Class(vhost, pvo));
    }
    vhost.protocols = vhost.protocols.concat(this.talks);
    this.letUpgrade(names.length > 0);
  }

  private letUpgrade(isWanted: boolean): void {
    const { vhost, options } = this;
    if (!isWanted || !options.webSocket || vhost.upgrades.some(({ token }) => token === "websocket")) return;
    vhost.upgrades = vhost.upgrades.concat(options.webSocket);
  }

  mayEnter(wsi: Wsi): boolean {
    const { type, length } = this.listener;
    if (type.flags & StreamFlag.tls && !wsi.transport?.secure) throw new LwsError("MISDIRECTED");
    if (length >= this.limit) throw new LwsError("OVERLOADED", type.name);
    return true;
  }

  linkOf(wsi: Wsi): AcceptedH1 {
    this.mayEnter(wsi);
    const link = new AcceptedH1(wsi);
    link.stream = this.listener.accept(link);
    if (!link.stream) wsi.drop();
    return link;
  }

  end(): void {
    const { vhost, talks, mount } = this;
    vhost.mounts = vhost.mounts.filter((other) => other !== mount);
    vhost.protocols = vhost.protocols.filter((other) => !talks.includes(other));
  }
}
