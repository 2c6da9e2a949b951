/** What stands in place of names in `.shtml` files. */
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { transaction } from "lws/http/transaction";

export class Facts extends Protocol {
  static readonly protocol = "facts";
  /** Files that are being sent. */
  private files = 0;

  override open(wsi: Wsi): unknown {
    if (transaction(wsi).argument("refuse") !== undefined) throw new Error("not now");
    this.files++;
    return "pss";
  }
  override onClosed(_wsi: Wsi): void {
    this.files--;
  }
  override onVariable(wsi: Wsi, name: string): string | undefined {
    switch (name) {
      case "name":
        return `<b class="x">'&' ${transaction(wsi).argument("who") ?? ""}</b>`;
      case "long":
        return "0123456789".repeat(300);
      case "open":
        return `${this.files} ${wsi.pss}`;
      case "empty":
      case "x".repeat(31):
        return "";
      case "y".repeat(32):
        return "longer than a name may be";
      case "fail":
        throw new Error("no such fact");
      default:
        return undefined;
    }
  }
}
