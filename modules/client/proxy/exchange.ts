/**
 * One request on its way through the proxy. `server` is the client's connection to us, `client` is ours to the origin. Either is read only
 * when the other has room: what is held is a piece of the request's body, and the head of the answer until it is passed on.
 */

import type { Caller } from "lws/client/connect";
import { connect } from "lws/client/connect";
import type { Endpoint } from "lws/client/endpoint";
import { AnswerBody } from "lws/client/http/answer-body";
import { AnswerHead } from "lws/client/http/answer-head";
import type { ErrorCode } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import { Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import { replyError } from "lws/http/errors";
import type { Transaction } from "lws/http/transaction";
import { Phase, transaction } from "lws/http/transaction";
import { relayHead } from "lws/roles/h1-relay";
import { HeadWriter } from "lws/roles/head-writer";
import { PassedAnswer } from "./answer";
import type { ProxyProtocol } from "./protocol";
import type { PassedRequest } from "./request";
import { writeRequest } from "./request";
import { ProxyUpgrade } from "./upgrade";
import { Upload } from "./upload";

const enum Stage {
  /** Nothing is asked of the origin. */
  idle,
  /** The request waits for its turn, or for the connection. */
  waiting,
  /** It is on its way out, and its answer is waited for. */
  asking,
  /** The head of the answer is here, and waits for the end of the request's body. */
  answered,
  /** The head waits for room on the way back. */
  ready,
  /** The body is on its way back. */
  relaying,
  /** The connection changes its wire, or has. */
  upgraded,
  over,
}

export class Exchange implements Caller, PassedRequest {
  isUpgrade = false;
  expects = false;
  private stage: Stage = Stage.idle;
  private client: Wsi | undefined = undefined;
  /** The request's head is out. */
  private isAsked = false;
  /** All of the request's body has come. */
  private isComplete = false;
  private upload: Upload | undefined = undefined;
  private head: AnswerHead | undefined = undefined;
  private body: AnswerBody | undefined = undefined;
  /** The origin's FIN has come. */
  private isEnded = false;

  constructor(
    private readonly place: ProxyProtocol,
    readonly server: Wsi,
  ) {}

  get endpoint(): Endpoint {
    return this.place.endpoint;
  }
  get name(): string {
    return this.place.proxy.name;
  }

  /** The request's head is there, and may be passed on. */
  enter(http: Transaction, isUpgrade: boolean): void {
    const { server } = this;
    this.isUpgrade = isUpgrade;
    // It is the origin's leave that the client waits for.
    this.expects = http.expect;
    http.expect = false;
    this.isComplete = http.contentLength === 0;
    this.stage = Stage.waiting;
    // From here on it is us who look at the clock, except for a body that has to come.
    server.setTimeout(Timeout.none);
    if (!this.isComplete) server.rxFlow(false);
    if (this.place.proxy.enter(this)) return;
    this.stage = Stage.idle;
    replyError(server, "OVERLOADED", true, "Retry-After: 5\r\n");
  }

  /** It is this request's turn. */
  begin(): void {
    const { place, server } = this;
    this.client = connect(server.vhost, place.endpoint, this, place.proxy.connectTimeout);
  }

  connected(client: Wsi): void {
    const { wire } = this.place.proxy;
    client.role = wire;
    client.state = this;
    this.stage = Stage.asking;
    wire.expectAnswer(client);
    client.callbackOnWritable();
  }

  failed(code: ErrorCode): void {
    this.client = undefined;
    this.fail(code);
  }

  // --- the request ----------------------------------------------------------------------------------------------------------

  /** There is room on the way to the origin. */
  ask(client: Wsi): void {
    if (this.stage !== Stage.asking && this.stage !== Stage.answered) return;
    if (!this.isAsked) {
      this.isAsked = true;
      const http = transaction(this.server);
      const out = new HeadWriter(client);
      writeRequest(out, this.server, http, this);
      out.flush();
      if (!this.isComplete) this.upload = new Upload(client, http.contentLength < 0);
    } else if (!this.upload?.send(client, this.isComplete)) return;
    this.place.proxy.wire.expectAnswer(client);
    this.server.rxFlow(true);
    if (this.stage === Stage.answered && this.isSent) this.passOn();
  }

  takeBody(buffer: Uint8Array, from: number, to: number): void {
    if (!this.upload) return;
    this.upload.add(buffer, from, to);
    this.server.rxFlow(false);
    this.client?.callbackOnWritable();
  }

  takeBodyEnd(): void {
    if (this.isComplete || !this.upload) return;
    this.isComplete = true;
    this.server.setTimeout(Timeout.none);
    this.client?.callbackOnWritable();
  }

  private get isSent(): boolean {
    return this.isComplete && (this.upload === undefined || this.upload.isDone);
  }

  // --- the answer -----------------------------------------------------------------------------------------------------------

  /** Something has come from the origin. */
  receive(client: Wsi): void {
    if (this.stage === Stage.asking) this.readHead(client);
    else {
      client.hold(Flag.rxHeldByRole | Flag.rx);
      if (this.stage === Stage.relaying) this.server.callbackOnWritable();
    }
  }

  private readHead(client: Wsi): void {
    this.head ??= new AnswerHead(this.place.proxy.headerBytes);
    const { head } = this;
    head.length += client.read(head.store, head.length, head.store.length);
    for (;;) {
      const state = head.parse();
      if (state === "more") return;
      if (state !== "end") {
        this.fail(state);
        return;
      }
      if (!head.isInterim) break;
      this.encourage(head.status);
      head.next();
    }
    if (head.length > head.at) client.unread(head.store, head.at, head.length);
    client.hold(Flag.rxHeldByRole | Flag.rx);
    this.answer(client, head);
  }

  /** A 100 is for a client that waits for it; others are not passed on (RFC 9110 §15.2). */
  private encourage(status: number): void {
    const http = transaction(this.server);
    if (status !== 100 || !this.expects || http.status !== 0) return;
    this.expects = false;
    if (http.received > 0) return;
    http.expect = true;
    this.server.callbackOnWritable();
  }

  private answer(client: Wsi, head: AnswerHead): void {
    const http = transaction(this.server);
    if (http.status !== 0) return;
    if (head.status === 101) {
      const upgrade = this.isUpgrade ? ProxyUpgrade.of(http, head) : undefined;
      if (!upgrade) {
        this.fail("BAD_ANSWER");
        return;
      }
      this.stage = Stage.upgraded;
      this.head = undefined;
      upgrade.prepare(this.server, client, this.place);
      return;
    }
    this.stage = Stage.answered;
    // An answer that comes early ends the request (RFC 9112 §9.3), but one of success may well be meant for all of it.
    const isAwaited = this.expects && http.received === 0;
    if (this.isSent || isAwaited || head.status >= 300) this.passOn();
  }

  /** The head goes back; of the request nothing more is sent. */
  private passOn(): void {
    const { server } = this;
    if (transaction(server).status !== 0) return;
    this.stage = Stage.ready;
    this.upload = undefined;
    server.rxFlow(true);
    server.setTimeout(Timeout.response, server.vhost.timeout);
    server.callbackOnWritable();
  }

  /** There is room on the way back. */
  relay(): void {
    if (this.stage === Stage.ready) this.relayHead();
    else if (this.stage === Stage.relaying) this.relayBody();
  }

  private get length(): number {
    const { status, bodyLength } = this.head as AnswerHead;
    const isEmpty = transaction(this.server).method === "HEAD" || status === 204 || status === 304;
    return isEmpty ? 0 : bodyLength;
  }

  private relayHead(): void {
    const { server, place, client } = this;
    const http = transaction(server);
    const { length } = this;
    const answer = new PassedAnswer(
      server,
      http,
      this.head as AnswerHead,
      Math.max(length, -1),
      place.endpoint,
      this.name,
    );
    if (this.isUpgrade) http.keepAlive = false;
    this.stage = Stage.relaying;
    relayHead(server, http, answer);
    this.head = undefined;
    if (http.phase === Phase.done) this.close();
    else {
      this.body = new AnswerBody(length);
      if (client) place.proxy.wire.expectBody(client);
    }
  }

  private relayBody(): void {
    const { server } = this;
    const body = this.body as AnswerBody;
    const client = this.client as Wsi;
    const { buffer } = server.vhost.context;
    client.flags &= Flag.unreadable;
    const count = client.read(buffer, 0, body.room(buffer.length));
    const decoded = body.decode(buffer, count);
    if (decoded < 0) {
      this.fail("BAD_ANSWER");
      return;
    }
    const isLast = body.isOver || (this.isEnded && count === 0);
    if (decoded > 0 || isLast) server.write(buffer, isLast ? Write.body : Write.body | Write.more, 0, decoded);
    if (isLast) {
      this.close();
      return;
    }
    if (body.used < count) client.unread(buffer, body.used, count);
    if (count > 0) this.place.proxy.wire.expectBody(client);
    // What is parked is of no use alone: reading goes on when there is more.
    client.flags &= ~Flag.rxHeldByRole;
    if (client.isPending) client.vhost.context.enqueue(client);
    if (this.isEnded) server.callbackOnWritable();
  }

  // --- ends -----------------------------------------------------------------------------------------------------------------

  /** The origin's FIN, behind all that it has sent. */
  end(): void {
    this.isEnded = true;
    if (this.stage === Stage.relaying && this.body?.lasts) this.server.callbackOnWritable();
    else this.fail("CONNECTION_LOST");
  }

  /** The connection to the origin is over. */
  lose(client: Wsi): void {
    if (client !== this.client) return;
    const isWhole = this.head !== undefined && this.stage > Stage.asking && this.length === 0;
    this.client = undefined;
    if (!isWhole) this.fail("CONNECTION_LOST");
    else if (this.stage === Stage.answered) this.passOn();
  }

  /** A wait for the origin is over. False if it is not the origin that is late. */
  isLate(client: Wsi): boolean {
    if (this.stage === Stage.asking || this.stage === Stage.answered) {
      const isClientLate = this.isAsked && !this.isComplete && !client.out && !this.upload?.isFull;
      if (isClientLate) return false;
      if (this.stage === Stage.answered) this.passOn();
      else this.fail("ANSWER_TIMEOUT");
    } else if (this.stage !== Stage.relaying || client.flags & Flag.rxHeldByRole) return false;
    else this.fail("ANSWER_TIMEOUT");
    return true;
  }

  /** Tells the client that nothing comes of it; where the answer has begun, by ending the connection. */
  fail(code: ErrorCode): void {
    const { server, stage } = this;
    if (stage === Stage.over) return;
    this.close();
    if (log.level & LogLevel.info) log.info("proxy", `http://${this.endpoint.authority}: ${code}`);
    if (!server.alive) return;
    if (stage < Stage.relaying) {
      if (transaction(server).status !== 0) return;
      server.setTimeout(Timeout.response, server.vhost.timeout);
      replyError(server, code, this.isUpgrade, code === "OVERLOADED" ? "Retry-After: 2\r\n" : "");
      return;
    }
    // To a client of HTTP/1.0 the end of the connection may be the end of the body.
    if (stage === Stage.relaying && transaction(server).minor === 0) server.transport?.abort?.();
    server.drop();
  }

  /** The request is over, whatever ended it. Idempotent. */
  close(): void {
    const { stage, client, server } = this;
    if (stage === Stage.over) return;
    this.stage = Stage.over;
    this.client = this.upload = this.head = this.body = undefined;
    client?.drop();
    server.rxFlow(true);
    if (stage !== Stage.idle) this.place.proxy.leave(this);
  }
}
