/** One end of what connects a source with its sink. Each end holds what has come for it, one piece at most; the other does not write before it is taken. */
import type { Scheduler } from "lws/core/scheduler";
import { Sul } from "lws/core/scheduler";
import type { Paired } from "./accepted";
import type { Link } from "./adapter";
import { Part } from "./handlers";

/** Most bytes that are written at once. */
const pieceLimit = 1380;

export class SinkEnd extends Sul implements Link {
  private other: SinkEnd | undefined = undefined;
  /** What has come, and its bits of {@link Part}. */
  private piece: Uint8Array | undefined = undefined;
  private flags = 0;

  constructor(
    private readonly scheduler: Scheduler,
    /** Undefined when it has let go, and before it is there. */
    public stream: Paired | undefined,
  ) {
    super();
  }

  makeOther(): SinkEnd {
    const other = new SinkEnd(this.scheduler, undefined);
    this.other = other;
    other.other = this;
    return other;
  }

  // --- for the stream -----------------------------------------------------------------------------------------------------------

  requestTx(): void {
    this.wake();
  }
  rxFlow(on: boolean): void {
    if (on) this.wake();
  }
  confirmValid(): void {}

  close(): void {
    const { other } = this;
    this.stream = this.other = this.piece = undefined;
    this.scheduler.cancel(this);
    if (!other) return;
    other.other = undefined;
    other.wake();
  }

  // --- turns --------------------------------------------------------------------------------------------------------------------

  private wake(): void {
    this.scheduler.schedule(this, 0);
  }

  override fire(): void {
    this.deliver();
    this.write();
    if (!this.other) this.stream?.ended(this);
  }

  private deliver(): void {
    const { stream, piece, flags } = this;
    if (!stream || !piece) return;
    const count = stream.rxRoom(piece.length);
    if (count === 0 && piece.length > 0) return;
    const isAll = count === piece.length;
    this.piece = isAll ? undefined : piece.slice(count);
    this.flags = flags & ~Part.som;
    if (isAll) this.other?.wake();
    stream.receive(this, piece, 0, count, isAll ? flags : flags & ~Part.eom);
    if (this.piece && stream.rxRoom(1) > 0) this.wake();
  }

  private write(): void {
    const { stream, other } = this;
    if (!stream?.wantsTx || !other?.stream || other.piece) return;
    const room = stream.payload;
    room.open(0, Math.min(pieceLimit, room.bytes.length));
    if (!stream.fill(this, room) || this.other !== other) return;
    const { from, length, flags } = room;
    if (length === 0 && flags === 0) return;
    other.piece = room.bytes.slice(from, from + length);
    other.flags = flags;
    other.wake();
  }
}
