/** A code for a camera as an SVG picture, written row by row. Option: `text`, what it stands for. */
import { type Options, Protocol, Write } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { begin } from "lws/http/transaction";
import { JoinCode } from "lws/system/join-code";

/** Light modules around the code. */
const MARGIN = 4;

class Drawing {
  /** The row that comes next; -1: what stands before the first. */
  row = -1;
  constructor(readonly code: JoinCode) {}
}

export class JoinPicture extends Protocol {
  static readonly protocol = "join-code";
  private readonly text: string;

  constructor(vhost: Vhost, options: Options) {
    super(vhost, options);
    this.text = options["text"] ?? "";
  }

  override open(): Drawing {
    return new Drawing(new JoinCode(this.text));
  }

  override onRequest(wsi: Wsi): void {
    begin(wsi, 200, "image/svg+xml", -1, "Cache-Control: no-store\r\n");
  }

  override onWriteable(wsi: Wsi): void {
    const drawing = wsi.pss as Drawing;
    const { code, row } = drawing;
    const side = code.size + 2 * MARGIN;
    if (row === code.size) {
      wsi.write('"/></svg>\n', Write.body);
      return;
    }
    drawing.row++;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`;
    const ground = `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="`;
    wsi.write(row < 0 ? head + ground : code.path(row, MARGIN), Write.body | Write.more);
    wsi.callbackOnWritable();
  }
}
