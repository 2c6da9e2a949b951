/**
 * Brings one image from the server to the installer. A connection that is lost, or too slow, is made again after a while, and the server asked for the rest. The
 * file has to have the length and the hash that the manifest says; what it is, and who has signed it, the installer finds out.
 */
import Hex from "hex";
import { type ErrorCode, LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Alarm, type Scheduler } from "lws/core/scheduler";
import { Chip } from "lws/platform/chip";
import { Digest } from "lws/platform/digest";
import type { Feeder, Update } from "lws/system/update";
import { withJitter } from "./random";
import { isEncoded, refusal } from "./update-check";
import type { Answer, Fetch, Fetcher, FileCaller } from "./update-fetch";
import type { Release } from "./update-manifest";

/** Milliseconds until the next try, for the first, second, … in a row that has not brought {@link STEP} bytes. Each is up to half longer. */
const WAITS: readonly number[] = [1000, 2000, 4000, 8000, 16_000, 32_000];
const JITTER = 50;
const STEP = 16_384;
/** Milliseconds that the installer keeps what it has while nothing comes. */
const PATIENCE = 300_000;
/** How often the file may change, or the server be unable to go on, before it is given up. */
const RESTARTS = 2;

export interface TransferOptions {
  scheduler: Scheduler;
  fetcher: Fetcher;
  update: Update;
  /** Address of the folder. */
  base: string;
  release: Release;
  /** Stands in for {@link WAITS}. */
  waits?: readonly number[] | undefined;
  /** It is over: installed, or not. Not called after {@link UpdateTransfer.cancel}. */
  onOver: (error: LwsError | undefined) => void;
}

export class UpdateTransfer implements FileCaller, Feeder {
  private readonly id: string;
  private readonly alarm = new Alarm(() => this.goOn());
  private fetch: Fetch | undefined = undefined;
  private digest = new Digest("SHA-256");
  private tag = "";
  private tries = 0;
  private restarts = 0;
  /** Bytes that were there at the last try that brought enough. */
  private mark = 0;
  private isOver = false;

  /** Throws what `Update.begin` throws. */
  constructor(private readonly options: TransferOptions) {
    const bytes = new Uint8Array(8);
    Chip.random(bytes, 0, 8);
    this.id = Hex.toString(bytes).toLowerCase();
    this.begin();
    this.request();
  }

  /** Gives it up. */
  cancel(): void {
    this.release();
    this.takeBack();
    this.options.update.abandon(this);
  }

  private begin(): void {
    const { update, release } = this.options;
    this.mark = 0;
    update.begin(this, { from: "server", id: this.id, length: release.size, exact: true });
  }

  private get received(): number {
    return this.options.update.received;
  }

  private request(): void {
    const { fetcher, base, release } = this.options;
    const { received, tag } = this;
    this.fetch = fetcher.fetch({ what: "file", url: `${base}/${release.file}`, from: received, tag }, this);
  }

  // --- the file -------------------------------------------------------------------------------------------------------------

  /** @internal */
  onAnswer(answer: Answer): void {
    const { status, bodyLength } = answer;
    const { size } = this.options.release;
    const { received } = this;
    const code = refusal(status);
    if (code) log.warn("updates", `the server answers ${status}`);
    // Busy servers, and those that hide behind others, may do better later.
    if (status === 408 || status === 429 || status >= 500) this.pause("UPDATE_REFUSED");
    else if (code) this.fail(code);
    else if (isEncoded(answer) || (status === 206 && received === 0)) this.fail("UPDATE_REFUSED");
    else if (status === 206 && !isRest(answer, received, size)) this.fail("UPDATE_LENGTH");
    else if (status === 200 && bodyLength !== size) this.fail("UPDATE_LENGTH");
    else {
      if (status === 200 && received > 0) this.restart();
      // A weak tag, or a date, does not say that the bytes are the same (RFC 9110 §13.1.5): the hash will.
      const tag = answer.header("etag") ?? "";
      this.tag = /^"[!#-~]{1,100}"$/.test(tag) ? tag : "";
    }
  }

