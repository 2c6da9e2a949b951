/**
 * The way in and out of the setup page: the password is posted to `access/login`, in the field `password` of a form, and answered with a cookie; a POST to
 * `access/logout` ends that; a form posted to `access/password` sets a new one, or takes it away. A client whose Accept names JSON gets JSON, others are
 * led back to the page, so that a form without any script does.
 */
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyError } from "lws/http/errors";
import { Form } from "lws/http/form";
import { type Login, replyFailure } from "lws/http/login";
import { passwordRecord } from "lws/http/password";
import { redirect } from "lws/http/redirect";
import type { Session } from "lws/http/sessions";
import { begin, reply, replyJSON, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import type { Setup } from "lws/system/setup";

/** Most bytes of a password, and least. */
const LONGEST = 63;
const SHORTEST = 8;

/**
 * Sets the password of the setup page; "" takes it away. All sessions but `own` are over.
 * @throws LwsError BAD_PASSWORD, STORAGE_FULL or STORAGE_FAILED.
 */
export function setPassword(setup: Setup, login: Login, password: string, own?: Session): void {
  const size = Bytes.size(password);
  if (size > 0 && (size < SHORTEST || size > LONGEST)) throw new LwsError("BAD_PASSWORD");
  setup.settings.set("access_pw", size === 0 ? "" : passwordRecord(password));
  login.sessions.closeOthers(own);
  setup.changed();
}

class EsplwsAccess extends Protocol {
  private readonly setup: Setup;
  private readonly login: Login;

  constructor(vhost: Vhost, options: Options, setup: Setup, login: Login) {
    super(vhost, options);
    this.setup = setup;
    this.login = login;
  }

  override readonly methods = "GET, HEAD, POST";

  override readonly bodyLimit = 1024;

  override onRequest(wsi: Wsi): void {
    const http = transaction(wsi);
    if (http.method !== "POST") {
      this.tell(wsi);
      return;
    }
    if (http.path === "/access/logout") return;
    try {
      wsi.pss = new Form({ contentType: http.header("content-type"), names: ["password"], limit: 256 });
    } catch (error) {
      this.fail(wsi, error);
    }
  }

  /** What is read is wiped at once. */
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    try {
      (wsi.pss as Form | undefined)?.write(buffer, from, to);
    } catch (error) {
      this.fail(wsi, error);
    } finally {
      buffer.fill(0, from, to);
    }
  }

  override onBodyEnd(wsi: Wsi): void {
    const form = wsi.pss as Form | undefined;
    const { path } = transaction(wsi);
    try {
      form?.end();
      const password = form?.value("password") ?? "";
      if (path === "/access/logout") this.leave(wsi);
      else if (path === "/access/password") this.change(wsi, password);
      else this.done(wsi, this.login.enter(wsi.peer, password));
    } catch (error) {
      this.fail(wsi, error);
    }
  }

  private leave(wsi: Wsi): void {
    const { sessions } = this.login;
    sessions.close(sessions.of(transaction(wsi)));
    this.done(wsi, sessions.farewell);
    this.setup.changed();
  }

  /** Who sets a password is logged in with it. */
  private change(wsi: Wsi, password: string): void {
    const { login } = this;
    const session = login.sessions.of(transaction(wsi));
    if (!login.mayChange(session)) throw login.refusal();
    const isNew = password !== "" && !session;
    setPassword(this.setup, login, password, session);
    this.done(wsi, isNew ? login.sessions.open() : "");
  }

  private done(wsi: Wsi, cookie: string): void {
    const headers = `Cache-Control: no-store\r\n${cookie}`;
    if (wantsJSON(wsi)) reply(wsi, 200, "application/json", '{"ok":"1","text":"done"}', headers);
    else begin(wsi, 303, "", 0, `Location: /\r\n${headers}`);
  }

  private fail(wsi: Wsi, error: unknown): void {
    const known = error instanceof LwsError ? error : new LwsError("INTERNAL");
    const wait = known.code === "TOO_MANY_REQUESTS" ? `Retry-After: ${this.login.wait(wsi.peer)}\r\n` : "";
    if (wantsJSON(wsi)) replyFailure(wsi, known, wait);
    else replyError(wsi, known.code, false, wait);
  }

  /** What a page needs to know before it asks for more. */
  private tell(wsi: Wsi): void {
    const { login } = this;
    const http = transaction(wsi);
    if (!wantsJSON(wsi)) {
      redirect(wsi, 303, "/");
      return;
    }
    const session = login.sessions.of(http);
    const yes = (on: boolean): string => (on ? "1" : "0");
    replyJSON(
      wsi,
      200,
      `{"password":"${yes(login.isProtected)}","login":"${yes(session !== undefined)}","read":"${yes(login.mayRead(session))}"` +
        `,"change":"${yes(login.mayChange(session))}"}`,
    );
  }
}

function wantsJSON(wsi: Wsi): boolean {
  return (transaction(wsi).header("accept") ?? "").includes("application/json");
}

/** The protocol "esplws-access" for the setup of this unit. */
export function esplwsAccess(setup: Setup, login: Login): ProtocolClass {
  return class extends EsplwsAccess {
    static readonly protocol = "esplws-access";
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, setup, login);
    }
  };
}
