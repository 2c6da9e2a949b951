/** Makes vhosts that a test describes: mounts with an origin are proxies, which all share one `HttpProxy`; others are files. */
import type { HttpProxyOptions } from "lws/client/proxy/mount";
import { HttpProxy } from "lws/client/proxy/mount";
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import type { Port } from "lws/core/port";
import type { ProtocolClass } from "lws/core/protocol";
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import type { Authenticator, HttpVhostOptions } from "lws/http/http-vhost";
import { HttpVhost } from "lws/http/http-vhost";
import { percentDecode } from "lws/http/path";
import { replyJSON, transaction } from "lws/http/transaction";
import type { FileSystem } from "lws/vfs/file";
import { Echo } from "plugins/lws-echo";

interface Description {
  name: string;
  timeout?: number;
  headers?: Record<string, string>;
  proxy?: HttpProxyOptions;
  mounts: { mountpoint: string; origin?: string }[];
}

interface Parts {
  files: FileSystem;
  upgrades: NonNullable<HttpVhostOptions["upgrades"]>;
  authenticator: Authenticator;
}

function make(context: Context, description: Description, parts: Parts): HttpVhost {
  const { mounts, proxy: options, ...rest } = description;
  const proxy = new HttpProxy(options);
  return new HttpVhost(context, {
    protocols: [Echo],
    upgrades: parts.upgrades,
    authenticator: parts.authenticator,
    accessLog: true,
    ...rest,
    mounts: mounts.map(({ origin, ...mount }) =>
      origin === undefined ? { ...mount, files: parts.files, origin: "www" } : { ...mount, origin, proxy },
    ),
  });
}

export function administration(context: Context, port: Port, parts: Parts): ProtocolClass {
  return class extends Protocol {
    static readonly protocol = "administration";

    override onRequest(wsi: Wsi): void {
      const { path, query } = transaction(wsi);
      const text = percentDecode(query) ?? "";
      try {
        if (path === "/admin/make") port.add(make(context, JSON.parse(text), parts));
        else if (path === "/admin/destroy") port.vhosts.find(({ name }) => name === text)?.destroy();
        const vhosts = port.vhosts.map(({ name, bound }) => ({ name, bound }));
        replyJSON(wsi, 200, JSON.stringify({ vhosts, waits: context.scheduler.length }));
      } catch (error) {
        if (!(error instanceof LwsError)) throw error;
        replyJSON(wsi, 400, JSON.stringify({ code: error.code, message: error.message }));
      }
    }
  };
}
