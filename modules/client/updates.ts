/**
 * Looks for updates on a server: when the network is there, then once a day, at a time that is left to chance, so that many units don't come at once. What is newer is
 * installed when somebody asks for it, or by itself where that was allowed.
 */
import { type ErrorCode, LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Sul } from "lws/core/scheduler";
import { Vhost } from "lws/core/vhost";
import type { Setup } from "lws/system/setup";
import type { UpdateOffer, UpdateView } from "lws/system/state";
import type { UnitListener } from "lws/system/unit";
import { knownTime } from "lws/tls/certificate";
import { UpdateError } from "lws/update/error";
import { HttpClient, type HttpClientOptions } from "./http-client";
import { randomBelow, withJitter } from "./random";
import type { Resolver } from "./resolver";
import { TlsClient } from "./tls";
import { type Checker, UpdateCheck } from "./update-check";
import { type Choice, chooseApplication, chooseSetup } from "./update-choice";
import type { Manifest } from "./update-manifest";
import { setUpdateUrl, updateAuthorities, updateKeys, updateUrl } from "./update-source";
import { UpdateTransfer } from "./update-transfer";

export interface UpdatesOptions {
  setup: Setup;
  /** Asked when the network is there. */
  resolver: () => Resolver;
  /** Milliseconds within which the first look comes once the network is there. Default a minute. */
  first?: number;
  /** Milliseconds between two looks, and the window around that within which the next one comes. Default 24 and 4 hours. */
  interval?: number;
  window?: number;
  /** Milliseconds until the next look after one that has failed; the last repeats. Each is up to half longer. Default 30 s, 2, 10 and 60 minutes. */
  retries?: readonly number[];
  /** Milliseconds until a download that was interrupted goes on, for the first, second, … time in a row. Default 1, 2, 4, 8, 16 and 32 s. */
  waits?: readonly number[];
  /** Limits of connections that stand in for the usual. */
  http?: Partial<HttpClientOptions>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RETRIES: readonly number[] = [MINUTE / 2, 2 * MINUTE, 10 * MINUTE, HOUR];
const JITTER = 50;

/** What a server may take its time for. Of a file, 16 kB have to come in 20 s. */
const LIMITS = { connectTimeout: 20_000, answerTimeout: 20_000, bodyTimeout: 20_000, leastBytes: 16_384, idle: 0 };

export class Updates extends Sul implements UpdateView, UnitListener, Checker {
  state: UpdateView["state"] = "off";
  error: ErrorCode | "" = "";
  checked = 0;
  url = "";
  auto: boolean;
  private readonly options: UpdatesOptions;
  private vhost: Vhost | undefined = undefined;
  private isOnline = false;
  /** A look is due that waits for the time, the network or the installer. */
  private isDue = false;
  private tries = 0;
  private choiceOfApp: Choice | undefined = undefined;
  private choiceOfFactory: Choice | undefined = undefined;
  private tls: TlsClient | undefined = undefined;
  private looking: UpdateCheck | undefined = undefined;
  private transfer: UpdateTransfer | undefined = undefined;

  constructor(options: UpdatesOptions) {
    super();
    const { setup } = options;
    this.options = options;
    this.auto = setup.settings.get("update-auto") === "1";
    this.reset();
  }

  get app(): UpdateOffer | undefined {
    return this.choiceOfApp?.offer;
  }
  get factory(): UpdateOffer | undefined {
    return this.choiceOfFactory?.offer;
  }

  /** The source is another one, or may be: nothing is known of it yet. */
  private reset(): void {
    this.url = updateUrl(this.options.setup.settings);
    this.state = this.url === "" ? "off" : "waiting";
    this.error = "";
    this.checked = 0;
    this.tries = 0;
    this.choiceOfApp = this.choiceOfFactory = undefined;
  }

  // --- when -----------------------------------------------------------------------------------------------------------------

  /** @internal The network has come or gone, perhaps; or the time is known; or the installer is free. */
  onChange(): void {
    const { setup, first = MINUTE } = this.options;
    const online = setup.network.address !== undefined;
    if (online !== this.isOnline) {
      this.isOnline = online;
      if (online) {
        this.tries = 0;
        this.later(randomBelow(first));
      }
    }
    if (this.isDue) this.look();
  }

  /** @internal */
  override fire(): void {
    this.isDue = true;
    this.look();
  }

  private later(delay: number): void {
    if (this.url !== "") this.options.setup.context.scheduler.schedule(this, delay);
  }

