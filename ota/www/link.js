// @ts-check
/** The connections of the application page: one that comes back by itself, and one that is opened by hand. */

export const PROTOCOL = "dumb-increment-protocol";

/** Milliseconds between attempts, for an attempt that hangs, and of silence after which a connection counts as dead. */
const RETRY = { first: 500, most: 8000, hang: 8000, silence: 5000 };

export const open = () =>
  new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`, PROTOCOL);

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
    const socket = open();
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
