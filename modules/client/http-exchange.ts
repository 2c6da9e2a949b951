/** One request of an {@link HttpClient} and its answer, over as many connections as it takes. What is held is the head of the answer while it arrives. */
import { LwsError } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { Flag } from "lws/core/wsi-flags";
import type { ByteSource } from "lws/platform/bytes";
import { HeadWriter } from "lws/roles/head-writer";
import { AnswerBody } from "./answer-body";
import { AnswerHead } from "./answer-head";
import type { HttpClient } from "./http-client";
import { HttpLine, Stage } from "./http-line";
import type { HttpCaller, HttpFailure, HttpUpgrade, PresentRequest } from "./http-request";
import { resolveUrl, type Url } from "./url";

/** Bytes of an answer that are read for nothing, rather than to connect anew. */
const passedOver = 2048;

export class HttpExchange extends HttpLine {
  /** The server keeps the connection. */
  private isKept = false;

  /** @internal */
  constructor(client: HttpClient, request: PresentRequest, caller: HttpCaller) {
    super(client, request, caller);
    this.enter();
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

  /** @internal */
  override fail(code: HttpFailure): void {
    if (this.stage === Stage.over) return;
    const isUnreachable = this.wsi === undefined;
    this.stop();
    this.client.queue?.leave(this, isUnreachable ? code : undefined);
    this.caller.onFailed(this, code);
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

  protected override finish(): void {
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
