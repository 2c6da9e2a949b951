/** Streams of bytes: what is written and read is what goes over the wire. Messages have no bounds there, so flags mean nothing. */
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import type { Adapter, Link } from "./adapter";
import { Connection, type WireOptions } from "./connection";
import type { Stream } from "./stream";
import type { Target } from "./target";

/** Most bytes that are written at once. */
const pieceLimit = 1520;

export class RawStreams implements Adapter {
  readonly alpn = "";
  private readonly wire = new RawWire();

  constructor(private readonly options: WireOptions) {}

  dial(stream: Stream, target: Target): Link {
    return new RawLink(stream, target, this.options, this.wire);
  }
}

class RawLink extends Connection {
  constructor(
    stream: Stream,
    target: Target,
    options: WireOptions,
    private readonly wire: RawWire,
  ) {
    super(stream, target, "", options);
  }

  protected override begin(wsi: Wsi): void {
    wsi.role = this.wire;
    wsi.state = this;
    this.confirmValid();
    if (this.stream.rxRoom(1) === 0) wsi.rxFlow(false);
    this.stream.connected(this);
  }

  protected override leave(wsi: Wsi): void {
    wsi.state = undefined;
    wsi.finish();
  }

  override requestTx(): void {
    this.wsi?.callbackOnWritable();
  }

  override confirmValid(): void {
    const { hangup } = this;
    if (hangup > 0) this.wsi?.setTimeout(Timeout.validity, 1000 * hangup);
  }

  /** @internal */
  receive(wsi: Wsi): void {
    const { buffer } = wsi.vhost.context;
    const count = wsi.read(buffer, 0, this.stream.rxRoom(buffer.length));
    if (count > 0) this.stream.receive(this, buffer, 0, count, 0);
  }

  /** @internal */
  send(wsi: Wsi): void {
    const { stream } = this;
    if (!stream.wantsTx) return;
    const room = stream.payload;
    room.open(0, Math.min(pieceLimit, room.bytes.length));
    if (stream.fill(this, room) && room.length > 0) wsi.send(room.bytes, room.from, room.from + room.length);
  }

  /** @internal The peer has ended, or the connection is lost. */
  lost(isEnd: boolean): void {
    this.over(isEnd ? "WSI_CLOSED" : "CONNECTION_LOST");
  }
}

/** The wire. A connection's state is its link, until its stream has let go of it. */
class RawWire implements Role {
  readonly name = "stream-raw";

  onRx(wsi: Wsi): void {
    (wsi.state as RawLink | undefined)?.receive(wsi);
  }
  onWriteable(wsi: Wsi): void {
    (wsi.state as RawLink | undefined)?.send(wsi);
  }
  onEnd(wsi: Wsi): void {
    const link = wsi.state as RawLink | undefined;
    wsi.state = undefined;
    wsi.finish();
    link?.lost(true);
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
  onClosed(wsi: Wsi): void {
    const link = wsi.state as RawLink | undefined;
    wsi.state = undefined;
    link?.lost(false);
  }
}
