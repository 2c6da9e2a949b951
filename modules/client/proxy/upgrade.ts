/** A WebSocket through the proxy: the origin's half of the opening handshake (RFC 6455 §4.2.2), and what comes behind it. */

import type { AnswerHead } from "lws/client/http/answer-head";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { Upgrade } from "lws/http/http-vhost";
import type { Transaction } from "lws/http/transaction";
import { acceptKey } from "lws/roles/ws-key";
import type { ProxyProtocol } from "./protocol";
import { listOf } from "./request";

/** Characters of what an origin may say about extensions. */
const extensionsLimit = 512;

export class ProxyUpgrade implements Upgrade {
  readonly token = "websocket";
  private client: Wsi | undefined = undefined;
  private place: ProxyProtocol | undefined = undefined;

  private constructor(private readonly lines: string) {}

  /** What a 101 has agreed to; undefined for one that is no answer to the request (RFC 6455 §4.1). */
  static of(http: Transaction, head: AnswerHead): ProxyUpgrade | undefined {
    const accept = head.header("sec-websocket-accept");
    const protocol = head.header("sec-websocket-protocol");
    const extensions = head.header("sec-websocket-extensions");
    if (head.upgrade !== "websocket" || !head.options.includes(",upgrade,")) return undefined;
    if (accept !== acceptKey(http.header("sec-websocket-key") as string)) return undefined;
    let lines = `Sec-WebSocket-Accept: ${accept}\r\n`;
    if (protocol !== undefined) {
      const isOffered = listOf(http, "sec-websocket-protocol").includes(`,${protocol},`);
      if (!isOffered || protocol.includes(",")) return undefined;
      lines += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
    }
    if (extensions !== undefined) {
      const isOffered = http.header("sec-websocket-extensions") !== undefined;
      if (!isOffered || extensions.length > extensionsLimit || /[^\t -~]/.test(extensions)) return undefined;
      lines += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
    }
    return new ProxyUpgrade(lines);
  }

  /** Has the 101 sent to the client. */
  prepare(server: Wsi, client: Wsi, place: ProxyProtocol): void {
    const http = server.state as Transaction;
    this.client = client;
    this.place = place;
    http.protocol = place;
    http.upgradeTo = this;
    http.status = 101;
    http.extra = `Upgrade: websocket\r\nConnection: Upgrade\r\n${this.lines}`;
    client.hold(Flag.rxHeldByRole);
    server.setTimeout(Timeout.response, server.vhost.timeout);
    server.callbackOnWritable();
  }

  accept(): void {}

  start(wsi: Wsi): void {
    const client = this.client as Wsi;
    if (client.alive) this.place?.proxy.tunnel.join(wsi, client);
    else wsi.drop();
  }
}
