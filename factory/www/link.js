// @ts-check
/** The connection to the device, and finding the device again when it has restarted into something else. */
import { notice } from "./page.js";
import { T } from "./strings.js";

/** Milliseconds between attempts, for an attempt that hangs, and of silence after which a connection counts as dead. */
const RETRY = { first: 500, most: 8000, hang: 8000, silence: 40000 };

/**
 * The connection to the device. It comes back by itself, sooner when the phone says that it is on line again or the
 * page is looked at.
 */
export class Link {
  /** @type {WebSocket | null} */ #socket = null;
  #wait = RETRY.first;
  #retryTimer = 0;
  #deadTimer = 0;
  #stopped = false;
  #asking = false;
  #opened = false;

  /**
   * @param {string} protocol sub-protocol
   * @param {(message: Record<string, unknown>) => void} onMessage
   * @param {(open: boolean) => void} onChange
   * @param {() => Promise<boolean>} admitted whether the device talks to this page; if not, {@link Link.start} is called again some day
   */
  constructor(protocol, onMessage, onChange, admitted) {
    this.protocol = protocol;
    this.onMessage = onMessage;
    this.onChange = onChange;
    this.admitted = admitted;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
  }

  /** Begins, or goes on after a login. */
  start() {
    void this.#try();
  }

  /** A new connection, because another cookie goes with it. */
  restart() {
    if (this.#socket === null) return;
    this.#lost(0);
  }

  async #try() {
    clearTimeout(this.#retryTimer);
    if (this.#asking || this.#socket !== null) return;
    this.#asking = true;
    const may = await this.admitted();
    this.#asking = false;
    if (!may) this.onChange(false);
    else if (!this.#stopped) this.#connect();
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * Sends one message; tells the user when it can't.
   * @param {Record<string, string>} message
   * @returns {boolean} whether it went out
   */
  send(message) {
    if (this.open) this.#socket?.send(JSON.stringify(message));
    else notice(T.needsLink);
    return this.open;
  }

  /** No more attempts: the device restarts into something else. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
  }

  #connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`, this.protocol);
    this.#socket = socket;
    this.#opened = false;
    this.#expect(RETRY.hang);
    socket.onopen = () => {
      this.#wait = RETRY.first;
      this.#opened = true;
      this.#expect(RETRY.silence);
      this.onChange(true);
    };
    socket.onmessage = ({ data }) => {
      this.#expect(RETRY.silence);
      const message = parse(data);
      if (message !== null) this.onMessage(message);
    };
    socket.onclose = () => this.#lost();
  }

  /** The next sign of life must come within this time. @param {number} time */
  #expect(time) {
    clearTimeout(this.#deadTimer);
    this.#deadTimer = setTimeout(() => this.#lost(), time);
  }

  /** @param {number} [wait] milliseconds to the next attempt */
  #lost(wait = this.#wait * (0.8 + 0.4 * Math.random())) {
    const socket = this.#socket;
    if (socket === null) return;
    // A peer that is gone never answers a close: the page doesn't wait for it.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#socket = null;
    clearTimeout(this.#deadTimer);
    this.onChange(false);
    if (this.#stopped) return;
    this.#retryTimer = setTimeout(() => void this.#try(), wait);
    this.#wait = Math.min(RETRY.most, this.#wait * 2);
    // A device that answers, but not to this, may have been restarted into its application by somebody else.
    if (!this.#opened) void reloadIfOther();
  }

  #hurry() {
    if (this.#socket !== null || this.#stopped) return;
    void this.#try();
  }
}

/** @param {unknown} data @returns {Record<string, unknown> | null} */
function parse(data) {
  try {
    const message = JSON.parse(String(data));
    return typeof message === "object" && message !== null && !Array.isArray(message) ? message : null;
  } catch {
    return null;
  }
}

/** Loads the page anew if the device now serves another one. */
async function reloadIfOther() {
  const page = `data-page="${document.documentElement.dataset.page}"`;
  const html = await load();
  if (html !== "" && !html.includes(page)) location.reload();
}

/** The page that the device serves now, "" if none. "reload" renews the browser's cache, too, which may be old. */
async function load() {
  try {
    const answer = await fetch("./", { cache: "reload", signal: AbortSignal.timeout(4000) });
    return answer.ok ? await answer.text() : "";
  } catch {
    return "";
  }
}

/**
 * Waits until the device, which restarts, answers here again, then loads whatever page it now has.
 * @param {() => boolean} gone whether the old program is known to have ended
 * @param {() => void} late called once when it takes long
 */
export function follow(gone, late) {
  const start = Date.now();
  let told = false;
  const attempt = async () => {
    if (!told && Date.now() - start > 20000) {
      told = true;
      late();
    }
    if (gone() && (await load()) !== "") return location.reload();
    setTimeout(attempt, 1500);
  };
  setTimeout(attempt, 1500);
}
