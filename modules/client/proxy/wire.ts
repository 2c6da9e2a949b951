/** The wire to an origin, as long as it speaks HTTP. The state of a connection is its {@link Exchange}. */
import { LwsError } from "lws/core/errors";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import type { Exchange } from "./exchange";

export class ProxyWire implements Role {
  readonly name = "proxy";

  constructor(
    private readonly answerTimeout: number,
    private readonly bodyTimeout: number,
  ) {}

  /** The origin has to take more of the request, or to answer it. */
  expectAnswer(wsi: Wsi): void {
    wsi.setTimeout(Timeout.answer, this.answerTimeout);
  }
  /** It has to send more of the body. */
  expectBody(wsi: Wsi): void {
    wsi.setTimeout(Timeout.silence, this.bodyTimeout);
  }

  onRx(wsi: Wsi): void {
    (wsi.state as Exchange).receive(wsi);
  }
  onWriteable(wsi: Wsi): void {
    (wsi.state as Exchange).ask(wsi);
  }
  onEnd(wsi: Wsi): void {
    (wsi.state as Exchange).end();
  }
  onTimeout(wsi: Wsi, reason: Timeout): void {
    if ((wsi.state as Exchange).isLate(wsi)) return;
    if (reason === Timeout.answer) this.expectAnswer(wsi);
    else this.expectBody(wsi);
  }
  write(): void {
    throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
  }
  close(wsi: Wsi): void {
    wsi.drop();
  }
  /** It ends with its request. */
  drain(): void {}
  onClosed(wsi: Wsi): void {
    (wsi.state as Exchange).lose(wsi);
  }
}
