/** Chips only, before the first module: what the SDK calls when a script has failed, if `xs.abortHook` is defined. */
class Hook {
  static watch(): void {
    native("lws_chip_watch").call(this);
  }
  static abort(why: string, exception?: unknown): void {
    native("lws_chip_abort").call(this, why, exception);
  }
}

/** The SDK calls this at its start, and waits for `done`. */
export default function setup(done: () => void): void {
  Object.assign(globalThis, { abort: Hook.abort });
  Hook.watch();
  done();
}
