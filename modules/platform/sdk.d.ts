/**
 * What firmware may import from the SDK, as both a chip and the virtual device have it. Where these texts differ from the SDK's own
 * typings, they say what the modules really do. A specifier that is not declared here can't be imported.
 */

/** Read-only bytes in flash. */
declare class HostBuffer {
  protected constructor();
  private readonly brand: true;
  readonly byteLength: number;
}

/** Base class of a class whose instances are backed by C; `destructor` names what frees one. */
declare function Native(destructor: string): new () => object;

/**
 * A function in C. A method whose body is only `return native("name").call(this, …)`, with its own parameters in their order,
 * becomes that function itself when the image is built; any other use is refused then.
 */
declare function native(name: string): { call<Result>(self: unknown, ...args: unknown[]): Result };

declare module "timer" {
  /** All delays are whole milliseconds. */
  export default class Timer {
    private constructor();
    private readonly brand: true;
    /** Calls back after `delay`, then every `repeat` if given; without `repeat` the timer is cleared after its call. */
    static set(callback: (timer: Timer) => void, delay?: number, repeat?: number): Timer;
    static repeat(callback: (timer: Timer) => void, interval: number): Timer;
    /** Moves a timer; without arguments it sleeps until the next `schedule`. */
    static schedule(timer: Timer, delay?: number, repeat?: number): void;
    static clear(timer: Timer | undefined | null): void;
    /** Blocks everything. */
    static delay(milliseconds: number): void;
  }
}

declare module "time" {
  const Time: {
    /** Sets the wall clock, in seconds since 1970. */
    set(seconds: number): void;
    /** Milliseconds of a steady clock that wraps (signed 32 bits). */
    readonly ticks: number;
    /** `end` (or now) minus `start`, right across a wrap. */
    delta(start: number, end?: number): number;
    readonly microseconds: number;
    timezone: number;
    dst: number;
  };
  export default Time;
}

declare module "Resource" {
  /** A file of the image. Its bytes stay in flash. */
  export default class Resource extends HostBuffer {
    /** Throws if the image has no file of this path. */
    constructor(path: string);
    static exists(path: string): boolean;
    /** A copy in the heap, or with `copy` false a view of flash. */
    slice(begin: number, end?: number, copy?: true): ArrayBuffer;
    slice(begin: number, end: number | undefined, copy: false): HostBuffer;
  }
}

declare module "wifi" {
  export interface WiFiOptions {
    ssid: string;
    password?: string;
    bssid?: ArrayBuffer;
    channel?: number;
  }

  export type WiFiMessage = "connect" | "gotIP" | "lostIP" | "disconnect" | "station_connect" | "station_disconnect";

  export interface WiFiScanItem {
    ssid: string;
    /** dBm. */
    rssi: number;
    channel: number;
    hidden: boolean;
    /** Six bytes. */
    bssid: ArrayBuffer;
    /** "none", "wep", "wpa_psk", "wpa2_psk", "wpa_wpa2_psk", "wpa3_psk", "wpa2_enterprise". */
    authentication: string;
  }

  export interface ScanOptions {
    hidden?: boolean;
    channel?: number;
    active?: boolean;
  }

  export interface AccessPointOptions {
    /** 1 to 32 bytes. */
    ssid: string;
    /** 8 to 64 characters; absent: an open network. */
    password?: string;
    channel?: number;
    hidden?: boolean;
    /** Beacon interval, ms. */
    interval?: number;
    /** Stations at once. */
    max?: number;
    /** True: the station goes on beside the access point. */
    station?: boolean;
  }

  export default class WiFi {
    static readonly gotIP: "gotIP";
    static readonly lostIP: "lostIP";
    static readonly connected: "connect";
    static readonly disconnected: "disconnect";
    static readonly station_connected: "station_connect";
    static readonly station_disconnected: "station_disconnect";
    static readonly Mode: {
      readonly off: -5;
      readonly none: 0;
      readonly station: 1;
      readonly accessPoint: 2;
    };

    /** Reports what happens to the links and, given options, connects. `reason` comes with "disconnect": -1 is a wrong password. */
    constructor(options?: WiFiOptions, callback?: (message: WiFiMessage, reason?: number) => void);
    close(): void;
    /** Off, none, station, access point, or both (3). */
    static get mode(): number;
    static set mode(mode: -5 | 0 | 1 | 2 | 3);
    /** Ends a scan, which reports nothing more. */
    static scan(): void;
    /** One call per network, then one with null. Throws while another scan runs. */
    static scan(options: ScanOptions, callback: (item: WiFiScanItem | null) => void): void;
    static connect(options: WiFiOptions): void;
    static disconnect(): void;
    static accessPoint(options: AccessPointOptions): void;
  }
}

declare module "embedded:storage/key-value" {
  interface Formats {
    buffer: ArrayBuffer;
    string: string;
    uint8: number;
    int8: number;
    uint16: number;
    int16: number;
    uint32: number;
    int32: number;
    uint64: bigint;
    int64: bigint;
  }

  export type StorageFormat = keyof Formats;

