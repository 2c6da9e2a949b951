/** The port of a listening stream, plain or by TLS: each connection that comes there is given to the stream's site. */
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import { Listen, type ListenOptions } from "lws/roles/listen";
import { TlsRole } from "lws/roles/tls";
import { toLwsError } from "lws/tls/pair-check";
import type { TlsIdentity } from "lws/tls/tls";
import { StreamFlag, type StreamType } from "./policy";
import type { Streams } from "./streams";

/** Limits of what a type accepts. */
export interface ServerLimits {
  /** Streams that one type accepts at once without TLS. Default 8. */
  accepted?: number;
  /** The same by TLS, where a session takes much more memory; those beyond wait for their turn. Default 4. */
  acceptedTls?: number;
}

/** Most streams that `type` accepts at once. */
export function limitOf({ flags }: StreamType, { accepted = 8, acceptedTls = 4 }: ServerLimits): number {
  return flags & StreamFlag.tls ? acceptedTls : accepted;
}

/** What a connection begins with: its site is told at once, before anything has come. */
export abstract class Starter implements Role {
  abstract readonly name: string;

  /** A connection is there, and its handshake is over where it has one: gives it another role. */
  abstract onRx(wsi: Wsi): void;
  onWriteable(): void {}
  onEnd(wsi: Wsi): void {
    wsi.drop();
  }
  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }
  write(): void {
    throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
  }
  close(wsi: Wsi): void {
    wsi.drop();
  }
  onClosed(): void {}
}

/** A port whose connections are served before anything has come on them, and that may be that of one address. */
class EagerListen extends Listen {
  constructor(
    private readonly loop: Context,
    options: ListenOptions,
    /** Connections to other addresses are dropped; "" for none. */
    private readonly address: string,
  ) {
    super(loop, options);
  }

  override onConnection(): void {
    const { loop, address } = this;
    const before = loop.first;
    loop.enter();
    super.onConnection();
    // What has just been accepted is the first of all connections.
    const wsi = loop.first;
    if (wsi && wsi !== before) {
      if (address !== "" && wsi.transport?.localAddress !== address) wsi.drop();
      wsi.flags |= Flag.rx;
      loop.enqueue(wsi);
    }
    loop.leave();
  }
}

/** The address that a server type listens at; "" for all. Throws STREAM_BAD_VALUE. */
function addressOf({ name, endpoint = "" }: StreamType): string {
  if (endpoint === "" || endpoint === "0.0.0.0") return "";
  if (/^(?:\d{1,3}\.){3}\d{1,3}$/.test(endpoint)) return endpoint;
  throw new LwsError("STREAM_BAD_VALUE", `${name}: endpoint`);
}

export class ServerPort {
  private tls: TlsRole | undefined = undefined;

  /** Opens the port of `vhost`, which is the port's own. Throws as {@link StreamServer.open}; the vhost is destroyed then. */
  constructor(
    streams: Streams,
    type: StreamType,
    private readonly vhost: Vhost,
    starter: Starter,
    alpn: string,
    limits: ServerLimits,
  ) {
    const { context } = streams;
    try {
      const { name, flags, port } = type;
      if (port === undefined) throw new LwsError("STREAM_BAD_VALUE", `${name}: port`);
      const address = addressOf(type);
      if (flags & StreamFlag.tls) this.certify(streams, type);
      const role = flags & StreamFlag.tls ? this.makeTls(context, starter, alpn, limitOf(type, limits)) : starter;
      listen(context, { port, role, vhosts: [vhost] }, address);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private certify(streams: Streams, { name, serverCert, serverKey }: StreamType): void {
    if (serverCert === undefined || serverKey === undefined) {
      throw new LwsError("STREAM_BAD_VALUE", `${name}: server_cert, server_key`);
    }
    try {
      TlsRole.certify(this.vhost, streams.certificate(serverCert), streams.certificate(serverKey));
    } catch (error) {
      throw toLwsError(error);
    }
  }

  private makeTls(context: Context, role: Role, alpn: string, sessions: number): TlsRole {
    try {
      this.tls = new TlsRole({ context, role, alpn, sessions });
      return this.tls;
    } catch (error) {
      throw toLwsError(error);
    }
  }

  /** Listens no more; connections that are left end what they are at. */
  close(): void {
    const { tls, vhost } = this;
    this.tls = undefined;
    vhost.destroy(() => {
      (vhost.identity as TlsIdentity | undefined)?.close();
      tls?.retire();
    });
  }
}

function listen(context: Context, options: ListenOptions, address: string): void {
  try {
    new EagerListen(context, options, address);
  } catch (error) {
    throw new LwsError("STREAM_NO_PORT", `${options.port}: ${(error as Error).message}`);
  }
}
