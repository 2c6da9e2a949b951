/** The protocol of the setup page: tells every open page the state of the unit whenever it changes, and does what a page asks for. */
import { LwsError } from "lws/core/errors";
import { type Options, Piece, Protocol, type ProtocolClass, Write } from "lws/core/protocol";
import { Alarm } from "lws/core/scheduler";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import type { Login } from "lws/http/login";
import type { Session as Visit } from "lws/http/sessions";
import { transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { errorMessage, kindOf, MESSAGE_LIMIT, type Message, parseMessage } from "lws/system/messages";
import { PRESENCE, type Setup } from "lws/system/setup";
import { StateMessage, type UpdateView } from "lws/system/state";
import type { UnitListener } from "lws/system/unit";
import { setPassword } from "./esplws-access";

/** Milliseconds between two scans while a page is open. */
const INTERVAL = 10_000;

/** What is still to be said to one page. A newer state, error or progress takes the place of one that could not be sent yet. */
class Session extends StateMessage {
  state = true;
  progress = false;
  error = "";

  constructor(
    setup: Setup,
    private readonly login: Login,
    /** Whose page it is, where somebody has logged in. */
    readonly visit: Visit | undefined,
  ) {
    super(setup);
  }

  protected override rights(): string {
    const { login, visit } = this;
    const password = login.isProtected ? 1 : 0;
    return `,"access":{"password":"${password}","login":"${visit ? 1 : 0}","change":"${login.mayChange(visit) ? 1 : 0}"}`;
  }
}

class EsplwsScan extends Protocol implements UnitListener {
  private readonly setup: Setup;
  private readonly login: Login;
  private readonly pages: Wsi[] = [];
  private readonly alarm = new Alarm(() => this.tick());

  constructor(vhost: Vhost, options: Options, setup: Setup, login: Login) {
    super(vhost, options);
    this.setup = setup;
    this.login = login;
    setup.listen(this);
  }

  override destroy(): void {
    this.setup.unlisten(this);
    this.vhost.context.scheduler.cancel(this.alarm);
  }

  override readonly messageLimit = MESSAGE_LIMIT;

  override open(wsi: Wsi): Session {
    return new Session(this.setup, this.login, this.login.sessions.of(transaction(wsi)));
  }

  override onEstablished(wsi: Wsi): void {
    if (this.pages.length === 0) this.vhost.context.scheduler.schedule(this.alarm, INTERVAL);
    this.pages.push(wsi);
    this.setup.network.watch(true);
    wsi.callbackOnWritable();
  }

  override onClosed(wsi: Wsi): void {
    const index = this.pages.indexOf(wsi);
    if (index < 0) return;
    this.pages.splice(index, 1);
    if (this.pages.length > 0) return;
    this.vhost.context.scheduler.cancel(this.alarm);
    this.setup.network.watch(false);
  }

  /** A message that has begun is finished first; then errors come before progress, and progress before the next state. */
  override onWriteable(wsi: Wsi): void {
    const session = wsi.pss as Session;
    if (!session.done) this.writeState(wsi, session, Write.text | Write.continuation);
    else if (session.error) {
      wsi.write(session.error, Write.text);
      session.error = "";
    } else if (session.progress) {
      const { received, length } = this.setup.update;
      session.progress = false;
      wsi.write(`{"upload":"1","pos":"${received}","len":"${length}"}`, Write.text);
    } else if (session.state) {
      session.state = false;
      session.begin();
      this.writeState(wsi, session, Write.text);
    } else return;
    wsi.callbackOnWritable();
  }

  private writeState(wsi: Wsi, session: Session, how: number): void {
    const piece = session.next() as string;
    wsi.write(piece, session.done ? how : how | Write.more);
  }

  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number, piece: number): void {
    const text = piece & Piece.binary ? "" : (Bytes.text(buffer, from, to) ?? "");
    try {
      const { visit } = wsi.pss as Session;
      if (!this.login.mayChange(visit)) throw this.login.refusal();
      this.login.sessions.touch(visit);
      this.obey(parseMessage(text), visit);
    } catch (error) {
      (wsi.pss as Session).error = errorMessage(error, kindOf(text));
      wsi.callbackOnWritable();
      if (!(error instanceof LwsError)) throw error;
    }
  }

  private obey(message: Message, visit: Visit | undefined): void {
    const { led, restart, network, slots, identity, update, updates } = this.setup;
    switch (message.kind) {
      case "identify":
        led.identify();
        break;
      case "reset":
        if (update.isBusy) throw new LwsError("UPDATE_BUSY");
        restart.soon();
        this.closeAll();
        break;
      case "factory-reset":
        this.setup.factoryReset();
        this.closeAll();
        break;
      case "setting":
        setPassword(this.setup, this.login, message.password, visit);
        break;
      case "scan":
        network.scan();
        break;
      case "start":
        this.setup.startRolledBack();
        this.closeAll();
        break;
      case "cancel":
        this.setup.cancelUpdate();
        break;
      case "check":
        this.view(updates).check();
        break;
      case "update-ota":
        this.view(updates).install("app");
        break;
      case "update-factory":
        this.view(updates).install("factory");
        break;
      case "auto-update":
        this.view(updates).setAuto(message.on);
        break;
      case "update-url":
        this.view(updates).setUrl(message.url);
        break;
      case "slot":
        try {
          if (message.ssid === "" && message.passphrase === "") slots.clear(message.slot);
          else slots.set(message.slot, message.ssid, message.passphrase);
          network.apply(message.slot);
        } finally {
          this.onChange();
        }
        break;
      default:
        if ((message.kind === "serial" || message.kind === "opts") && !this.setup.present)
          throw new LwsError("FORBIDDEN", PRESENCE);
        try {
          identity.rename(message.kind, message.name);
        } finally {
          this.setup.changed();
        }
    }
  }

  /** @throws LwsError in an image that looks for no updates. */
  private view(updates: UpdateView | undefined): UpdateView {
    if (!updates) throw new LwsError("NOT_FOUND", "no server offers updates");
    return updates;
  }

  private tick(): void {
    this.vhost.context.scheduler.schedule(this.alarm, INTERVAL);
    this.setup.network.scan(true);
    this.onChange();
  }

  private closeAll(): void {
    for (const page of this.pages) page.close(1001, "restart");
  }

  /** A page whose session is over gets no state any more: it has to log in again. */
  onChange(): void {
    for (const page of this.pages) {
      const session = page.pss as Session;
      if (this.login.mayRead(session.visit)) {
        session.state = true;
        page.callbackOnWritable();
      } else page.close(1008, "login");
    }
  }

  /** Once for each block of an update: iterators would be garbage. */
  onProgress(): void {
    const { pages } = this;
    for (let i = 0; i < pages.length; i++) {
      const page = pages[i] as Wsi;
      (page.pss as Session).progress = true;
      page.callbackOnWritable();
    }
  }

  onUploadFailed(error: LwsError): void {
    const text = errorMessage(error, "upload");
    for (const page of this.pages) {
      (page.pss as Session).error = text;
      page.callbackOnWritable();
    }
  }
}

/** The protocol "esplws-scan" for the setup of this unit. */
export function esplwsScan(setup: Setup, login: Login): ProtocolClass {
  return class extends EsplwsScan {
    static readonly protocol = "esplws-scan";
    constructor(vhost: Vhost, options: Options) {
      super(vhost, { "basic-auth": "setup", ...options }, setup, login);
    }
  };
}
