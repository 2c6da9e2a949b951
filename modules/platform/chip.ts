/** What the chip itself knows: why it started, the word that survives a restart, entropy, identity, memory. */

/** Why the chip started last. After the first word come causes that only a restart in trouble has. */
export type ResetReason =
  | "power on"
  | "restart"
  | "exception"
  | "rejection"
  | "memory full"
  | "native memory full"
  | "stack overflow"
  | "dead strip"
  | "watchdog";

export interface HeapFigures {
  /** Bytes of JavaScript slots in use. */
  slots: number;
  /** Bytes of JavaScript chunks in use. */
  chunks: number;
  /** Bytes that slots and chunks may take together. */
  limit: number;
  /** Bytes of native heap in use: on a virtual device by firmware's natives, on a chip by anybody. */
  native: number;
  /** Bytes that the native heap may take. */
  nativeLimit: number;
}

export class Chip {
  /** A 32-bit word that survives a restart but not a power cut. Read and written unsigned. */
  static get rtc(): number {
    return native("lws_chip_get_rtc").call(this);
  }
  static set rtc(word: number) {
    native("lws_chip_set_rtc").call(this, word);
  }
  static get resetReason(): ResetReason {
    return native("lws_chip_get_resetReason").call(this);
  }
  /** Fills the range with bytes from the hardware generator. */
  static random(into: ArrayBuffer | Uint8Array, from: number, to: number): void {
    native("lws_chip_random").call(this, into, from, to);
  }
  /** Base MAC address, 12 upper-case hex digits. */
  static get mac(): string {
    return native("lws_chip_get_mac").call(this);
  }
  /** Chip id as it stands in the header of an application image. */
  static get id(): number {
    return native("lws_chip_get_id").call(this);
  }
  /** Current figures; collects no garbage. */
  static heap(): HeapFigures {
    return native("lws_chip_heap").call(this);
  }
  /** Writes one line to the console (the UART on a chip, standard error of a virtual device). */
  static log(line: string): void {
    native("lws_chip_log").call(this, line);
  }
  /** Restarts the chip; does not return. Buffered network output is lost. */
  static restart(): never {
    return native("lws_chip_restart").call(this) as never;
  }
}
