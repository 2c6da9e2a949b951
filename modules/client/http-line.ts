/** The lower half of an exchange: its connection, or one after the other, and how long each step may take. */
import type { Wsi } from "lws/core/wsi";
import { Timeout } from "lws/core/wsi-flags";
import type { AnswerBody } from "./answer-body";
import type { AnswerHead } from "./answer-head";
import type { Caller, Milestone } from "./connect";
import type { HttpClient } from "./http-client";
import type { HttpCaller, HttpFailure, PresentRequest } from "./http-request";
import { Reach } from "./reach";
import type { Url } from "./url";

export const enum Stage {
  /** A connection is made. */
  reaching,
  /** The request is on its way, and the head of its answer is waited for. */
  asking,
  /** The body of the answer arrives. */
  reading,
  over,
}

export abstract class HttpLine implements Caller {
  /** Of the answer: status code, and bytes of the body as the headers state it or a `BodyLength`. */
  status = 0;
  bodyLength = 0;
  /** Bytes of the body that have come. */
  received = 0;
  protected stage = Stage.reaching;
  private reach: Reach | undefined = undefined;
  protected wsi: Wsi | undefined = undefined;
  /** The connection has served another request before. */
  private isReused = false;
  protected isAsked = false;
  protected isSent = false;
  /** Bytes of the request's body that were written. */
  protected written = 0;
  protected head: AnswerHead | undefined = undefined;
  protected body: AnswerBody | undefined = undefined;
  protected isHeld = false;
  /** The answer leads to another request: the caller is not told of it. */
  protected isPassed = false;
  /** {@link HttpLine.received} when the present span of time began. */
  private mark = 0;
  /** @internal Next of those that share connections, and whether it waits for its turn. */
  neighbour: HttpLine | undefined = undefined;
  isWaiting = false;

  /** @internal */
  constructor(
    protected readonly client: HttpClient,
    protected readonly request: PresentRequest,
    protected readonly caller: HttpCaller,
  ) {}

  /** Where the answer comes from: redirects change it. */
  get url(): Url {
    return this.request.url;
  }

  /** Where a piece of the request's body may be put together. */
  get room(): Uint8Array {
    return this.client.ways.vhost.context.buffer;
  }

  /** Stops (false) or restarts (true) the delivery of the body. While it is stopped the server is held back by TCP. */
  rxFlow(on: boolean): void {
    const { wsi } = this;
    if (on !== this.isHeld) return;
    this.isHeld = !on;
    if (!wsi || this.stage !== Stage.reading || this.isPassed) return;
    wsi.rxFlow(on);
    if (on) this.expectBody(wsi);
  }

  /** Gives the request up: the caller hears no more of it. Idempotent. */
  cancel(): void {
    this.stop();
    this.client.queue?.leave(this);
  }

  protected stop(): void {
    const { wsi } = this;
    this.stage = Stage.over;
    this.reach?.cancel();
    this.reach = this.wsi = this.head = this.body = undefined;
    if (!wsi) return;
    wsi.state = undefined;
    wsi.drop();
  }

  // --- the connection -------------------------------------------------------------------------------------------------------

  /** Connects, or waits for its turn to. */
  protected enter(): void {
    this.stage = Stage.reaching;
    if (!this.request.queued || this.client.queue?.enter(this)) this.begin();
  }

  /** @internal It is its turn. */
  begin(mayReuse = true): void {
    const { client, request } = this;
    this.stage = Stage.reaching;
    this.isAsked = this.isPassed = false;
    this.received = this.status = 0;
    this.isSent = request.length === undefined;
    this.written = 0;
    this.head = this.body = undefined;
    request.body?.begin();
    const kept = mayReuse ? client.take(request.url) : undefined;
    this.isReused = kept !== undefined;
    if (kept) this.attach(kept);
    else this.reach = new Reach(client.ways, request.url, this, client.connectTimeout);
  }

  private attach(wsi: Wsi): void {
    this.reach = undefined;
    this.wsi = wsi;
    this.stage = Stage.asking;
    this.client.bind(wsi, this);
    this.expectAnswer(wsi);
    wsi.callbackOnWritable();
  }

  /** @internal */
  connected(wsi: Wsi): void {
    this.attach(wsi);
  }

  /** @internal */
  passed(milestone: Milestone, what: string): void {
    this.caller.passed?.(milestone, what);
  }

  /** @internal It could not be made, or something later has gone wrong. */
  failed(code: HttpFailure): void {
    this.fail(code);
  }

  /** @internal The connection is over, or the server has said all that it will. */
  lose(): void {
    const isUntouched = this.stage === Stage.asking && !this.head && this.written === 0;
    // A server may close a kept connection just when it is used again (RFC 9112 §9.3.1), and one that has asked who we are behind its question.
    if ((this.isReused && isUntouched) || this.isPassed) {
      this.stop();
      this.begin(false);
    } else this.fail("CONNECTION_LOST");
  }

  /** @internal The server's FIN, behind all that it has sent. */
  end(): void {
    if (this.stage === Stage.reading && this.body?.lasts) this.finish();
    else this.lose();
  }

  // --- time -----------------------------------------------------------------------------------------------------------------

  protected expectAnswer(wsi: Wsi): void {
    wsi.setTimeout(Timeout.answer, this.client.answerTimeout);
  }

  protected expectBody(wsi: Wsi): void {
    this.mark = this.received;
    wsi.setTimeout(Timeout.silence, this.client.bodyTimeout);
  }

  /** @internal A wait is over. */
  late(wsi: Wsi): void {
    const { stage, client } = this;
    const isHeld = this.isHeld && stage === Stage.reading && !this.isPassed;
    const isCallerLate = isHeld || (stage === Stage.asking && this.isAsked && !this.isSent && !wsi.out);
    if (isCallerLate || (stage === Stage.reading && this.received - this.mark >= client.leastBytes)) {
      if (stage === Stage.reading) this.expectBody(wsi);
      else this.expectAnswer(wsi);
    } else this.fail("ANSWER_TIMEOUT");
  }

  /** @internal The exchange is over. */
  abstract fail(code: HttpFailure): void;
  /** The answer is complete. */
  protected abstract finish(): void;
}
