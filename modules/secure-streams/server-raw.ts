/** Streams that serve bytes: each connection to the type's port is a stream, from when it stands. */
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { Accepted } from "./accepted";
import type { Link } from "./adapter";
import type { StreamHandlers } from "./handlers";
import { ListeningStream, type Site } from "./listening";
import type { StreamType } from "./policy";
import type { StreamServer } from "./server";
import { limitOf, type ServerLimits, ServerPort, Starter } from "./server-port";
import type { Stream } from "./stream";
import type { CreateOptions, Streams } from "./streams";

export interface RawServerOptions extends ServerLimits {
  /** Milliseconds of silence after which a peer is dropped; 0: never. Default five minutes. */
  idle?: number;
}

/** Most bytes that are written at once. */
const pieceLimit = 1520;

export class RawServer implements StreamServer {
  constructor(private readonly options: RawServerOptions = {}) {}

  open<User>(
    streams: Streams,
    type: StreamType,
    handlers: StreamHandlers<User>,
    options: CreateOptions<User>,
  ): Stream<User> {
    if (type.endpoint?.startsWith("!")) throw new LwsError("STREAM_UNSUPPORTED", `${type.name}: ${type.endpoint}`);
    const listener = new ListeningStream(streams, type, handlers, options);
    listener.site = new RawSite(streams, listener as unknown as ListeningStream, this.options);
    return listener;
  }
}

class RawSite extends Starter implements Site {
  readonly name = "stream-raw";
  private readonly port: ServerPort;
  private readonly limit: number;

  constructor(
    streams: Streams,
    private readonly listener: ListeningStream,
    private readonly options: RawServerOptions,
  ) {
    super();
    const { type } = listener;
    this.limit = limitOf(type, options);
    this.port = new ServerPort(streams, type, new Vhost(streams.context, { name: type.name }), this, "", options);
  }

  override onRx(wsi: Wsi): void {
    const { listener } = this;
    if (listener.length >= this.limit) {
      wsi.drop();
      return;
    }
    const link = new AcceptedRaw(wsi, this.options.idle ?? 300_000);
    wsi.role = link.wire;
    link.stream = listener.accept(link);
    if (link.stream) link.begin();
    else wsi.drop();
  }

  end(): void {
    this.port.close();
  }
}

class AcceptedRaw implements Link {
  /** Undefined when it has let go. */
  stream: Accepted | undefined = undefined;
  readonly wire: RawWire;

  constructor(
    readonly wsi: Wsi,
    private readonly idle: number,
  ) {
    this.wire = new RawWire(this);
  }

  begin(): void {
    const { stream, wsi } = this;
    this.confirmValid();
    if (stream?.rxRoom(1) === 0) wsi.rxFlow(false);
    if (!stream?.establish(this)) return;
    wsi.flags |= Flag.rx;
    wsi.vhost.context.enqueue(wsi);
  }

  requestTx(): void {
    this.wsi.callbackOnWritable();
  }
  rxFlow(on: boolean): void {
    this.wsi.rxFlow(on);
  }
  confirmValid(): void {
    this.wsi.setTimeout(this.idle > 0 ? Timeout.silence : Timeout.none, this.idle);
  }
  close(): void {
    this.stream = undefined;
    this.wsi.finish();
  }

  receive(): void {
    const { stream, wsi } = this;
    if (!stream) return;
    const { buffer } = wsi.vhost.context;
    const count = wsi.read(buffer, 0, stream.rxRoom(buffer.length));
    if (count === 0) return;
    this.confirmValid();
    stream.receive(this, buffer, 0, count, 0);
  }

  send(): void {
    const { stream, wsi } = this;
    if (!stream) return;
    if (stream.wantsTx) {
      const room = stream.payload;
      room.open(0, Math.min(pieceLimit, room.bytes.length));
      if (stream.fill(this, room) && room.length > 0) wsi.send(room.bytes, room.from, room.from + room.length);
    }
    // The end that waited for what there was to say.
    if (!stream.wantsTx) wsi.release(Flag.rxHeldByRole);
  }

  /** The peer has said all; what was asked to be written goes out before the stream is over. */
  end(): void {
    const { stream, wsi } = this;
    if (stream?.wantsTx) wsi.hold(Flag.rxHeldByRole | Flag.tellEnd);
    else {
      wsi.finish();
      this.lost();
    }
  }

  lost(): void {
    const { stream } = this;
    this.stream = undefined;
    stream?.ended(this);
  }
}

/** The wire of one connection. */
class RawWire implements Role {
  readonly name = "stream-raw";

  constructor(private readonly link: AcceptedRaw) {}

  onRx(): void {
    this.link.receive();
  }
  onWriteable(): void {
    this.link.send();
  }
  onEnd(): void {
    this.link.end();
  }
  /** The peer has given no sign of life for too long. */
  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }
  write(): void {
    throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
  }
  close(wsi: Wsi): void {
    wsi.finish();
  }
  onClosed(): void {
    this.link.lost();
  }
}
