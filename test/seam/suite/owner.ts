/** An owner of a connection that remembers what it was told, so that cases can wait for it. How many pieces data comes in differs by nature: it is gathered. */
import { Bytes } from "lws/platform/bytes";
import { Digest } from "lws/platform/digest";
import type { SocketEnd, TCP } from "lws/platform/sockets";
import Timer from "timer";

const piece = new Uint8Array(1024);
/** Text that is kept; what comes beyond it is only counted. */
const KEPT = 100;
/** Milliseconds that a wait may take. */
const patience = 30_000;

export class Owner {
  socket: TCP | undefined;
  text = "";
  bytes = 0;
  /** How often it was told of each. */
  readables = 0;
  writables = 0;
  ends = 0;
  closed: SocketEnd[] = [];
  /** While false, what arrives is left where it is. */
  reads = true;
  private readonly sum = new Digest("SHA-256");
  private look: (() => void) | undefined;

  /** Reads all that is there. */
  drain(): void {
    for (;;) {
      const count = this.socket?.read(piece, 0, piece.length) ?? 0;
      if (count === 0) return;
      if (this.text.length < KEPT) this.text += Bytes.latin1(piece, 0, Math.min(count, KEPT));
      this.sum.write(piece, 0, count);
      this.bytes += count;
    }
  }

  /** The first digits of the hash of all that was read. */
  hash(): string {
    return String(new Uint8Array(this.sum.close()).subarray(0, 4));
  }

  /** Resolves when `is` holds, after any event. */
  until(is: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = Timer.set(() => {
        this.look = undefined;
        reject(new Error(`no ${what}`));
      }, patience);
      this.look = () => {
        if (!is()) return;
        this.look = undefined;
        Timer.clear(timer);
        resolve();
      };
      this.look();
    });
  }

  write(text: string): number {
    const bytes = new Uint8Array(Bytes.size(text));
    Bytes.put(text, bytes, 0);
    return this.socket?.write(bytes, 0, bytes.length) ?? -1;
  }

  onReadable(count: number): void {
    this.readables++;
    if (count <= 0) this.text += "?";
    if (this.reads) this.drain();
    this.look?.();
  }
  onWritable(): void {
    this.writables++;
    this.look?.();
  }
  onEnd(): void {
    this.ends++;
    this.look?.();
  }
  onClosed(reason: SocketEnd): void {
    this.closed.push(reason);
    this.look?.();
  }
}
