/** A connection by TLS that is being made: waits for the time, then for the socket, then for the handshake. */
import { knownTime } from "lws/core/clock";
import type { ErrorCode } from "lws/core/errors";
import { Alarm } from "lws/core/scheduler";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import type { Caller } from "./connect";
import { connect, Milestone } from "./connect";
import type { Place } from "./endpoint";
import type { TlsClient } from "./tls";

/** Milliseconds after which the clock is looked at again: whoever sets it tells nobody. */
const again = 1000;

export class Dial implements Caller {
  /** @internal What a session can be resumed with: the server of this name at this address. */
  readonly place: string;
  /** @internal Only TLS 1.2 is offered. */
  isOlder = false;
  private isRepeated = false;
  /** @internal What has gone wrong in the handshake. */
  failure: ErrorCode | undefined = undefined;
  private caller: Caller | undefined;
  private wsi: Wsi | undefined = undefined;
  private readonly alarm: Alarm;

  /** @internal */
  constructor(
    private readonly client: TlsClient,
    private readonly vhost: Vhost,
    private readonly endpoint: Place,
    readonly name: string,
    caller: Caller,
    readonly timeout: number,
  ) {
    this.caller = caller;
    this.place = `${name} ${endpoint.address}:${endpoint.port}`;
    this.alarm = new Alarm(() => this.begin());
    this.begin();
  }

  private begin(): void {
    if (knownTime() === undefined) this.vhost.context.scheduler.schedule(this.alarm, again);
    else this.wsi = connect(this.vhost, this.endpoint, this, this.timeout);
  }

  /** Nobody wants it any more: the caller is not called. */
  cancel(): void {
    this.caller = undefined;
    this.vhost.context.scheduler.cancel(this.alarm);
    this.wsi?.drop();
    this.wsi = undefined;
  }

  /** @internal The socket stands. */
  connected(wsi: Wsi): void {
    this.caller?.passed?.(Milestone.opened, wsi.peer);
    this.client.begin(wsi, this);
  }

  /** @internal The socket can't be had. */
  failed(code: ErrorCode): void {
    this.failure = code;
    this.lost();
  }

  /** @internal The handshake is done. */
  established(wsi: Wsi): void {
    const { caller } = this;
    this.caller = undefined;
    this.wsi = undefined;
    if (caller) caller.connected(wsi);
    else wsi.drop();
  }

  /** @internal The handshake has failed. It `mayRepeat` with TLS 1.2, once. */
  refused(code: ErrorCode, mayRepeat: boolean): void {
    this.failure = code;
    this.isRepeated = mayRepeat && !this.isOlder;
  }

  /** @internal It is over before it stood. */
  lost(): void {
    const { caller } = this;
    if (this.isRepeated && caller) {
      this.isRepeated = false;
      this.isOlder = true;
      this.failure = undefined;
      this.begin();
      return;
    }
    this.caller = undefined;
    this.wsi = undefined;
    caller?.failed(this.failure ?? "CONNECTION_LOST");
  }
}
