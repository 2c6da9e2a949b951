/** Asks for WebSockets: `GET /socket?WHAT`, where WHAT is JSON, percent-encoded ({@link Order}); the answer tells what came of it. */
import { CookieJar } from "lws/client/cookies";
import { HttpLogin, type LoginOptions } from "lws/client/http-login";
import type { Resolver } from "lws/client/resolver";
import { type WebSocketCaller, WebSocketClient } from "lws/client/ws-client";
import type { ErrorCode } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { percentDecode } from "lws/http/path";
import { replyJSON, transaction } from "lws/http/transaction";

interface Order {
  url: string;
  login?: LoginOptions;
}

/** Says one thing. */
class Greeter extends Protocol {
  override onEstablished(wsi: Wsi): void {
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    wsi.write("hello");
    wsi.close();
  }
}

class Attempt implements WebSocketCaller {
  constructor(private readonly asker: Wsi) {}

  connected(): void {
    replyJSON(this.asker, 200, '{"status":101}');
  }
  failed(error: ErrorCode, answer?: { status: number }): void {
    replyJSON(this.asker, 200, JSON.stringify({ error, status: answer?.status }));
  }
}

class Socket extends Protocol {
  static readonly protocol = "socket";
  private readonly cookies = new CookieJar();
  private readonly client: WebSocketClient;
  private readonly greeter: Greeter;

  constructor(vhost: Vhost, options: Options, resolver: Resolver) {
    super(vhost, options);
    this.client = new WebSocketClient({ vhost, resolver });
    this.greeter = new Greeter(vhost, {});
  }

  override onRequest(wsi: Wsi): void {
    const { url, login } = JSON.parse(percentDecode(transaction(wsi).query) ?? "") as Order;
    const { greeter: protocol, cookies } = this;
    this.client.connect({ url, protocol, cookies, login: login && new HttpLogin(login) }, new Attempt(wsi));
  }
}

export function socket(resolver: Resolver): ProtocolClass {
  return class extends Socket {
    static override readonly protocol = Socket.protocol;
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, resolver);
    }
  };
}
