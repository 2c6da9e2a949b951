/** Adds vhosts to a port and destroys them: `/admin/add/NAME`, `/admin/destroy/NAME`, `/admin/remove/NAME`, `/admin/cycle/COUNT`. */
import { log } from "lws/core/log";
import type { Port } from "lws/core/port";
import type { ProtocolClass } from "lws/core/protocol";
import { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyJSON, transaction } from "lws/http/transaction";

export function administration(port: Port, make: (name: string) => Vhost): ProtocolClass {
  return class extends Protocol {
    static readonly protocol = "administration";

    override onRequest(wsi: Wsi): void {
      const [, , command, name = ""] = transaction(wsi).path.split("/");
      const vhost = port.vhosts.find((one) => one.name === name);
      if (command === "add") port.add(make(name));
      else if (command === "destroy") vhost?.destroy(() => log.notice("administration", `${name} is gone`));
      else if (command === "remove" && vhost) port.remove(vhost);
      else if (command === "cycle") {
        for (let i = 0; i < Number(name); i++) {
          const one = make("one.lan");
          port.add(one);
          one.destroy();
        }
      }
      replyJSON(wsi, 200, JSON.stringify(port.vhosts.map(({ name, bound }) => ({ name, bound }))));
    }
  };
}
