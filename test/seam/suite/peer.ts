/**
 * The other side of the network, which does what it is told: one line to it is one command, one line from it is what came of that. It
 * connects to the control port, and knows how the ports of this place are reached.
 */
import { Bytes } from "lws/platform/bytes";
import { Listener, Netif, type TCP } from "lws/platform/sockets";
import { pause } from "./suite";

const CONTROL = 7000;
/** Milliseconds between two looks for an address. */
const LOOK = 50;

export class Peer {
  private readonly listener: Listener;
  private readonly buffer = new Uint8Array(512);
  private socket: TCP | undefined;
  private text = "";
  private answered: ((line: string) => void) | undefined;
  private met: (() => void) | undefined;

  constructor() {
    this.listener = new Listener({ port: CONTROL, target: this });
  }

  /** Address at which the other side is reached: that of the router, behind which everything is. */
  get address(): string {
    return Netif.address("station")?.gateway ?? "";
  }

  /** Resolves when the network is there and the other side has connected. */
  async meet(): Promise<void> {
    while (!Netif.address("station")) await pause(LOOK);
    if (this.socket) return;
    await new Promise<void>((resolve) => {
      this.met = resolve;
    });
  }

  ask(command: string): Promise<string> {
    return new Promise((resolve) => {
      this.answered = resolve;
      const end = Bytes.put(`${command}\n`, this.buffer, 0);
      this.socket?.write(this.buffer, 0, end);
    });
  }

  onConnection(): void {
    const socket = this.listener.accept(this);
    if (this.socket) socket?.abort();
    else this.socket = socket;
    this.met?.();
  }
  onReadable(): void {
    for (;;) {
      const count = this.socket?.read(this.buffer, 0, this.buffer.length) ?? 0;
      if (count === 0) break;
      this.text += Bytes.latin1(this.buffer, 0, count);
    }
    for (let end = this.text.indexOf("\n"); end >= 0; end = this.text.indexOf("\n")) {
      const line = this.text.slice(0, end);
      this.text = this.text.slice(end + 1);
      const answered = this.answered;
      this.answered = undefined;
      answered?.(line);
    }
  }
  onWritable(): void {}
  onEnd(): void {
    this.socket?.close();
    this.socket = undefined;
  }
  onClosed(): void {
    this.socket = undefined;
  }
}
