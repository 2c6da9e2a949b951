/** Where the connections of an HTTP server's stream come from, and how each finds its stream. */
import { LwsError } from "lws/core/errors";
import type { Options, Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import { bindMount } from "lws/http/bind-mount";
import { HttpVhost } from "lws/http/http-vhost";
import type { BoundMount } from "lws/http/mount";
import Time from "time";
import { AcceptedH1 } from "./accepted-h1";
import { AcceptedWire } from "./accepted-wire";
import { type Doorman, talkAs } from "./accepted-ws";
import type { ListeningStream, Site } from "./listening";
import type { StreamType } from "./policy";
import type { H1ServerOptions } from "./server-h1";
import { limitOf, ServerPort, Starter } from "./server-port";
import { Serving } from "./server-protocol";
import type { Stream } from "./stream";
import type { Streams } from "./streams";

/** Milliseconds that a connection has for the headers of its first request before it may have to make room; what an idle one counts more. */
const grace = 500;
const preference = 0x40000000;

/** Options of the policy, as protocols take them. */
export function optionsOf({ options = [] }: StreamType): Options {
  const pvo: Record<string, string> = {};
  for (let i = 0; i + 1 < options.length; i += 2) pvo[options[i] as string] = options[i + 1] as string;
  return pvo;
}

/** Names under which WebSocket clients find the type. */
export function talksOf({ name, protocol, subprotocol }: StreamType): string[] {
  if (subprotocol !== undefined) return subprotocol.split(/, ?/);
  return protocol === "ws" ? [name] : [];
}

/** Makes requests to `mountpoint` the protocol's. Throws STREAM_TAKEN where something else is mounted there, and BAD_OPTION. */
export function mountOn(vhost: HttpVhost, protocol: Protocol, mountpoint: string): BoundMount {
  for (const other of vhost.mounts) {
    if (other.mountpoint === mountpoint) throw new LwsError("STREAM_TAKEN", `${vhost.name}: ${mountpoint}`);
  }
  const auth = protocol.basicAuth;
  if (auth !== undefined) {
    if (!vhost.authenticator) throw new LwsError("BAD_OPTION", "basic-auth without an authenticator");
    vhost.authenticator.admit(auth);
  }
  const bound = { ...bindMount(vhost, { mountpoint, none: true }, vhost.headers), protocol, auth };
  vhost.mounts = vhost.mounts.concat(bound).sort((a, b) => b.mountpoint.length - a.mountpoint.length);
  return bound;
}

/** A port of the type's own: a stream lasts as long as its connection. */
export class OwnSite extends Starter implements Site, Doorman {
  readonly name = "h1";
  private readonly port: ServerPort;
  private readonly limit: number;

  constructor(
    streams: Streams,
    private readonly listener: ListeningStream,
    private readonly options: H1ServerOptions,
  ) {
    super();
    const { type } = listener;
    const { webSocket, bodyLimit = Number.POSITIVE_INFINITY } = options;
    const pvo = optionsOf(type);
    const isNamed = type.subprotocol !== undefined;
    const vhost = new HttpVhost(streams.context, {
      ...options,
      name: type.name,
      protocols: talksOf(type).map((name) => [talkAs(name, this, isNamed), pvo]),
      upgrades: webSocket && talksOf(type).length > 0 ? [webSocket] : [],
    });
    this.limit = limitOf(type, options);
    this.port = new ServerPort(streams, type, vhost, this, "http/1.1", options);
    if (type.protocol === "ws") return;
    try {
      mountOn(vhost, new Serving(vhost, pvo, this, bodyLimit, false), pvo["mountpoint"] ?? "/");
    } catch (error) {
      this.port.close();
      throw error;
    }
  }

  /** A connection is there. */
  override onRx(wsi: Wsi): void {
    if (this.listener.length >= this.limit) this.makeRoom();
    if (this.listener.length >= this.limit) {
      this.refuse(wsi);
      return;
    }
    const link = new AcceptedH1(wsi);
    const wire = new AcceptedWire(link, this.options.role);
    wsi.role = wire;
    link.stream = this.listener.accept(link);
    if (link.stream) wire.onRx(wsi);
    else wsi.drop();
  }

  refuse(wsi: Wsi): void {
    this.options.role.refuse(wsi);
  }

  /** Ends the connection that has been idle longest, or else the one that has been longest at the headers of a request. */
  private makeRoom(): void {
    const now = Time.ticks;
    let found: Stream | undefined;
    let longest = -1;
    this.listener.forEachClient((client) => {
      const { way } = client;
      if (!(way instanceof AcceptedH1)) return;
      const { reason, since } = way.wsi;
      let age = (now - since) | 0;
      if (reason === Timeout.keepAlive) age += preference;
      else if (reason !== Timeout.headers || age < grace) return;
      if (age <= longest) return;
      found = client;
      longest = age;
    });
    found?.destroy();
  }

  mayEnter(): boolean {
    return true;
  }

  linkOf(wsi: Wsi): AcceptedH1 {
    return (wsi.role as AcceptedWire).link;
  }

  /** @internal The listening stream is over. */
  end(): void {
    this.port.close();
  }
}
