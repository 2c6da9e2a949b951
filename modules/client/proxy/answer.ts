/** An answer as it is passed on (RFC 9110 §7.6). */

import type { Endpoint } from "lws/client/endpoint";
import type { AnswerHead } from "lws/client/http/answer-head";
import type { Wsi } from "lws/core/wsi";
import { dateLine } from "lws/http/date-line";
import type { LineSink, RelayedAnswer } from "lws/http/relay";
import { reasonPhrase } from "lws/http/status";
import type { Transaction } from "lws/http/transaction";
import { ByteSet, Bytes } from "lws/platform/bytes";
import { copyLines, type LineRules } from "./copy-lines";

/**
 * What is not passed on as it is. Alt-Svc speaks for the host in the address (RFC 7838 §2.1), which is ours. In the order of {@link Known}.
 */
const names = "location content-length connection keep-alive te trailer transfer-encoding upgrade alt-svc";

const enum Known {
  location = 1,
  contentLength,
}

export class PassedAnswer implements RelayedAnswer, LineRules {
  readonly names = names;
  readonly options: string;
  readonly noUnderscores = false;
  readonly status: number;
  readonly reason: string;
  private sink: LineSink | undefined = undefined;

  /** `length`: what {@link RelayedAnswer.length} says. */
  constructor(
    private readonly server: Wsi,
    private readonly http: Transaction,
    private readonly head: AnswerHead,
    readonly length: number,
    private readonly endpoint: Endpoint,
    private readonly name: string,
  ) {
    this.options = head.options;
    this.status = head.status;
    this.reason = head.reason || reasonPhrase(head.status);
  }

  writeLines(sink: LineSink): void {
    const { head, http } = this;
    this.sink = sink;
    copyLines(head, this, sink);
    const { context } = this.server.vhost;
    if (head.header("date") === undefined) sink.text(context.date ?? dateLine(context));
    for (const line of (http.mount?.headers ?? "").split("\r\n")) {
      if (line !== "" && head.header(line.slice(0, line.indexOf(":"))) === undefined) sink.text(`${line}\r\n`);
    }
    sink.text(`Via: 1.${head.minor} ${this.name}\r\n`);
  }

  known(position: number, from: number, value: number, to: number): void {
    if (position === Known.location) this.writeLocation(from, value, to);
    // An answer without its body says how long that would be (RFC 9110 §8.6).
    else if (position === Known.contentLength && (this.http.method === "HEAD" || this.status === 304)) {
      this.sink?.bytes(this.head.store, from, to);
    }
  }

  /** An address of the origin's below its base becomes the one that it has here; another is passed as it is. */
  private writeLocation(from: number, value: number, to: number): void {
    const { store } = this.head;
    const { authority, address, port, base } = this.endpoint;
    const sink = this.sink as LineSink;
    const start = Bytes.span(store, value, to, ByteSet.blank);
    let path = start;
    for (const origin of [`http://${authority}`, `//${authority}`, `http://${address}:${port}`]) {
      const end = start + origin.length;
      const isWhole =
        end < to && (store[end] === 0x2f || store[end] === 0x3f || store[end] === 0x23 || store[end] === 0x0d);
      if (isWhole && Bytes.equals(store, start, end, origin)) path = end;
    }
    const isRelative = path === start && (store[start] !== 0x2f || store[start + 1] === 0x2f);
    const below = path + base.length;
    const next = below < to ? store[below] : 0;
    const isBelow =
      Bytes.latin1(store, path, Math.min(below, to)) === base &&
      (next === 0x2f || next === 0x3f || next === 0x23 || next === 0x0d);
    const mountpoint = this.http.mount?.mountpoint ?? "/";
    const isRoot = mountpoint === "/";
    // Two slashes at the beginning would name a host.
    if (isRelative || !isBelow || (isRoot && next === 0x2f && store[below + 1] === 0x2f)) {
      sink.bytes(store, from, to);
      return;
    }
    sink.text(`Location: ${isRoot ? "" : mountpoint}${next !== 0x2f && (isRoot || base === "") ? "/" : ""}`);
    sink.bytes(store, below, to);
  }
}
