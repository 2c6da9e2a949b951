/**
 * Dials out by TLS: `PUT /dial/ADDRESS/PORT/NAME` with authorities in PEM as its body connects to the address, which has to prove that it is NAME, asks for
 * `/`, and answers with what came of it.
 */

import type { Caller } from "lws/client/connect";
import { parseEndpoint } from "lws/client/endpoint";
import { TlsClient } from "lws/client/tls";
import type { Dial } from "lws/client/tls-dial";
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import { Protocol } from "lws/core/protocol";
import type { Role } from "lws/core/role";
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import { replyJSON, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { sessionOf } from "lws/roles/tls-transport";

const request = "GET / HTTP/1.0\r\n\r\n";

/** One question, from the request of the test to the answer of the server. */
class Question implements Caller, Role {
  readonly name = "question";
  readonly body = new Uint8Array(6000);
  length = 0;
  dial: Dial | undefined;
  private answer = "";
  private facts = {};

  constructor(private readonly asker: Wsi) {}

  connected(wsi: Wsi): void {
    const { version, alpn, resumed, peer } = sessionOf(wsi) ?? {};
    this.facts = { version, alpn, resumed, peer };
    wsi.role = this;
    wsi.setTimeout(Timeout.silence, 3000);
    wsi.callbackOnWritable();
  }
  failed(error: ErrorCode): void {
    this.tell({ error });
  }
  onWriteable(wsi: Wsi): void {
    if (this.answer !== "") return;
    const { tx } = wsi.vhost.context;
    this.answer = " ";
    wsi.send(tx, 0, Bytes.put(request, tx, 0));
  }
  onRx(wsi: Wsi): void {
    const { buffer } = wsi.vhost.context;
    this.answer += Bytes.latin1(buffer, 0, wsi.read(buffer, 0, buffer.length));
  }
  onEnd(wsi: Wsi): void {
    wsi.finish();
  }
  onTimeout(wsi: Wsi): void {
    wsi.drop();
  }
  write(): void {}
  close(wsi: Wsi): void {
    wsi.drop();
  }
  onClosed(): void {
    this.tell({ ...this.facts, answer: this.answer.trim().slice(0, 200) });
  }

  private tell(what: object): void {
    if (this.asker.alive && this.asker.pss === this) replyJSON(this.asker, 200, JSON.stringify(what));
  }
}

/** Clients by their authorities, so that sessions can be resumed. */
const most = 4;

export class Asker extends Protocol {
  static readonly protocol = "asker";
  override readonly methods = "PUT";
  private readonly clients: { authority: string; client: TlsClient }[] = [];

  override open(wsi: Wsi): Question {
    return new Question(wsi);
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const question = wsi.pss as Question;
    if (question.length + to - from > question.body.length) throw new LwsError("BODY_TOO_LARGE");
    question.length = Bytes.copy(buffer, from, to, question.body, question.length);
  }
  override onBodyEnd(wsi: Wsi): void {
    const question = wsi.pss as Question;
    const { path } = transaction(wsi);
    const [, , address, port, name = ""] = path.split("/");
    try {
      const client = this.client(
        Bytes.latin1(question.body, 0, question.length),
        question.body.subarray(0, question.length),
      );
      question.dial = client.dial(this.vhost, parseEndpoint(`http://${address}:${port}`), name, question, 3000);
    } catch (error) {
      question.failed((error as Error).message as ErrorCode);
    }
  }
  override onClosed(wsi: Wsi): void {
    (wsi.pss as Question).dial?.cancel();
  }

  private client(authority: string, bytes: Uint8Array): TlsClient {
    const known = this.clients.find((each) => each.authority === authority);
    if (known) return known.client;
    if (this.clients.length === most) this.clients.shift()?.client.close();
    const client = new TlsClient({ context: this.vhost.context, authorities: [bytes], alpn: "http/1.1" });
    this.clients.push({ authority, client });
    return client;
  }
}
