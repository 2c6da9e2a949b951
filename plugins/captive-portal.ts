/**
 * Whoever joins the access point and looks for the Internet is led to a page that says how to go on. The systems look by plain HTTP at
 * addresses of their makers (our name server leads those here) and show what they get instead in a small browser of their own. That browser
 * accepts no certificate that the device has made itself, so the page that it is led to is a plain one.
 */
import type { Wsi } from "lws/core/wsi";
import { hostAt } from "lws/http/redirect";
import { begin, reply, transaction } from "lws/http/transaction";
import { Netif } from "lws/platform/sockets";
import type { Identity } from "lws/system/identity";

/** The plain page, and the same after somebody has read it. */
const PAGE = "/portal";
const READ = "/portal/open";
/** Clients that are remembered to have read it: as many as an access point lets join. */
const CLIENTS = 4;
const HTML = "text/html; charset=utf-8";
const FRESH = "Cache-Control: no-store\r\n";

export class CaptivePortal {
  /** Who has read the page: to them the systems' questions are answered as if there were Internet, so that they stay. */
  private readers: readonly string[] | undefined = undefined;

  constructor(private readonly identity: Identity) {}

  /** Answers a request by plain HTTP; false where it is none of a client of the access point, or one for the unit itself. */
  answer(wsi: Wsi): boolean {
    const address = Netif.address("ap")?.address;
    if (address === undefined || wsi.transport?.localAddress !== address) return false;
    const http = transaction(wsi);
    const host = http.host.replace(/:\d+$/, "");
    if (this.isOurs(host)) {
      if (http.path !== PAGE && http.path !== READ) return false;
      this.page(wsi, hostAt(wsi, 443, 443), http.path === READ);
    } else if (!this.readers?.includes(wsi.peer) || !satisfy(wsi, http.path)) {
      const port = http.host === "" ? "" : hostAt(wsi, 80, 80).slice(host.length);
      begin(wsi, 302, "", 0, `Location: http://${address}${port}${PAGE}\r\n${FRESH}`);
    }
    return true;
  }

  private isOurs(host: string): boolean {
    const name = this.identity.hostname.toLowerCase();
    return host === name || host === `${name}.local` || /^\d+\.\d+\.\d+\.\d+$/.test(host);
  }

  private page(wsi: Wsi, host: string, read: boolean): void {
    const { readers = [], identity } = this;
    if (read && !readers.includes(wsi.peer)) this.readers = [wsi.peer, ...readers.slice(0, CLIENTS - 1)];
    const address = `https://${host}/`;
    const next = read
      ? `<p>You stay in this network. If this window does not close by itself, close it, and open this address in your browser:</p><p><a href="${address}" target="_blank">${address}</a></p>`
      : `<p>This network is for setting the device up. The page for that opens in your browser, not in this window:</p><p><b>${address}</b></p><p><a href="${READ}">Go on</a></p>`;
    reply(
      wsi,
      200,
      HTML,
      '<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width">' +
        `<title>Set up ${identity.hostname}</title><link rel="stylesheet" href="/error.css"><h1>Set up ${identity.hostname}</h1>${next}` +
        "<p>The browser will say that it does not know who made the certificate: the device did. Choose to go on.</p></html>\n",
      FRESH,
    );
  }
}

/** The answer that a system takes for Internet; false where the address is none of those that it asks. */
function satisfy(wsi: Wsi, path: string): boolean {
  switch (path) {
    // Android, ChromeOS
    case "/generate_204":
    case "/gen_204":
      begin(wsi, 204, "", 0, FRESH);
      return true;
    // iOS, macOS
    case "/hotspot-detect.html":
    case "/library/test/success.html":
      reply(wsi, 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>", FRESH);
      return true;
    // Windows since 10, before
    case "/connecttest.txt":
      return text(wsi, "Microsoft Connect Test");
    case "/ncsi.txt":
      return text(wsi, "Microsoft NCSI");
    // Firefox
    case "/success.txt":
      return text(wsi, "success\n");
    case "/canonical.html": {
      const there = "https://support.mozilla.org/kb/captive-portal";
      reply(wsi, 200, HTML, `<meta http-equiv="refresh" content="0;url=${there}"/>`, FRESH);
      return true;
    }
    // NetworkManager
    case "/check_network_status.txt":
      return text(wsi, "NetworkManager is online\n");
    default:
      return false;
  }
}

function text(wsi: Wsi, body: string): true {
  reply(wsi, 200, "text/plain", body, FRESH);
  return true;
}
