/** The parts that every unit has, whichever image it runs, wired to each other: settings, identity, slots, network, button, light, restart, and the states of the whole. */
import { knownTime } from "lws/core/clock";
import type { Context } from "lws/core/context";
import type { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Chip } from "lws/platform/chip";
import { RtcWord } from "lws/platform/rtc-word";
import type { NetworkAddress } from "lws/platform/sockets";
import Time from "time";
import { Bus, BusClass } from "./bus";
import { Button } from "./button";
import { Fallback } from "./fallback";
import { Identity } from "./identity";
import { Ladder, type Notifier, SystemState } from "./ladder";
import { Led } from "./led";
import { Network } from "./network";
import { Restart } from "./restart";
import { Settings } from "./settings";
import { Slots } from "./slots";
import type { CertificateView, PortalView } from "./state";

export interface UnitOptions {
  context: Context;
  /** Name of the product. Default "lws". */
  model?: string;
  /** True in setup: be an access point too. */
  accessPoint?: boolean;
  /** Milliseconds without a network after which the unit restarts into setup. Default 0: it never does. */
  fallback?: number;
}

/** Who wants to know. */
export interface UnitListener {
  /** Something that a page shows has changed. */
  onChange(): void;
  /** An upload has come further. */
  onProgress?(): void;
  /** An upload has failed. */
  onUploadFailed?(error: LwsError): void;
}

/** What the setting "fallen" says where an application goes for an update. */
const UPDATE = "update";
/** Address of the unit in its own network. */
const ACCESS_POINT = "192.168.4.1";
/** Channel of the access point until the station joins a network on another. */
const CHANNEL = 6;

export class Unit implements Notifier {
  readonly context: Context;
  /** Rises with the network, and then with the time; what else an image has to wait for it says itself. */
  readonly ladder: Ladder;
  readonly settings: Settings;
  readonly identity: Identity;
  readonly slots: Slots;
  readonly network: Network;
  readonly button: Button;
  readonly led: Led;
  readonly restart: Restart;
  private readonly fallback: Fallback | undefined;
  /** How the image was started: because the button was held, because that was asked for, or for want of anything else. */
  readonly boot: "button" | "request" | "";
  /** Why an application has restarted into this image, which is setup, by itself: it had lost its network, or there is a newer one; "" where it has not. */
  readonly errand: "network" | "update" | "";
  /** Nothing had been set at the start. */
  private readonly isNew: boolean;
  /** Time.ticks at the start of the image. */
  readonly started = Time.ticks;
  /** Set by an image that links TLS. */
  certificates: CertificateView | undefined;
  // What is declared takes memory only once it is set.
  /** Set by an image that looks for captive portals. */
  declare portal: PortalView | undefined;
  protected readonly listeners: UnitListener[] = [];
  /** What the bus has been told of the network. */
  declare private route: NetworkAddress | undefined;

  constructor(options: UnitOptions) {
    const { context, model, accessPoint, fallback } = options;
    const { scheduler } = context;
    const guard = (call: () => void) => context.guard(call);
    const onChange = () => this.changed();
    this.context = context;
    this.ladder = new Ladder({ scheduler });
    this.ladder.add(this);
    this.settings = new Settings();
    const word = Chip.rtc;
    this.boot = word === RtcWord.factoryButton ? "button" : word === RtcWord.factoryRequested ? "request" : "";
    this.isNew = this.settings.empty;
    const fallen = this.takeFallen();
    this.errand = fallen === "" || this.boot !== "request" ? "" : fallen === UPDATE ? "update" : "network";
    this.identity = new Identity({ settings: this.settings, ...(model === undefined ? {} : { model }) });
    this.slots = new Slots({ settings: this.settings });
    this.restart = new Restart({ scheduler });
    if (fallback) {
      const { settings, restart } = this;
      this.fallback = new Fallback({ scheduler, restart, settings, patience: fallback });
    }
    this.led = new Led({ scheduler });
    this.button = new Button({ scheduler, guard, onChange });
    this.network = new Network({
      scheduler,
      guard,
      slots: this.slots,
      hostname: () => this.identity.hostname,
      onChange,
      ...(accessPoint ? { accessPoint: { ssid: this.identity.accessPoint, channel: CHANNEL } } : {}),
    });
  }

  /** What its parts tell each other; made for whoever asks first. */
  get bus(): Bus {
    this.ladder.bus ??= new Bus({ context: this.context });
    return this.ladder.bus;
  }

  /** The password of the setup page as it is stored; "" where none is set. */
  get passwordRecord(): string {
    return this.settings.get("access_pw");
  }

  /** Somebody stands in front of the unit: the button was held at the start; or it is a new one, and still has no password. */
  get present(): boolean {
    return this.boot === "button" || (this.isNew && this.passwordRecord === "");
  }

  /** What the certificate that the unit makes for itself is for. */
  get certificateNames(): { name: string; dns: string; addresses: string } {
    const { hostname } = this.identity;
    return { name: hostname, dns: `${hostname} ${hostname}.local`, addresses: ACCESS_POINT };
  }

  /** Switches the radio on. */
  start(): void {
    const { identity, settings } = this;
    log.notice("unit", `${identity.host}, last reset: ${Chip.resetReason}, settings: ${settings.health}`);
    this.fallback?.update(false);
    this.network.start();
    this.ladder.advance();
  }

  /** The network has left this name to the unit. */
  claim(label: string): void {
    if (this.identity.claim(label)) this.changed();
  }

  listen(listener: UnitListener): void {
    this.listeners.push(listener);
  }

  unlisten(listener: UnitListener): void {
    const index = this.listeners.indexOf(listener);
    if (index >= 0) this.listeners.splice(index, 1);
  }

  /** What the last image has noted before it restarted by itself; that counts once. */
  private takeFallen(): string {
    const fallen = this.settings.get("fallen");
    if (fallen === "") return "";
    try {
      this.settings.set("fallen", "");
    } catch (error) {
      log.warn("unit", String(error));
    }
    return fallen;
  }

  /**
   * Restarts from an application into setup, which has something newer to fetch, and comes back by itself.
   * @throws LwsError STORAGE_….
   */
  goToUpdate(): void {
    this.settings.set("fallen", UPDATE);
    this.restart.toFactory();
  }

  /** Tells the listeners that something has changed. */
  changed(): void {
    const online = this.network.address !== undefined;
    this.led.online = online;
    this.fallback?.update(online);
    this.tellRoute();
    for (const listener of this.listeners) listener.onChange();
    if (online) this.ladder.advance(this.ladder.target);
  }

  private tellRoute(): void {
    const { address } = this.network;
    if (address === this.route) return;
    this.route = address;
    this.ladder.bus?.send(BusClass.network, {
      type: "route",
      address: address?.address ?? "",
      gateway: address?.gateway ?? "",
    });
  }

  /** @internal */
  mayEnter(_ladder: Ladder, to: SystemState): boolean {
    if (to === SystemState.dhcp) return this.network.address !== undefined;
    return to !== SystemState.timeValid || knownTime() !== undefined;
  }

  /** @internal Whoever waits for the time hears of it. */
  entered(_ladder: Ladder, state: SystemState): void {
    if (state === SystemState.timeValid) for (const listener of this.listeners) listener.onChange();
  }
}
