// @ts-check
/** The connections of the application page: one that comes back by itself, those that come and go with it, and one that is opened by hand. */

export const COUNTER = "dumb-increment-protocol";

/** Milliseconds between attempts, for an attempt that hangs, and of silence after which a connection counts as dead. */
const RETRY = { first: 500, most: 8000, hang: 8000, silence: 5000 };

/** @param {string} protocol @param {string} [query] */
export const open = (protocol, query = "") =>
  new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/${query}`, protocol);

/** A connection that comes back by itself, sooner when the browser is on line again or the page is looked at. */
export class Link {
  /** @type {WebSocket | null} */ #socket = null;
  #wait = RETRY.first;
  #retryTimer = 0;
  #deadTimer = 0;
  #opened = false;
  #stopped = false;

  /**
   * @param {(message: string) => void} onMessage
   * @param {(open: boolean) => void} onChange
   */
  constructor(onMessage, onChange) {
    this.onMessage = onMessage;
    this.onChange = onChange;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
    this.#connect();
  }

  /** @param {string} message */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  /** No more attempts: the device restarts into something else. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
  }

  #connect() {
    const socket = open(COUNTER);
    this.#socket = socket;
    this.#opened = false;
    this.#expect(RETRY.hang);
    socket.onopen = () => {
      this.#opened = true;
      this.#wait = RETRY.first;
      this.#expect(RETRY.silence);
      this.onChange(true);
    };
    socket.onmessage = ({ data }) => {
      this.#expect(RETRY.silence);
      this.onMessage(String(data));
    };
    socket.onclose = () => this.#lost();
  }

  /** The next sign of life must come within this time. @param {number} time */
  #expect(time) {
    clearTimeout(this.#deadTimer);
    this.#deadTimer = setTimeout(() => this.#lost(), time);
  }

  #lost() {
    const socket = this.#socket;
    if (socket === null) return;
    // A peer that is gone never answers a close: the page doesn't wait for it.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#socket = null;
    clearTimeout(this.#deadTimer);
    this.onChange(false);
    if (this.#stopped) return;
    this.#retryTimer = setTimeout(() => this.#connect(), this.#wait * (0.8 + 0.4 * Math.random()));
    this.#wait = Math.min(RETRY.most, this.#wait * 2);
    // A device that answers, but not to this, may have been restarted into setup by its button.
    if (!this.#opened) void reloadIfOther();
  }

  #hurry() {
    if (this.#socket !== null || this.#stopped) return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }
}

/**
 * A connection beside the {@link Link}, for a protocol that may be silent for long: it lives as long as the Link does, whose numbers show that
 * the device is there. While that is so it comes back by itself.
 */
export class Companion {
  /** @type {WebSocket | null} */ #socket = null;
  #wanted = false;
  #wait = RETRY.first;
  #timer = 0;

  /**
   * @param {string} protocol
   * @param {string} query
   * @param {(message: string) => void} onMessage
   * @param {(open: boolean) => void} [onChange]
   */
  constructor(protocol, query, onMessage, onChange = () => {}) {
    this.protocol = protocol;
    this.query = query;
    this.onMessage = onMessage;
    this.onChange = onChange;
  }

  /** @param {string} message */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  /** Bytes that wait to be sent. */
  get backlog() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** @param {boolean} isOpen the state of the Link */
  linkChanged(isOpen) {
    this.#wanted = isOpen;
    clearTimeout(this.#timer);
    if (isOpen) this.#connect();
    else this.#lost();
  }

  #connect() {
    if (this.#socket !== null) return;
    const socket = open(this.protocol, this.query);
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = RETRY.first;
      this.onChange(true);
    };
    socket.onmessage = ({ data }) => this.onMessage(String(data));
    socket.onclose = () => this.#lost();
  }

  #lost() {
    const socket = this.#socket;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#socket = null;
    this.onChange(false);
    if (!this.#wanted) return;
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.8 + 0.4 * Math.random()));
    this.#wait = Math.min(RETRY.most, this.#wait * 2);
  }
}

/** Loads the page anew if the device now serves another. "reload" renews the browser's cache, too. */
async function reloadIfOther() {
  try {
    const answer = await fetch("./", { cache: "reload", signal: AbortSignal.timeout(4000) });
    const html = answer.ok ? await answer.text() : "";
    if (html !== "" && !html.includes(`data-page="${document.documentElement.dataset.page}"`)) location.reload();
  } catch {
    // not there yet
  }
}

/**
 * Waits until the device has come back with another page, and loads that.
 * @param {() => void} late called once when it takes long
 */
export function follow(late) {
  const timer = setInterval(() => void reloadIfOther(), 2000);
  addEventListener("pagehide", () => clearInterval(timer), { once: true });
  setTimeout(late, 20000);
}
