/** Streams of files: with `"endpoint": "file://PATH"`, what a connection gives is a file of the image. */
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import type { FileSystem, Reader } from "lws/vfs/file";
import type { Adapter, Link } from "./adapter";
import { Part } from "./handlers";
import type { Stream } from "./stream";
import type { Target } from "./target";

export interface FileStreamsOptions {
  context: Context;
  /** Where the files are. */
  files: FileSystem;
}

/** Most bytes that come at once. */
const pieceLimit = 1400;

export class FileStreams implements Adapter {
  readonly alpn = "";

  constructor(private readonly options: FileStreamsOptions) {}

  dial(stream: Stream, target: Target): Link {
    return new FileLink(stream, this.options, target.path);
  }
}

class FileLink extends Sul implements Link {
  private readonly source: ByteSource;
  /** What is left of the source, or who makes the content out of it. */
  private at: number;
  private readonly to: number;
  private reader: Reader | undefined;
  private isBegun = false;
  /** CONNECTED has been reported. */
  private isUp = false;

  constructor(
    private readonly stream: Stream,
    private readonly options: FileStreamsOptions,
    path: string,
  ) {
    super();
    const file = options.files.open(path, false);
    if (typeof file !== "object") throw new LwsError(file ?? "NOT_FOUND", path);
    const { member, source, length } = file;
    this.source = source;
    this.at = member?.from ?? 0;
    this.to = member?.to ?? length;
    this.reader = member?.reader?.();
    if (member?.reader && !this.reader) throw new LwsError("OVERLOADED", path);
    this.wake();
  }

  /** Nothing is written to a file. */
  requestTx(): void {}
  rxFlow(on: boolean): void {
    if (on) this.wake();
    else this.options.context.scheduler.cancel(this);
  }
  confirmValid(): void {}
  close(): void {
    this.options.context.scheduler.cancel(this);
    this.reader?.close();
    this.reader = undefined;
  }

  private wake(): void {
    this.options.context.scheduler.schedule(this, 0);
  }

  /** One piece in each turn. */
  override fire(): void {
    const { stream } = this;
    if (!this.isUp) {
      this.isUp = true;
      if (stream.connected(this)) this.wake();
      return;
    }
    const { bytes } = stream.payload;
    const most = stream.rxRoom(Math.min(pieceLimit, bytes.length));
    if (most === 0) return;
    let count = 0;
    try {
      count = this.read(bytes, most);
    } catch (error) {
      log.err(`stream ${stream.type.name}`, String(error));
      this.end(false);
      return;
    }
    const isEnd = this.reader ? count === 0 : this.at === this.to;
    const flags = (this.isBegun ? 0 : Part.som) | (isEnd ? Part.eom : 0);
    this.isBegun = true;
    // A user that has used its credit up holds the rest back from inside of this.
    if (!isEnd) this.wake();
    if (stream.receive(this, bytes, 0, count, flags) && isEnd) this.end(true);
  }

  private read(into: Uint8Array, most: number): number {
    const { reader, at } = this;
    if (reader) return reader.read(into, 0, most);
    this.at = Math.min(at + most, this.to);
    return Bytes.copy(this.source, at, this.at, into, 0);
  }

  private end(isGood: boolean): void {
    const { stream } = this;
    if (!stream.acknowledge(this, isGood)) return;
    this.close();
    stream.ended(this);
  }
}
