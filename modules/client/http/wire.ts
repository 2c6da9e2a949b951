/** The wire of a connection of an {@link HttpClient}. Its state is the exchange that it serves, or undefined while it is kept for another. */
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import type { HttpClient } from "./client";
import type { HttpExchange } from "./exchange";

export class HttpWire implements Role {
  readonly name = "http";

  constructor(private readonly client: HttpClient) {}

  private exchange(wsi: Wsi): HttpExchange | undefined {
    const exchange = wsi.state as HttpExchange | undefined;
    if (!exchange) this.client.forget(wsi);
    return exchange;
  }

  onRx(wsi: Wsi): void {
    const exchange = wsi.state as HttpExchange | undefined;
    if (exchange) exchange.receive(wsi);
    else if (!this.client.isQuiet(wsi)) this.client.forget(wsi);
  }
  onWriteable(wsi: Wsi): void {
    (wsi.state as HttpExchange | undefined)?.send(wsi);
  }
  onEnd(wsi: Wsi): void {
    this.exchange(wsi)?.end();
  }
  onTimeout(wsi: Wsi): void {
    this.exchange(wsi)?.late(wsi);
  }
  write(): void {
    throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
  }
  close(wsi: Wsi): void {
    wsi.drop();
  }
  /** It ends with its request. */
  drain(wsi: Wsi): void {
    if (!wsi.state) this.client.forget(wsi);
  }
  /** A caller has thrown. */
  onFailure(wsi: Wsi, error: unknown): boolean {
    (wsi.state as HttpExchange | undefined)?.fail(error instanceof LwsError ? error.code : "INTERNAL");
    return false;
  }
  onClosed(wsi: Wsi): void {
    this.exchange(wsi)?.lose();
  }
}
