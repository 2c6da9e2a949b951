/** A role in front of another one: it leaves everything to that, so that its link hears of the end of the connection, whatever goes over it. */
import type { Writable } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import type { Timeout } from "lws/core/wsi-flags";
import type { AcceptedH1 } from "./accepted-h1";

export class AcceptedWire implements Role {
  readonly name: string;

  constructor(
    readonly link: AcceptedH1,
    private readonly wire: Role,
  ) {
    this.name = wire.name;
  }

  onRx(wsi: Wsi): void {
    this.wire.onRx(wsi);
  }
  onWriteable(wsi: Wsi): void {
    this.wire.onWriteable(wsi);
  }
  onEnd(wsi: Wsi): void {
    this.wire.onEnd(wsi);
  }
  onTimeout(wsi: Wsi, reason: Timeout): void {
    this.wire.onTimeout(wsi, reason);
  }
  write(wsi: Wsi, data: Writable, how: number, from: number, to: number): void {
    this.wire.write(wsi, data, how, from, to);
  }
  close(wsi: Wsi, code: number, reason: string): void {
    this.wire.close(wsi, code, reason);
  }
  drain(wsi: Wsi): void {
    if (this.wire.drain) this.wire.drain(wsi);
    else this.wire.close(wsi, 1001, "");
  }
  isUndecided(wsi: Wsi): boolean {
    return this.wire.isUndecided?.(wsi) ?? false;
  }
  onFailure(wsi: Wsi, error: unknown): boolean {
    return this.wire.onFailure?.(wsi, error) ?? false;
  }
  onClosed(wsi: Wsi): void {
    this.wire.onClosed(wsi);
    this.link.lost();
  }
}
