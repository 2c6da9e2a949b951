/** Breaks the rules when told to: each command is a path below /break or a WebSocket text. */
import { log } from "lws/core/log";
import { Protocol, Write } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { reply, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";

const hoard: ArrayBuffer[] = [];

export class Breaker extends Protocol {
  static readonly protocol = "bench-breaker";

  override onRequest(wsi: Wsi): void {
    const command = transaction(wsi).path.slice("/break/".length);
    if (command === "heap") for (;;) hoard.push(new ArrayBuffer(1024));
    if (command === "room") this.#useTwice();
    if (command === "stack") this.#deep(0);
    if (command === "reject") void Promise.reject(new Error("rejected on purpose"));
    if (command === "throw") throw new Error("thrown on purpose");
    reply(wsi, 200, "text/plain", `${command}\n`);
  }
  /** Takes half of what is free, gives it up, and takes three quarters. */
  #useTwice(): void {
    const { limit, slots, chunks } = Chip.heap();
    const free = limit - slots - chunks;
    for (const part of [1 / 2, 3 / 4]) {
      hoard.push(new ArrayBuffer(free * part));
      hoard.pop();
    }
  }
  #deep(depth: number): number {
    return this.#deep(depth + 1) + 1;
  }
  override onReceive(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const command = Bytes.text(buffer, from, to) ?? "";
    wsi.pss = command;
    if (command === "throw") throw new Error("thrown on purpose");
    if (command === "write at once") wsi.write(command, Write.text);
    if (command.startsWith("close ")) {
      const [, code, reason] = command.split(" ");
      wsi.close(Number(code), reason);
      return;
    }
    if (command === "write outside") {
      try {
        wsi.write("outside", Write.text);
      } catch (error) {
        log.notice("breaker", `refused: ${error}`);
        wsi.pss = `refused: ${(error as Error).message}`;
      }
    }
    wsi.callbackOnWritable();
  }
  override onWriteable(wsi: Wsi): void {
    const command = wsi.pss as string | undefined;
    if (command === undefined) return;
    wsi.pss = undefined;
    wsi.write(command, Write.text);
    if (command === "write twice") wsi.write("second", Write.text);
  }
}
