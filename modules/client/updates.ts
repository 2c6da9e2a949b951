/** The updates of a unit in setup: what a look has found newer is installed when somebody asks for it, or by itself where that was allowed. */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import type { Setup } from "lws/system/setup";
import type { UpdateOffer, UpdateView } from "lws/system/state";
import { UpdateError } from "lws/update/error";
import { type Choice, chooseApplication, chooseSetup } from "./update-choice";
import { type LookOptions, UpdateLook } from "./update-look";
import type { Manifest } from "./update-manifest";
import { setUpdateUrl, updateUrl } from "./update-source";
import { UpdateTransfer } from "./update-transfer";

export interface UpdatesOptions extends LookOptions {
  setup: Setup;
  /** Milliseconds until a download that was interrupted goes on, for the first, second, … time in a row. Default 1, 2, 4, 8, 16 and 32 s. */
  waits?: readonly number[];
}

export class Updates extends UpdateLook implements UpdateView {
  auto: boolean;
  private readonly setup: Setup;
  private readonly waits: readonly number[] | undefined;
  private choiceOfApp: Choice | undefined = undefined;
  private choiceOfFactory: Choice | undefined = undefined;
  private transfer: UpdateTransfer | undefined = undefined;

  constructor(options: UpdatesOptions) {
    const { setup, waits } = options;
    super(setup, options);
    this.setup = setup;
    this.waits = waits;
    this.auto = setup.settings.get("update-auto") === "1";
  }

  get app(): UpdateOffer | undefined {
    return this.choiceOfApp?.offer;
  }
  get factory(): UpdateOffer | undefined {
    return this.choiceOfFactory?.offer;
  }

  protected override get isFree(): boolean {
    return !this.transfer && this.setup.update.state === "idle";
  }

  protected override close(): void {
    this.transfer = undefined;
    super.close();
  }

  protected override onLook(): void {
    this.setup.changed();
  }

  protected override offered(manifest: Manifest): void {
    this.choiceOfApp = chooseApplication(manifest);
    this.choiceOfFactory = chooseSetup(manifest);
    this.setup.changed();
    this.serve();
  }

  /** Installs what is newer where that was allowed; but not once more what this unit has given up. */
  private serve(): void {
    const { choiceOfApp, auto, setup } = this;
    if (!auto || !choiceOfApp?.offer.newer || !this.isFree) return;
    if (setup.rolled?.info.git === choiceOfApp.release.version) return;
    try {
      this.begin(choiceOfApp);
    } catch (error) {
      log.warn("updates", String(error));
    }
  }

  private begin({ release }: Choice): void {
    const { setup, waits } = this;
    log.notice("updates", `fetches ${release.file}`);
    try {
      this.transfer = new UpdateTransfer({
        scheduler: setup.context.scheduler,
        fetcher: this.open(),
        update: setup.update,
        base: this.url,
        release,
        waits,
        onOver: (error) => this.over(error),
      });
    } catch (error) {
      this.close();
      throw error instanceof UpdateError ? new LwsError(error.code) : error;
    }
  }

  private over(error: LwsError | undefined): void {
    this.close();
    if (!error) return;
    log.warn("updates", `nothing is installed: ${error.code}`);
    if (this.auto && error.code !== "UPDATE_CANCELLED") this.retry();
    this.setup.changed();
  }

  // --- what somebody asks for -------------------------------------------------------------------------------------------------

  /** Looks now. Throws UPDATE_NO_SERVER, UPDATE_BUSY, CONNECT_UNREACHABLE. */
  check(): void {
    // Settings may have come another way.
    if (updateUrl(this.setup.settings) !== this.url) this.reset();
    if (this.url === "") throw new LwsError("UPDATE_NO_SERVER");
    if (!this.isFree) throw new LwsError("UPDATE_BUSY");
    if (!this.isOnline) throw new LwsError("CONNECT_UNREACHABLE");
    this.isDue = true;
    this.look();
  }

  /** Installs what the last look has found. Throws NOT_FOUND, UPDATE_BUSY, UPDATE_NO_SLOT, UPDATE_TOO_LARGE. */
  install(what: "app" | "factory"): void {
    const choice = what === "app" ? this.choiceOfApp : this.choiceOfFactory;
    if (!choice) throw new LwsError("NOT_FOUND", "the server offers nothing");
    if (!this.isFree) throw new LwsError("UPDATE_BUSY");
    this.looking?.cancel();
    this.close();
    this.begin(choice);
  }

  /** Stops whatever is under way. */
  cancel(): void {
    const { looking, transfer } = this;
    if (!looking && !transfer) return;
    looking?.cancel();
    transfer?.cancel();
    this.close();
    if (looking) {
      this.state = this.checked > 0 ? "fresh" : "waiting";
      this.retry();
    }
    this.setup.changed();
  }

  /** Throws STORAGE_…. */
  setAuto(on: boolean): void {
    const { setup } = this;
    setup.settings.set("update-auto", on ? "1" : "");
    this.auto = on;
    setup.changed();
    if (this.state === "fresh") this.serve();
  }

  /** Looks there from now on; "": where the image says. Throws BAD_OPTION, STORAGE_…. */
  setUrl(url: string): void {
    const { setup } = this;
    setUpdateUrl(setup.settings, url);
    this.cancel();
    this.choiceOfApp = this.choiceOfFactory = undefined;
    this.reset();
    setup.context.scheduler.cancel(this);
    this.isDue = this.url !== "";
    this.look();
    setup.changed();
  }
}
