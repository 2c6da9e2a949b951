/**
 * The one update that a unit in setup can be at: who feeds it, its pauses and its end. What is left when all bytes have arrived is done in turns, so that
 * the page stays alive. An update whose connection is lost keeps what it has for a while; whoever knows its id may go on.
 */
import { LwsError } from "lws/core/errors";
import { type Scheduler, Sul } from "lws/core/scheduler";
import type { ByteSource } from "lws/platform/bytes";
import { UpdateError } from "lws/update/error";
import { Installer } from "lws/update/installer";
import { slotSize } from "lws/update/target";

/** Who brings the bytes of an update. */
export interface Feeder {
  /** The update is over: installed, or failed with an error. Its bytes are not wanted any more. Not called for an end that the feeder itself has caused. */
  onUpdateEnd(error: LwsError | undefined): void;
}

export interface UpdateStart {
  from: "page" | "server";
  /** What the update can be resumed by; "": not at all. */
  id: string;
  /** Bytes that will come, for showing progress; 0 where that is not known. */
  length: number;
  /** The length is that of image and trailer, and nothing else. */
  exact: boolean;
}

/** Whose update it is. */
export interface UpdateOwner {
  readonly context: { readonly scheduler: Scheduler };
  /** Model of this device. */
  readonly identity: { readonly model: string };
  /** It has begun, paused, gone on or ended. */
  onUpdateChange(): void;
  /** It has come further. */
  onUpdateProgress(): void;
  /** The image is installed: time to restart. */
  onInstalled(): void;
  /** It has failed in a way that whoever looks at a page has to be told, since the answer to the request may not reach it. */
  onUpdateFailed(error: LwsError): void;
}

export type UpdateState = "idle" | "receiving" | "paused" | "checking" | "done";

/** Milliseconds that a paused update waits. */
const PATIENCE = 60_000;

export class Update extends Sul {
  /** Where the image comes from; "" while none does. */
  from: UpdateStart["from"] | "" = "";
  id = "";
  /** See {@link UpdateStart}. */
  length = 0;
  private readonly owner: UpdateOwner;
  /** Made for the first update. */
  private installer: Installer | undefined;
  private feeder: Feeder | undefined;
  private isPaused = false;

  constructor(owner: UpdateOwner) {
    super();
    this.owner = owner;
  }

  get state(): UpdateState {
    return this.isPaused ? "paused" : (this.installer?.state ?? "idle");
  }

  /** An update is under way that a restart would end. */
  get isBusy(): boolean {
    const { state } = this;
    return state === "receiving" || state === "checking";
  }

  /** Bytes taken so far; 0 while there is no update. */
  get received(): number {
    return this.state === "idle" ? 0 : (this.installer as Installer).received;
  }

  /** Bytes that image and trailer may have. */
  get capacity(): number {
    return slotSize();
  }

  /**
   * Starts an update. One of the same id gives way, since its connection may be dead; to somebody at a page, one that is paused does, too.
   * @throws UpdateError UPDATE_BUSY, UPDATE_NO_SLOT, UPDATE_TOO_LARGE.
   */
  begin(feeder: Feeder, start: UpdateStart): void {
    if ((this.isPaused && start.from === "page") || this.isMine(start.id)) this.end(new LwsError("UPDATE_CANCELLED"));
    this.installer ??= new Installer(this.owner.identity.model, () => this.owner.onUpdateProgress());
    this.installer.begin(start.exact ? start.length : 0);
    this.feeder = feeder;
    this.from = start.from;
    this.id = start.id;
    this.length = start.length;
    this.owner.onUpdateChange();
  }

  /**
   * Goes on where an update was interrupted: `offset` bytes of `length` are there. Its present connection, if any, may be dead and gives way.
   * @throws LwsError UPDATE_OFFSET where there is no such update, or it is elsewhere.
   */
  resume(feeder: Feeder, id: string, offset: number, length: number): void {
    if (!this.isMine(id) || offset !== this.received || length !== this.length) throw new LwsError("UPDATE_OFFSET");
    const before = this.feeder;
    this.feeder = feeder;
    before?.onUpdateEnd(new LwsError("UPDATE_CANCELLED"));
    this.owner.context.scheduler.cancel(this);
    this.isPaused = false;
    this.owner.onUpdateChange();
  }

  /**
   * Takes the next bytes.
   * @throws UpdateError; tell {@link Update.fail} then.
   */
  write(source: ByteSource, from: number, to: number): void {
    (this.installer as Installer).write(source, from, to);
  }

  /** Its bytes have ceased to come: keeps what is there for `patience` milliseconds. One that can't be resumed ends. */
  pause(feeder: Feeder, patience = PATIENCE): void {
    if (feeder !== this.feeder || this.state !== "receiving") return;
    if (this.id === "") {
      this.abandon(feeder);
      return;
    }
    this.feeder = undefined;
    this.isPaused = true;
    this.owner.context.scheduler.schedule(this, patience);
    this.owner.onUpdateChange();
  }

  /** All bytes have come. The feeder is told when the image is installed, or why it is not. */
  finish(): void {
    (this.installer as Installer).finish();
    this.owner.context.scheduler.schedule(this, 0);
    this.owner.onUpdateChange();
  }

  /**
   * The feeder has an error on its hands, its own or one of {@link Update.begin} or {@link Update.write}; returns it as the catalogue names it. Ends the update
   * where it is that feeder's.
   */
  fail(feeder: Feeder, error: unknown): LwsError {
    const known = toLwsError(error);
    this.abandon(feeder);
    // Who was told that another one uploads, or where to go on, is the only one whom that concerns.
    if (known.code !== "UPDATE_BUSY" && known.code !== "UPDATE_OFFSET") this.owner.onUpdateFailed(known);
    return known;
  }

  /** The feeder gives its update up. Nothing happens where it is another's. */
  abandon(feeder: Feeder): void {
    if (feeder !== this.feeder) return;
    this.feeder = undefined;
    this.end();
  }

  /** Somebody wants no update any more: its feeder is told. */
  cancel(): void {
    if (this.state !== "idle" && this.state !== "done") this.end(new LwsError("UPDATE_CANCELLED"));
  }

  private isMine(id: string): boolean {
    return id !== "" && id === this.id && (this.isPaused || this.state === "receiving");
  }

  /** Ends what runs or is paused. */
  private end(error?: LwsError): void {
    const { owner, feeder } = this;
    owner.context.scheduler.cancel(this);
    this.installer?.abort();
    this.isPaused = false;
    this.feeder = undefined;
    this.from = this.id = "";
    if (error) feeder?.onUpdateEnd(error);
    owner.onUpdateChange();
  }

  /** @internal Nobody has gone on with a paused update, or it is the turn of what is left when all bytes have come. */
  override fire(): void {
    if (this.isPaused) this.end();
    else this.work(this.installer as Installer);
  }

  private work(installer: Installer): void {
    const { owner } = this;
    try {
      if (!installer.step()) {
        owner.context.scheduler.schedule(this, 0);
        return;
      }
    } catch (error) {
      const known = toLwsError(error);
      this.end(known);
      owner.onUpdateFailed(known);
      return;
    }
    const { feeder } = this;
    this.feeder = undefined;
    feeder?.onUpdateEnd(undefined);
    owner.onInstalled();
    owner.onUpdateChange();
  }
}

/** An error as the catalogue names it; one that it does not know is an internal one. */
function toLwsError(error: unknown): LwsError {
  if (error instanceof LwsError) return error;
  return new LwsError(error instanceof UpdateError ? error.code : "INTERNAL");
}
