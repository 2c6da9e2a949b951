/** One look at the server: fetches the manifest, and checks who has signed it and what it says. */
import { type ErrorCode, LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { type JwsCodes, type Keys, openJws } from "./jws";
import type { Answer, Fetch, Fetcher, FileCaller } from "./update-fetch";
import { type Manifest, PAYLOAD, readManifest } from "./update-manifest";

/** Bytes of the manifest as it is sent: its payload is encoded, and has a header and a signature beside it. */
const LONGEST = Math.ceil(PAYLOAD / 3) * 4 + 600;

const CODES: JwsCodes = { malformed: "UPDATE_MANIFEST", untrusted: "UPDATE_MANIFEST_SIGNATURE" };

/** Who wants to know. One of these is called, once and in a later turn; neither after {@link UpdateCheck.cancel}. */
export interface Checker {
  onManifest(manifest: Manifest): void;
  onCheckFailed(code: ErrorCode): void;
}

/** An answer that has no file to give, as an error; undefined for one that has. */
export function refusal(status: number): ErrorCode | undefined {
  if (status === 200 || status === 206) return undefined;
  return status >= 300 && status < 400 ? "UPDATE_REDIRECT" : "UPDATE_REFUSED";
}

export class UpdateCheck implements FileCaller {
  private readonly fetch: Fetch;
  private body: Uint8Array | undefined = undefined;
  private length = 0;

  constructor(
    fetcher: Fetcher,
    base: string,
    private readonly keys: Keys,
    private readonly model: string,
    private readonly checker: Checker,
  ) {
    this.fetch = fetcher.fetch({ what: "list", url: `${base}/manifest.json`, from: 0, tag: "" }, this);
  }

  cancel(): void {
    this.fetch.cancel();
    this.body = undefined;
  }

  /** @internal */
  onAnswer(answer: Answer): void {
    const { status, bodyLength } = answer;
    const code = status === 206 ? "UPDATE_REFUSED" : refusal(status);
    if (code) log.warn("updates", `the server answers ${status}`);
    if (code) this.fail(code);
    else if (bodyLength > LONGEST || isEncoded(answer)) this.fail("UPDATE_MANIFEST");
    else this.body = new Uint8Array(LONGEST);
  }

  /** @internal */
  onBody(_answer: Answer, buffer: Uint8Array, from: number, to: number): void {
    const { body, length } = this;
    if (!body || length + to - from > LONGEST) this.fail("UPDATE_MANIFEST");
    else this.length = Bytes.copy(buffer, from, to, body, length);
  }

  /** @internal */
  onEnd(): void {
    const { body } = this;
    if (!body) return;
    this.body = undefined;
    let manifest: Manifest;
    try {
      manifest = readManifest(openJws(body, this.length, this.keys, CODES), this.model);
    } catch (error) {
      log.warn("updates", String(error));
      this.checker.onCheckFailed(error instanceof LwsError ? error.code : "UPDATE_MANIFEST");
      return;
    }
    this.checker.onManifest(manifest);
  }

  /** @internal */
  onFailed(_answer: Answer, code: ErrorCode): void {
    this.checker.onCheckFailed(code);
  }

  private fail(code: ErrorCode): void {
    this.cancel();
    this.checker.onCheckFailed(code);
  }
}

/** The content is not the file itself: nobody has asked for that. */
export function isEncoded(answer: Answer): boolean {
  const coding = answer.header("content-encoding");
  return coding !== undefined && coding.toLowerCase() !== "identity";
}
