/** Sends each datagram back to whoever sent it, behind the sender's address. */
import { Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";
import type { Datagrams } from "lws/roles/udp";

export class UdpEcho extends Protocol {
  static readonly protocol = "udp-echo";

  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    wsi.pss = `${wsi.peer}:${(wsi as Datagrams).port} ${Bytes.latin1(buffer, from, to)}`;
    wsi.rxFlow(false);
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    const answer = wsi.pss as string | undefined;
    if (answer === undefined) return;
    wsi.pss = undefined;
    wsi.rxFlow(true);
    wsi.write(answer, Write.body);
  }
}