  /** One namespace of NVS. Names of namespaces and keys have at most 15 characters; a string at most 4000 bytes with its NUL. */
  export interface Storage<Format extends StorageFormat = StorageFormat> {
    /** Undefined where the key is missing; throws where it holds another kind of value. */
    read(key: string): Formats[Format] | undefined;
    /** Is on flash when it returns. Throws when it does not fit. */
    write(key: string, value: Format extends "buffer" ? ArrayBuffer | Uint8Array | HostBuffer : Formats[Format]): void;
    /** A key that is missing is no error. */
    delete(key: string): void;
    close(): void;
    format: Format;
    /** The keys. A loop over them that is left early throws TypeError. */
    [Symbol.iterator](): IterableIterator<string>;
  }

  const KeyValue: {
    /** Mode "r" of a namespace that nobody has written to throws. */
    open<Format extends StorageFormat = "buffer">(options: {
      path: string;
      format?: Format;
      mode?: "r" | "r+";
    }): Storage<Format>;
  };
  export default KeyValue;
}

declare module "embedded:io/digital" {
  export interface DigitalOptions {
    pin: number;
    /** One of the class's constants. */
    mode: number;
    activeLow?: boolean;
    initialValue?: 0 | 1;
    /** {@link Digital.Rising}, {@link Digital.Falling}, or both added. */
    edge?: number;
    onReadable?(this: Digital): void;
    target?: unknown;
  }

  /** One pin, which nobody else can then open. */
  export default class Digital {
    static readonly Input: number;
    static readonly InputPullUp: number;
    static readonly InputPullDown: number;
    static readonly InputPullUpDown: number;
    static readonly Output: number;
    static readonly OutputOpenDrain: number;
    static readonly Rising: number;
    static readonly Falling: number;
    constructor(options: DigitalOptions);
    read(): 0 | 1;
    write(value: 0 | 1): void;
    close(): void;
    target?: unknown;
  }
}

declare module "embedded:io/pwm" {
  export interface PWMOptions {
    pin: number;
    /** Default 1024. */
    hz?: number;
    /** Bits; default 10. */
    resolution?: number;
  }

  /** At most four at once. */
  export default class PWM {
    constructor(options: PWMOptions);
    /** 0 to 2^resolution - 1. */
    write(duty: number): void;
    close(): void;
    readonly hz: number;
    readonly resolution: number;
  }
}

declare module "embedded:io/serial" {
  export interface SerialOptions {
    /** GPIO numbers. */
    transmit?: number;
    receive?: number;
    baud: number;
    port?: number;
    format: "buffer";
    onReadable?: (count: number) => void;
    /** So many bytes may be written now. */
    onWritable?: (count: number) => void;
  }

  export default class Serial {
    constructor(options: SerialOptions);
    read(): ArrayBuffer | undefined;
    write(buffer: ArrayBuffer | Uint8Array): void;
    close(): void;
  }
}

declare module "base64" {
  export default class Base64 {
    static encode(source: ArrayBuffer | Uint8Array | HostBuffer | string): string;
    static decode(text: string): ArrayBuffer;
  }
}

declare module "hex" {
  export default class Hex {
    /** Upper-case digits. */
    static toString(source: ArrayBuffer | Uint8Array | HostBuffer, separator?: string): string;
    static toBuffer(text: string, separator?: string): ArrayBuffer;
  }
}

declare module "crc" {
  class Crc {
    constructor(
      polynomial: number,
      initial?: number,
      reflectInput?: boolean,
      reflectOutput?: boolean,
      xorOutput?: number,
    );
    /** Adds bytes and returns the sum so far. */
    checksum(bytes: ArrayBuffer | Uint8Array | HostBuffer): number;
    reset(): this;
    close(): void;
  }
  export class CRC8 extends Crc {}
  export class CRC16 extends Crc {}
  export default CRC8;
}

declare module "text/encoder" {
  export default class TextEncoder {
    encode(text: string): Uint8Array;
    encodeInto(text: string, into: Uint8Array): { read: number; written: number };
  }
}

declare module "text/decoder" {
  export default class TextDecoder {
    constructor(label?: "utf-8", options?: { fatal?: boolean; ignoreBOM?: boolean });
    decode(source?: ArrayBuffer | Uint8Array, options?: { stream?: boolean }): string;
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
  }
}

declare module "logical" {
  /** In place, over the bytes of `buffer`; `by` is as long as it, or one byte value. */
  export default class Logical {
    static not(buffer: ArrayBuffer): void;
    static xor(buffer: ArrayBuffer, by: ArrayBuffer | number): void;
    static and(buffer: ArrayBuffer, by: ArrayBuffer | number): void;
    static or(buffer: ArrayBuffer, by: ArrayBuffer | number): void;
  }
}

declare module "qrcode" {
  /** One byte a module, or bits with `bitmap`; `size` is the side. */
  export default function qrCode(options: {
    input: string | ArrayBuffer | Uint8Array;
    maxVersion?: number;
    bitmap?: boolean | number;
  }): ArrayBuffer & { size: number };
}
