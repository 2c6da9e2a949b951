/** `GET /resolve/NAME` answers with the addresses of the name, or why there are none. */
import type { Resolved } from "lws/client/dns/query";
import type { Resolver } from "lws/client/dns/resolver";
import type { ErrorCode } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyJSON, transaction } from "lws/http/transaction";

class Asker implements Resolved {
  constructor(private readonly wsi: Wsi) {}
  resolved(addresses: readonly string[]): void {
    replyJSON(this.wsi, 200, JSON.stringify({ addresses }));
  }
  unresolved(error: ErrorCode): void {
    replyJSON(this.wsi, 200, JSON.stringify({ error }));
  }
}

export class Lookup extends Protocol {
  static readonly protocol = "lookup";

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly resolver: Resolver,
  ) {
    super(vhost, options);
  }

  override open(wsi: Wsi): Asker {
    return new Asker(wsi);
  }
  override onRequest(wsi: Wsi): void {
    this.resolver.resolve(transaction(wsi).path.slice("/resolve/".length), wsi.pss as Asker);
  }
  override onClosed(wsi: Wsi): void {
    this.resolver.cancel(wsi.pss as Asker);
  }
}

export function lookup(resolver: Resolver): ProtocolClass {
  return class extends Lookup {
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, resolver);
    }
  };
}
