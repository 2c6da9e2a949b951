/** What `Updates` says: `GET /` tells, `GET /check`, `/app`, `/factory`, `/cancel`, `/auto/1`, `/auto/0` and `/url?URL` ask first, `PUT /image` uploads as a person would. */
import type { Updates } from "lws/client/update/updates";
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyJSON, transaction } from "lws/http/transaction";
import type { Setup } from "lws/system/setup";
import type { Feeder } from "lws/system/update";

/** Somebody who uploads, and takes his time. */
class Person implements Feeder {
  onUpdateEnd(): void {}
}

export class View extends Protocol {
  static readonly protocol = "view";
  private readonly person = new Person();

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly setup: Setup,
    private readonly updates: Updates,
  ) {
    super(vhost, options);
  }

  override onRequest(wsi: Wsi): void {
    const { path, query } = transaction(wsi);
    const { setup, updates } = this;
    let thrown: string | undefined;
    try {
      if (path === "/check") updates.check();
      else if (path === "/app" || path === "/factory") updates.install(path.slice(1) as "app" | "factory");
      else if (path === "/cancel") setup.cancelUpdate();
      else if (path.startsWith("/auto/")) updates.setAuto(path === "/auto/1");
      else if (path === "/url") updates.setUrl(query);
      else if (path === "/upload")
        setup.update.begin(this.person, { from: "page", id: "", length: 1000, exact: false });
      else if (path === "/leave") setup.update.abandon(this.person);
    } catch (error) {
      thrown = error instanceof LwsError ? error.code : String(error);
    }
    const { state, error, checked, url, auto, app, factory } = updates;
    const { update } = setup;
    const installer = { state: update.state, from: update.from, received: update.received, length: update.length };
    replyJSON(wsi, 200, JSON.stringify({ thrown, state, error, checked, url, auto, app, factory, installer }));
  }
}

export function view(setup: Setup, updates: Updates): ProtocolClass {
  return class extends View {
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, setup, updates);
    }
  };
}