  private look(): void {
    const { setup } = this.options;
    const canLook = this.isOnline && knownTime() !== undefined && setup.update.state === "idle";
    if (!canLook || this.looking || this.transfer || this.url === "") return;
    this.isDue = false;
    this.state = "checking";
    try {
      const keys = updateKeys();
      if (!keys) throw new LwsError("UPDATE_NO_SERVER");
      this.looking = new UpdateCheck(this.open(), this.url, keys, setup.identity.model, this);
    } catch (error) {
      this.onCheckFailed(error instanceof LwsError ? error.code : ((error as Error).message as ErrorCode));
      return;
    }
    setup.changed();
  }

  /** A client for this one use: what it takes is not to be had for ever. */
  private open(): HttpClient {
    const { setup, resolver, http } = this.options;
    const authorities = updateAuthorities(setup.settings);
    if (!authorities) throw new LwsError("UPDATE_NO_SERVER");
    this.tls = new TlsClient({ context: setup.context, authorities: [authorities], alpn: "http/1.1", resumable: 0 });
    this.vhost ??= new Vhost(setup.context, { name: "updates" });
    return new HttpClient({ ...LIMITS, ...http, vhost: this.vhost, resolver: resolver(), tls: this.tls });
  }

  private close(): void {
    this.looking = this.transfer = undefined;
    this.tls?.close();
    this.tls = undefined;
  }

  /** @internal */
  onManifest(manifest: Manifest): void {
    const { setup, interval = 24 * HOUR, window = 4 * HOUR } = this.options;
    this.close();
    this.choiceOfApp = chooseApplication(manifest);
    this.choiceOfFactory = chooseSetup(manifest);
    this.state = "fresh";
    this.error = "";
    this.checked = Math.floor(Date.now() / 1000);
    this.tries = 0;
    this.later(Math.max(interval - window / 2, 0) + randomBelow(window));
    setup.changed();
    this.serve();
  }

  /** @internal */
  onCheckFailed(code: ErrorCode): void {
    log.warn("updates", `no look at ${this.url}: ${code}`);
    this.close();
    this.state = "failed";
    this.error = code;
    this.retry();
    this.options.setup.changed();
  }

  private retry(): void {
    const { retries = RETRIES } = this.options;
    const delay = retries[Math.min(this.tries++, retries.length - 1)] as number;
    this.later(withJitter(delay, JITTER));
  }

  /** Installs what is newer where that was allowed; but not once more what this unit has given up. */
  private serve(): void {
    const { choiceOfApp, auto, options } = this;
    const { setup } = options;
    if (!auto || !choiceOfApp?.offer.newer || setup.update.state !== "idle") return;
    if (setup.rolled?.info.git === choiceOfApp.release.version) return;
    try {
      this.begin(choiceOfApp);
    } catch (error) {
      log.warn("updates", String(error));
    }
  }

  private begin({ release }: Choice): void {
    const { setup } = this.options;
    log.notice("updates", `fetches ${release.file}`);
    try {
      this.transfer = new UpdateTransfer({
        scheduler: setup.context.scheduler,
        client: this.open(),
        update: setup.update,
        base: this.url,
        release,
        waits: this.options.waits,
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
    this.options.setup.changed();
  }

  // --- what somebody asks for -------------------------------------------------------------------------------------------------

  /** Looks now. Throws UPDATE_NO_SERVER, UPDATE_BUSY, CONNECT_UNREACHABLE. */
  check(): void {
    // Settings may have come another way.
    if (updateUrl(this.options.setup.settings) !== this.url) this.reset();
    if (this.url === "") throw new LwsError("UPDATE_NO_SERVER");
    if (this.transfer || this.options.setup.update.state !== "idle") throw new LwsError("UPDATE_BUSY");
    if (!this.isOnline) throw new LwsError("CONNECT_UNREACHABLE");
    this.isDue = true;
    this.look();
  }

  /** Installs what the last look has found. Throws NOT_FOUND, UPDATE_BUSY, UPDATE_NO_SLOT, UPDATE_TOO_LARGE. */
  install(what: "app" | "factory"): void {
    const choice = what === "app" ? this.choiceOfApp : this.choiceOfFactory;
    if (!choice) throw new LwsError("NOT_FOUND", "the server offers nothing");
    if (this.transfer || this.options.setup.update.state !== "idle") throw new LwsError("UPDATE_BUSY");
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
    this.options.setup.changed();
  }

  /** Throws STORAGE_…. */
  setAuto(on: boolean): void {
    const { setup } = this.options;
    setup.settings.set("update-auto", on ? "1" : "");
    this.auto = on;
    setup.changed();
    if (this.state === "fresh" && !this.transfer) this.serve();
  }

  /** Looks there from now on; "": where the image says. Throws BAD_OPTION, STORAGE_…. */
  setUrl(url: string): void {
    const { setup } = this.options;
    setUpdateUrl(setup.settings, url);
    this.cancel();
    this.reset();
    setup.context.scheduler.cancel(this);
    this.isDue = this.url !== "";
    this.look();
    setup.changed();
  }
}