  /** The server sends all of it again. */
  private restart(): void {
    const { update } = this.options;
    log.notice("updates", "the server does not go on where it was: from the start");
    if (++this.restarts > RESTARTS) {
      this.fail("UPDATE_STALLED");
      return;
    }
    update.abandon(this);
    this.digest.close();
    this.digest = new Digest("SHA-256");
    try {
      this.begin();
    } catch (error) {
      this.fail(error);
    }
  }

  /** @internal */
  onBody(_answer: Answer, buffer: Uint8Array, from: number, to: number): void {
    if (this.isOver) return;
    try {
      this.options.update.write(buffer, from, to);
      this.digest.write(buffer, from, to);
    } catch (error) {
      this.fail(error);
    }
  }

  /** @internal */
  onEnd(): void {
    const { update, release } = this.options;
    this.fetch = undefined;
    if (this.isOver) return;
    if (this.received !== release.size) {
      this.fail("UPDATE_LENGTH");
      return;
    }
    const hash = Hex.toString(this.digest.close()).toLowerCase();
    this.digest = new Digest("SHA-256");
    if (hash !== release.sha256) this.fail("UPDATE_DAMAGED");
    else
      try {
        update.finish();
      } catch (error) {
        this.fail(error);
      }
  }

  /** @internal */
  onFailed(_answer: Answer, code: ErrorCode): void {
    this.fetch = undefined;
    // Who it is that answers does not change by asking again.
    if (code.startsWith("TLS_") || code === "RESOLVE_NO_NAME") this.fail(code);
    else this.pause(code);
  }

  // --- pauses and ends --------------------------------------------------------------------------------------------------------

  /** Waits, and goes on; but not for ever. */
  private pause(code: ErrorCode): void {
    const { update, scheduler, waits = WAITS } = this.options;
    this.fetch?.cancel();
    this.fetch = undefined;
    if (this.received - this.mark >= STEP) {
      this.tries = 0;
      this.mark = this.received;
    }
    const delay = waits[this.tries++];
    if (delay === undefined) {
      this.fail(code === "ANSWER_TIMEOUT" ? "UPDATE_STALLED" : code);
      return;
    }
    log.notice("updates", `${code} at ${this.received} bytes`);
    // The network may have to be looked for, which it is not while an image comes in.
    update.pause(this, PATIENCE);
    scheduler.schedule(this.alarm, withJitter(delay, JITTER));
  }

  private goOn(): void {
    try {
      this.resume();
    } catch (error) {
      // Somebody at the page had another use for the installer.
      this.end(error instanceof LwsError ? error : new LwsError("UPDATE_CANCELLED"));
      return;
    }
    try {
      this.request();
    } catch (error) {
      this.fail(error);
    }
  }

  private resume(): void {
    const { update, release } = this.options;
    if (update.state === "paused") update.resume(this, this.id, this.received, release.size);
    else if (update.id !== this.id) throw new LwsError("UPDATE_CANCELLED");
  }

  /** Only whose update it is can end it. */
  private takeBack(): void {
    try {
      this.resume();
    } catch {
      // It is another's by now.
    }
  }

  /** The update has failed; whoever looks at a page is told. */
  private fail(error: unknown): void {
    const { update } = this.options;
    if (this.isOver) return;
    this.takeBack();
    this.end(update.fail(this, typeof error === "string" ? new LwsError(error as ErrorCode) : error));
  }

  /** @internal It is installed, or was ended by the installer, or by somebody else. */
  onUpdateEnd(error: LwsError | undefined): void {
    this.end(error);
  }

  private end(error: LwsError | undefined): void {
    if (this.isOver) return;
    this.release();
    this.options.onOver(error);
  }

  private release(): void {
    this.isOver = true;
    this.options.scheduler.cancel(this.alarm);
    this.fetch?.cancel();
    this.fetch = undefined;
    this.digest.close();
  }
}

/** The answer is the rest of a file of `size` bytes, from `from` on (RFC 9110 §14.4). */
function isRest(answer: Answer, from: number, size: number): boolean {
  const range = answer.header("content-range");
  return range === `bytes ${from}-${size - 1}/${size}` && answer.bodyLength === size - from;
}
