/** A message that its user writes in pieces. One that has to be acknowledged, or whose length is not known, is gathered; another goes out as it comes. */
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";

export class MqttDraft {
  bytes = new Uint8Array(0);
  /** Bytes that are gathered. */
  length = 0;
  /** Bytes of the message; 0: not known. */
  total = 0;
  /** Bytes that are still to be sent of one that goes out as it comes. */
  private left = 0;
  /** Bytes that have been written. */
  private written = 0;
  isBlank = true;
  isSending = false;
  /** Nothing can come of it. */
  isSpoilt = false;

  constructor(
    private readonly qos: number,
    private readonly limit: number,
  ) {}

  begin(total: number): void {
    this.isBlank = false;
    this.total = total;
  }

  /** It goes out as it comes. */
  get streams(): boolean {
    return this.qos === 0 && this.total > 0;
  }
  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Bytes that may be written at once. */
  room(most: number): number {
    return this.isBlank || this.total === 0 ? most : Math.min(most, this.total - this.written);
  }

  /** Counts what was written: true if that was all that there is to be. */
  isFull(count: number): boolean {
    this.written += count;
    return this.total > 0 && this.written >= this.total;
  }

  /** Gathers a piece. Throws OVERLOADED for a message that is too large. */
  keep(source: Uint8Array, from: number, to: number): void {
    const length = this.length + to - from;
    if (length > this.limit) throw new LwsError("OVERLOADED", "a message that is too large to be kept");
    if (length > this.bytes.length) {
      const bytes = new Uint8Array(Math.min(Math.max(this.total, 2 * length), this.limit));
      Bytes.copy(this.bytes, 0, this.length, bytes, 0);
      this.bytes = bytes;
    }
    this.length = Bytes.copy(source, from, to, this.bytes, this.length);
  }

  startSending(count: number): void {
    this.isSending = true;
    this.left = this.total - count;
  }
  /** Counts what is sent: true if that was the rest. */
  send(count: number): boolean {
    this.left -= count;
    return this.left === 0;
  }

  spoil(): void {
    this.isSpoilt = true;
  }

  /** The last piece was written: true if nothing has come of it. */
  end(): boolean {
    const { isSpoilt } = this;
    this.bytes = new Uint8Array(0);
    this.length = this.written = this.total = 0;
    this.isBlank = true;
    this.isSending = this.isSpoilt = false;
    return isSpoilt;
  }
}
