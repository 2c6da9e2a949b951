/**
 * A site on port 443 whose certificate may come later and change while it runs. Port 80 leads there, and says meanwhile how far the making of the
 * certificate is. Where clients have to show certificates and who vouches for them is damaged, nobody is let in, and port 80 says that.
 */
import type { Context } from "lws/core/context";
import { log } from "lws/core/log";
import type { ProtocolClass } from "lws/core/protocol";
import { Protocol } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { replyError } from "lws/http/errors";
import { HttpVhost } from "lws/http/http-vhost";
import { encodePath, hostAt, redirect } from "lws/http/redirect";
import { reply, transaction } from "lws/http/transaction";
import type { Certificates } from "lws/tls/certificates";
import { Listen } from "./listen";
import { TlsRole } from "./tls";

export interface TlsSiteOptions {
  context: Context;
  vhost: HttpVhost;
  /** What is spoken inside of TLS, and on port 80. */
  role: Role;
  certificates: Certificates;
  /** Clients have to show certificates where an authority for them is stored. Default true. */
  askClients?: boolean;
  /** Answers requests on port 80 that are not to be led to port 443; false: it is none. */
  portal?: { answer(wsi: Wsi): boolean };
}

/** Sends clients to the same address by TLS. They are not to remember it: another device may have the address tomorrow. */
function leading({ certificates, portal, vhost }: TlsSiteOptions): ProtocolClass {
  return class extends Protocol {
    static readonly protocol = "to-https";
    override readonly methods = "GET, HEAD, POST, PUT, PATCH, DELETE";

    override onRequest(wsi: Wsi): void {
      const http = transaction(wsi);
      http.keepAlive = false;
      if (portal?.answer(wsi)) return;
      if (certificates.clientFault && !vhost.port) {
        replyError(wsi, "CLIENT_CA_DAMAGED");
        return;
      }
      if (certificates.source !== "none") {
        redirect(wsi, 307, `https://${hostAt(wsi, 443, 443)}${encodePath(http.path)}`);
        return;
      }
      reply(
        wsi,
        503,
        "text/html; charset=utf-8",
        '<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>One moment</title>' +
          '<link rel="stylesheet" href="/error.css"><h1>One moment</h1><p>This device is making its certificate.</p>' +
          `<progress max="100" value="${certificates.progress}"></progress></html>\n`,
        "Cache-Control: no-store\r\nRetry-After: 1\r\nRefresh: 1\r\n",
      );
    }
  };
}

/** Opens both ports: 80 now, 443 as soon as there is a certificate. */
export function openTlsSite(options: TlsSiteOptions): void {
  const { context, vhost, role, certificates, askClients = true } = options;
  const plain = new HttpVhost(context, {
    name: "plain",
    protocols: [leading(options)],
    mounts: [
      { mountpoint: "/", protocol: "to-https" },
      { mountpoint: "/error.css", none: true },
    ],
  });
  new Listen(context, { port: 80, role, vhosts: [plain] });
  certificates.start((pair) => {
    if (askClients && certificates.clientFault) return;
    try {
      TlsRole.certify(vhost, pair.chain, pair.key, askClients && pair.authorities ? [pair.authorities] : undefined);
      if (!vhost.port) new Listen(context, { port: 443, role: new TlsRole({ context, role, plain }), vhosts: [vhost] });
    } catch (error) {
      log.err("tls", `no certificate can be used: ${error}`);
    }
  });
}
