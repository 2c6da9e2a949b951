/** One request of an {@link HttpClient} and its answer, over as many connections as it takes. What is held is the head of the answer while it arrives. */
import { LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { Flag, Timeout } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import { HeadWriter } from "lws/roles/head-writer";
import { AnswerBody } from "./answer-body";
import { AnswerHead } from "./answer-head";
import type { Caller, Milestone } from "./connect";
import type { HttpClient } from "./http-client";
import type { HttpCaller, HttpFailure, HttpUpgrade, PresentRequest } from "./http-request";
import { Reach } from "./reach";
import { resolveUrl, type Url } from "./url";

/** Bytes of an answer that are read for nothing, rather than to connect anew. */
const passedOver = 2048;

const enum Stage {
  /** A connection is made. */
  reaching,
  /** The request is on its way, and the head of its answer is waited for. */
  asking,
  /** The body of the answer arrives. */
  reading,
  over,
}

export class HttpExchange implements Caller {
  /** Of the answer: status code, and bytes of the body as the headers state it or a `BodyLength`. */
  status = 0;
  bodyLength = 0;
  /** Bytes of the body that have come. */
  received = 0;
  private stage = Stage.reaching;
  private reach: Reach | undefined = undefined;
  private wsi: Wsi | undefined = undefined;
  /** The connection has served another request before. */
  private isReused = false;
  private isAsked = false;
  private isSent = false;
  /** Bytes of the request's body that were written. */
  private written = 0;
  private head: AnswerHead | undefined = undefined;
  private body: AnswerBody | undefined = undefined;
  /** The server keeps the connection. */
  private isKept = false;
  private isHeld = false;
  /** The answer leads to another request: the caller is not told of it. */
  private isPassed = false;
  /** {@link HttpExchange.received} when the present span of time began. */
  private mark = 0;
  /** @internal Next of those that share connections, and whether it waits for its turn. */
  neighbour: HttpExchange | undefined = undefined;
  isWaiting = false;

  /** @internal */
  constructor(
    private readonly client: HttpClient,
    private readonly request: PresentRequest,
    private readonly caller: HttpCaller,
  ) {
    this.enter();
  }

  /** Where the answer comes from: redirects change it. */
  get url(): Url {
    return this.request.url;
  }

  /** Where a piece of the request's body may be put together. */
  get room(): Uint8Array {
    return this.client.ways.vhost.context.buffer;
  }

  /** Value of the first header `name`; undefined where it is absent, and when {@link HttpCaller.onAnswer} is over. */
  header(name: string): string | undefined {
    return this.head?.header(name);
  }

  /** Asks for {@link HttpCaller.onWriteable} when the server can take more of the request's body. */
  callbackOnWritable(): void {
    if (this.isAsked && !this.isSent) this.wsi?.callbackOnWritable();
  }

  /**
   * Writes a piece of the request's body, once in a writeable callback; with `isLast` it is the last one, and may be empty.
   * Throws WRITE_OUTSIDE_WRITEABLE, SECOND_WRITE, WRITE_AFTER_END, and BAD_FRAMING where it becomes longer than it was said to be, or ends before.
   */
  write(source: ByteSource, from: number, to: number, isLast: boolean): void {
    const { wsi, request } = this;
    const { length = 0 } = request;
    if (!wsi || !(wsi.flags & Flag.inWriteable)) throw new LwsError("WRITE_OUTSIDE_WRITEABLE");
    if (this.isSent) throw new LwsError("WRITE_AFTER_END");
    if (wsi.flags & Flag.wrote) throw new LwsError("SECOND_WRITE");
    this.written += to - from;
    if (length >= 0 && (this.written > length || (isLast && this.written < length))) throw new LwsError("BAD_FRAMING");
    if (length >= 0) {
      if (to > from) wsi.send(source, from, to);
    } else {
      const out = new HeadWriter(wsi);
      if (to > from) {
        out.text(`${(to - from).toString(16)}\r\n`);
        out.bytes(source, from, to);
        out.text("\r\n");
      }
      if (isLast) out.text("0\r\n\r\n");
      out.flush();
    }
    this.isSent = isLast || this.written === length;
    this.expectAnswer(wsi);
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

  private stop(): void {
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
  private enter(): void {
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

  /** @internal */
  fail(code: HttpFailure): void {
    if (this.stage === Stage.over) return;
    const isUnreachable = this.wsi === undefined;
    this.stop();
    this.client.queue?.leave(this, isUnreachable ? code : undefined);
    this.caller.onFailed(this, code);
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

  private expectAnswer(wsi: Wsi): void {
    wsi.setTimeout(Timeout.answer, this.client.answerTimeout);
  }

  private expectBody(wsi: Wsi): void {
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

  // --- the request ----------------------------------------------------------------------------------------------------------

  /** @internal There is room on the way to the server. */
  send(wsi: Wsi): void {
    if (!this.isAsked) {
      this.isAsked = true;
      this.request.write(new HeadWriter(wsi), this.client.idle > 0);
      this.expectAnswer(wsi);
      if (!this.isSent) wsi.callbackOnWritable();
    } else if (!this.isSent && this.stage === Stage.asking) (this.request.body ?? this.caller).onWriteable?.(this);
  }

  // --- the answer -----------------------------------------------------------------------------------------------------------

  /** @internal Something has come from the server. */
  receive(wsi: Wsi): void {
    if (this.stage === Stage.asking) this.readHead(wsi);
    else if (this.stage === Stage.reading) this.readBody(wsi);
  }

  private readHead(wsi: Wsi): void {
    this.head ??= new AnswerHead(this.client.headerBytes);
    const { head } = this;
    const { upgrade } = this.request;
    head.length += wsi.read(head.store, head.length, head.store.length);
    for (;;) {
      const state = head.parse();
      if (state === "more") return;
      if (state !== "end" || (head.status === 101 && !upgrade)) {
        this.fail("BAD_ANSWER");
        return;
      }
      if (!head.isInterim) break;
      head.next();
    }
    this.request.cookies?.learn(this.request.url, head, true);
    if (head.status === 101 && upgrade) this.change(wsi, head, upgrade);
    else this.answer(wsi, head);
  }

  /** What has come behind the head is read again. */
  private giveBack(wsi: Wsi, head: AnswerHead): void {
    if (head.length === head.at) return;
    wsi.unread(head.store, head.at, head.length);
    wsi.flags |= Flag.rx;
  }

  /** The connection becomes what was asked for, and is not ours any more. */
  private change(wsi: Wsi, head: AnswerHead, upgrade: HttpUpgrade): void {
    const error = upgrade.check(head);
    if (error) {
      this.fail(error);
      return;
    }
    this.giveBack(wsi, head);
    this.wsi = undefined;
    this.cancel();
    upgrade.take(wsi);
  }

  private answer(wsi: Wsi, head: AnswerHead): void {
    const { request } = this;
    const { status } = head;
    if (status > 300 && status < 309 && request.redirects > 0 && this.follow(head)) return;
    this.isPassed = request.wantsLogin(head) && this.mayRepeat(request.url);
    if (this.stage === Stage.over) return;
    this.giveBack(wsi, head);
    this.status = status;
    this.bodyLength = request.isBodiless(status) ? 0 : head.bodyLength;
    this.isKept = this.client.idle > 0 && head.minor > 0 && !head.options.includes(",close,");
    const body = new AnswerBody(this.bodyLength);
    this.body = body;
    this.stage = Stage.reading;
    this.expectBody(wsi);
    if (!this.isPassed) this.caller.onAnswer(this);
    else if (!this.isKept || !this.isSent || body.lasts || this.bodyLength > passedOver) {
      this.repeat();
      return;
    }
    this.head = undefined;
    if (this.body !== body) return;
    if (body.isOver) this.finish();
    else if (this.isHeld && !this.isPassed) wsi.rxFlow(false);
  }

  /** Whether a request can be made again that has gone out: its body is written once more. */
  private mayRepeat(url: Url): boolean {
    const { request, caller } = this;
    if (request.length === undefined || request.body) return true;
    return caller.onRedirect?.(this, url, true) ?? false;
  }

  /** Makes the request again, on a connection that the server keeps or on a new one. */
  private repeat(): void {
    this.stop();
    this.begin();
  }

  private readBody(wsi: Wsi): void {
    const { isPassed } = this;
    const body = this.body as AnswerBody;
    const { buffer } = wsi.vhost.context;
    const most = (!isPassed && this.caller.room?.()) || buffer.length;
    const count = wsi.read(buffer, 0, body.room(buffer.length, most));
    const decoded = body.decode(buffer, count, most);
    if (decoded < 0) {
      this.fail("BAD_ANSWER");
      return;
    }
    if (body.isOver && body.used < count) this.isKept = false;
    else if (body.used < count) {
      wsi.unread(buffer, body.used, count);
      if (decoded === most) wsi.flags |= Flag.rx;
    }
    this.received += decoded;
    if (isPassed && this.received > passedOver) this.repeat();
    else if (decoded > 0 && !isPassed) this.caller.onBody(this, buffer, 0, decoded);
    if (body.isOver && this.body === body) this.finish();
  }

  private finish(): void {
    const { wsi, request, client, isKept, isSent, isPassed } = this;
    if (wsi && isKept && isSent && !wsi.parked && !(wsi.flags & Flag.end)) {
      this.wsi = undefined;
      wsi.rxFlow(true);
      client.keep(wsi, request.url);
    }
    if (isPassed) this.repeat();
    else {
      this.cancel();
      this.caller.onEnd(this);
    }
  }

  /** True if the answer is dealt with: it leads elsewhere, or that was refused. */
  private follow(head: AnswerHead): boolean {
    const { request, caller, client } = this;
    const { status } = head;
    const location = head.header("location");
    if (location === undefined || status === 304 || status === 305 || status === 306) return false;
    const url = resolveUrl(request.url, location);
    const replays = request.length !== undefined && !request.body && !request.becomesGet(status);
    const isFit = url && (url.secure ? client.ways.tls !== undefined : !request.url.secure);
    const isAllowed = isFit && (caller.onRedirect?.(this, url, replays) ?? !replays);
    if (this.stage === Stage.over) return true;
    if (!url || !isAllowed) {
      this.fail("BAD_REDIRECT");
      return true;
    }
    this.cancel();
    request.redirect(url, status);
    this.enter();
    return true;
  }
}
