// @ts-check
/**
 * One file on its way to the device. Where the connection breaks off it waits until the device answers again, asks how much has arrived,
 * and sends the rest.
 */

/**
 * Bytes that go first and alone. By them the device decides, and answers, before the rest is on its way; and a browser that sends the rest
 * again by itself, because the connection broke off, is told that this is no longer where it goes on.
 */
const FIRST = 4096;

/** Milliseconds: between two questions, for an answer to one, without any progress, and until a broken upload is given up. */
const TIMES = { ask: 1000, answer: 5000, stall: 20_000, patience: 90_000 };

/**
 * How it ended. "lost": the device was not there again in time; "done" may also be told by the last state of the device.
 * @typedef {{ result: "done" | "refused" | "cancelled" | "lost", status: number, body: string }} Outcome
 */

/** What the device says of the upload that it knows. @typedef {{ state: string, id: string, received: number }} Progress */

/** @returns {Promise<Progress | null>} null where there is no answer */
export async function askProgress() {
  try {
    const answer = await fetch("update", {
      headers: { Accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(TIMES.answer),
    });
    const { state, id, received } = await answer.json();
    return typeof state === "string" ? { state, id: String(id ?? ""), received: Number(received) || 0 } : null;
  } catch {
    return null;
  }
}

/** The device forgets the upload that it waits for. */
export async function dropUpload() {
  try {
    await fetch("update", { method: "DELETE", signal: AbortSignal.timeout(TIMES.answer) });
  } catch {
    // It gives up by itself.
  }
}

export class Transfer {
  /** Bytes that the browser has handed on, and that the device has stored; -1 before the first word of either. */
  sent = -1;
  stored = -1;
  /** The connection broke off, and is waited for. */
  waiting = false;
  cancelled = false;
  /** What the device said elsewhere about a failure. */
  told = "";
  /** The device said elsewhere that it has everything: it may restart before it answers. */
  finished = false;
  /** @type {XMLHttpRequest | null} */ #request = null;
  #stallTimer = 0;

  /**
   * @param {File} file
   * @param {string} id "" for a device that knows forms only, where nothing is taken up again
   * @param {() => void} onProgress
   */
  constructor(file, id, onProgress) {
    this.file = file;
    this.id = id;
    this.onProgress = onProgress;
  }

  /** @param {number} from bytes that the device has already @returns {Promise<Outcome>} */
  async run(from) {
    let restarts = 0;
    for (let at = from; ; ) {
      const to = this.id !== "" && at === 0 ? Math.min(FIRST, this.file.size) : this.file.size;
      const { status, body } = await this.#send(at, to);
      if (status >= 200 && status < 300 && to < this.file.size) {
        at = to;
        continue;
      }
      if ((status >= 200 && status < 300) || (status === 0 && this.finished)) return { result: "done", status, body };
      if (this.cancelled) return this.#cancelled();
      const moved = status === 409 && body.includes("UPDATE_OFFSET");
      if (this.id === "" || this.told !== "" || (status !== 0 && !moved))
        return { result: status === 0 && this.told === "" ? "lost" : "refused", status, body };
      this.waiting = true;
      this.onProgress();
      const there = await this.#rejoin();
      if (this.cancelled) return this.#cancelled();
      if (there === null) return { result: this.told === "" ? "lost" : "refused", status: 0, body: "" };
      if (there.state === "done") return { result: "done", status: 200, body: "" };
      // A device that has forgotten all of it was restarted: once is an accident.
      if (there.received === 0 && ++restarts > 2) return { result: "lost", status: 0, body: "" };
      at = there.received;
      this.stored = at;
      this.waiting = false;
    }
  }

  /** The device tells how much it has. @param {number} bytes */
  progress(bytes) {
    this.stored = bytes;
    if (this.#request !== null) this.#alive();
    this.onProgress();
  }

  /** All bytes have left, or are looked at: that may take its time. */
  checking() {
    if (this.#request !== null) this.#alive(3 * TIMES.stall);
  }

  cancel() {
    this.cancelled = true;
    this.#request?.abort();
  }

  /** @returns {Promise<Outcome>} */
  async #cancelled() {
    if (this.id !== "") await dropUpload();
    return { result: "cancelled", status: 0, body: "" };
  }

  /** What the device still expects, once it answers; null if it does not, or has failed. @returns {Promise<Progress | null>} */
  async #rejoin() {
    for (const end = Date.now() + TIMES.patience; Date.now() < end && !this.cancelled && this.told === ""; ) {
      if (this.finished) return { state: "done", id: this.id, received: this.file.size };
      const there = await askProgress();
      if (there !== null && there.state !== "checking" && this.told === "") {
        if (there.id === this.id && there.state !== "idle") return there;
        if (there.state === "idle") return { state: "idle", id: "", received: 0 };
      }
      await new Promise((resolve) => setTimeout(resolve, TIMES.ask));
    }
    return null;
  }

  /** @param {number} from @param {number} to @returns {Promise<{ status: number, body: string }>} status 0 without an answer */
  #send(from, to) {
    const { file } = this;
    const request = new XMLHttpRequest();
    this.#request = request;
    this.sent = -1;
    request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
      this.sent = lengthComputable ? from + loaded : -1;
      if (loaded < total) this.#alive();
      else this.checking();
      this.onProgress();
    });
    if (this.id === "") {
      const form = new FormData();
      form.append("ota", file, "application.bin");
      request.open("POST", "otaform");
      request.send(form);
    } else {
      request.open("PUT", "update");
      request.setRequestHeader("Upload-Id", this.id);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("Content-Range", `bytes ${from}-${to - 1}/${file.size}`);
      request.send(file.slice(from, to));
    }
    this.#alive();
    return new Promise((resolve) => {
      request.addEventListener("loadend", () => {
        clearTimeout(this.#stallTimer);
        this.#request = null;
        resolve({ status: request.status, body: request.responseText });
      });
    });
  }

  /** A connection without any sign of life is as good as broken. @param {number} [time] */
  #alive(time = TIMES.stall) {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => this.id !== "" && this.#request?.abort(), time);
  }
}
