/** Handshakes go by turns: one turn of one connection, then the loop has its own, whichever side of the handshakes we are on. */
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import { Alarm } from "lws/core/scheduler";
import type { TlsKeeper, TlsTransport } from "./tls-transport";

/** A record of the largest size that we make, with what TLS adds. */
const cipherBytes = 2048 + 64;

export abstract class TlsTurns implements TlsKeeper {
  /** @internal */
  readonly cipher = new Uint8Array(cipherBytes);
  private readonly alarm: Alarm;
  /** Handshakes that have a turn due, in order. */
  private head: TlsTransport | undefined = undefined;
  private tail: TlsTransport | undefined = undefined;

  constructor(protected readonly context: Context) {
    this.alarm = new Alarm(() => this.turn());
  }

  /** @internal */
  ready(transport: TlsTransport): void {
    if (transport.isReady) return;
    transport.isReady = true;
    if (this.tail) this.tail.link = transport;
    else this.head = transport;
    this.tail = transport;
    if (this.alarm.next === null) this.context.scheduler.schedule(this.alarm, 0);
  }

  /** The next whose connection is still there: in a flood, more may come and go than there are turns. */
  private take(): TlsTransport | undefined {
    for (let transport = this.head; transport; transport = this.head) {
      this.head = transport.link;
      if (!this.head) this.tail = undefined;
      transport.link = undefined;
      transport.isReady = false;
      if (transport.wsi.alive) return transport;
    }
    return undefined;
  }

  private turn(): void {
    const transport = this.take();
    if (!transport) return;
    if (this.head) this.context.scheduler.schedule(this.alarm, 0);
    const { wsi } = transport;
    try {
      transport.step();
    } catch (error) {
      log.info("tls", `${wsi.peer}: ${error}`);
      this.refused(transport, error);
      wsi.drop();
      return;
    }
    if (transport.isEstablished) this.established(transport);
  }

  /** The handshake of `transport` is done. */
  protected abstract established(transport: TlsTransport): void;
  /** The handshake has failed; the connection is dropped next. */
  protected abstract refused(transport: TlsTransport, error: unknown): void;
  /** @internal The session is about to close; once. */
  abstract left(transport: TlsTransport): void;
}
