/** Files of an update server: what is asked for, and how the answer comes. How they are fetched is somebody else's; by default it is an HTTP client of their own. */
import type { Context } from "lws/core/context";
import type { ErrorCode } from "lws/core/errors";
import { Vhost } from "lws/core/vhost";
import type { ByteSource } from "lws/platform/bytes";
import { HttpClient, type HttpClientOptions } from "./http-client";
import type { Resolver } from "./resolver";
import { TlsClient } from "./tls";

export interface Wanted {
  /** The list of what is to be had, or one of its files. */
  readonly what: "list" | "file";
  readonly url: string;
  /** So many bytes of the file are there already. */
  readonly from: number;
  /** The strong tag of what is there, or "": the rest is wanted only of the same file. */
  readonly tag: string;
}

/** The head of an answer. */
export interface Answer {
  readonly status: number;
  /** Bytes of the body as the headers state it; negative where they don't. */
  readonly bodyLength: number;
  /** Only during {@link FileCaller.onAnswer}. */
  header(name: "content-encoding" | "content-range" | "etag"): string | undefined;
}

/** Who asked. Each file ends with one call of `onEnd` or `onFailed`, in a later turn; with none after `cancel`. */
export interface FileCaller {
  onAnswer(answer: Answer): void;
  onBody(answer: Answer, buffer: Uint8Array, from: number, to: number): void;
  onEnd(answer: Answer): void;
  onFailed(answer: Answer, code: ErrorCode): void;
}

export interface Fetch {
  /** Idempotent. */
  cancel(): void;
}

export interface Fetcher {
  /** Throws where nothing can be asked for. */
  fetch(wanted: Wanted, caller: FileCaller): Fetch;
  /** Nothing is asked for any more. What it needs goes with the last answer. */
  close(): void;
}

/** Makes a fetcher for one look or one download: what that takes is not to be had for ever. */
export type FetcherMaker = (ways: FetchWays) => Fetcher;

export interface FetchWays {
  context: Context;
  resolver: Resolver;
  /** Who may vouch for servers. */
  authorities: ByteSource;
  /** Limits of connections. */
  http: Partial<HttpClientOptions>;
}

export class HttpFetcher implements Fetcher {
  private readonly tls: TlsClient;
  private readonly client: HttpClient;

  /** Throws CERT_…. */
  constructor({ context, resolver, authorities, http }: FetchWays) {
    this.tls = new TlsClient({ context, authorities: [authorities], alpn: "http/1.1", resumable: 0 });
    this.client = new HttpClient({ ...http, vhost: new Vhost(context, { name: "updates" }), resolver, tls: this.tls });
  }

  fetch({ url, from, tag, what }: Wanted, caller: FileCaller): Fetch {
    let headers = what === "list" ? "Accept: application/json\r\n" : "";
    if (from > 0) headers += `Range: bytes=${from}-\r\n${tag === "" ? "" : `If-Range: ${tag}\r\n`}`;
    return this.client.request({ url, headers }, caller);
  }

  close(): void {
    this.tls.close();
  }
}
