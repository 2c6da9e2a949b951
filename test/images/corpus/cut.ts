/** HTTP/1 over a transport that gives out less than has arrived. */
import type { Wsi } from "lws/core/wsi";
import { H1 } from "lws/roles/h1";
import type { Cuts } from "unit/cut-transport";
import { CutTransport, Cutter } from "unit/cut-transport";

export class CutH1 extends H1 {
  private readonly cutter: Cutter | undefined;

  /** Without `cuts` requests are read as they arrive. */
  constructor(cuts?: Cuts) {
    super({ headerBytes: 1024, transactions: 4 });
    this.cutter = cuts === undefined ? undefined : new Cutter(cuts);
  }

  override onRx(wsi: Wsi): void {
    const { transport } = wsi;
    if (this.cutter && transport && !(transport instanceof CutTransport)) {
      wsi.transport = new CutTransport(wsi, transport, this.cutter);
    }
    super.onRx(wsi);
  }
}
