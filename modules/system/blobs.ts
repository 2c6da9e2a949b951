/**
 * What a system knows of itself and keeps to itself: secrets, its certificate, its numbers and names. Each is bytes, read by offset; each comes from where it is found first:
 * what was set since the start, the namespace "lws-blobs" of NVS, the image's resource of that name, or what the unit knows anyway.
 */

import Resource from "Resource";
import KeyValue from "embedded:storage/key-value";
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import { Boot } from "lws/platform/flash";
import { type SlotLabel, slotInfo } from "lws/update/slot-info";

/** One of them. The first few are those of libwebsockets, in its order. */
export const enum Blob {
  auth0,
  auth1,
  /** Of the client: certificate and key, in DER or PEM. */
  certificate,
  key,
  serial,
  /** Version of the firmware. */
  version,
  /** Type of the device. */
  model,
  ntpServer,
  mqttId,
  mqttUser,
  mqttPassword,
  auth2,
  auth3,
  auth4,
  auth5,
}

/** Keys in NVS, and names of resources behind "system/", by number. */
const NAMES =
  "auth0 auth1 certificate key serial version model ntp-server mqtt-id mqtt-user mqtt-password auth2 auth3 auth4 auth5";

/** Secrets that streams name by their index. */
const SECRETS = 6;

/** What is known without a blob. */
export interface BlobDefaults {
  readonly serial: string;
  readonly model: string;
}

export interface BlobsOptions {
  identity: BlobDefaults;
  /** The time server of the settings; "": none. */
  ntpServer?: () => string;
  /** NVS namespace, at most 15 characters. Default "lws-blobs". */
  namespace?: string;
}

class Held {
  next: Held | undefined = undefined;
  constructor(
    readonly blob: Blob,
    public bytes: Uint8Array,
  ) {}
}

export class Blobs {
  private readonly options: BlobsOptions;
  private held: Held | undefined = undefined;

  constructor(options: BlobsOptions) {
    this.options = options;
  }

  /** Its bytes; undefined where there are none. They are not to be changed. */
  bytes(blob: Blob): ByteSource | undefined {
    const held = this.find(blob);
    if (held) return held.bytes;
    const name = nameOf(blob);
    const stored = this.stored(name);
    if (stored && stored.byteLength > 0) return stored;
    const resource = `system/${name}`;
    if (Resource.exists(resource)) return new Resource(resource);
    const text = this.known(blob);
    return text === "" ? undefined : bytesOf(text);
  }

  /** How many bytes it has; 0 where it is not there. */
  size(blob: Blob): number {
    return this.bytes(blob)?.byteLength ?? 0;
  }

  /** Copies what it has from `offset` on into `[from, to)`; returns how many bytes that were. */
  read(blob: Blob, offset: number, into: Uint8Array, from: number, to: number): number {
    const bytes = this.bytes(blob);
    const count = Math.min(to - from, (bytes?.byteLength ?? 0) - offset);
    if (!bytes || count <= 0) return 0;
    Bytes.copy(bytes, offset, offset + count, into, from);
    return count;
  }

  /** It as text; undefined where it is not there, or is no UTF-8. */
  text(blob: Blob): string | undefined {
    const bytes = this.bytes(blob);
    return bytes && Bytes.text(bytes, 0, bytes.byteLength);
  }

  /** Sets it until the next start, in place of what is stored; undefined: that counts again. Bytes are copied. */
  set(blob: Blob, value: string | Uint8Array | undefined): void {
    const held = this.find(blob);
    const bytes = typeof value === "string" ? bytesOf(value) : value?.slice();
    if (held && bytes) held.bytes = bytes;
    else if (held) this.forget(held);
    else if (bytes) {
      const added = new Held(blob, bytes);
      added.next = this.held;
      this.held = added;
    }
  }

  /**
   * Stores it in NVS, or with undefined deletes it there; what was set since the start is forgotten.
   * @throws LwsError STORAGE_FULL or STORAGE_FAILED; what was stored is still there then.
   */
  store(blob: Blob, value: string | Uint8Array | undefined): void {
    try {
      const storage = KeyValue.open({ path: this.namespace, format: "buffer" });
      try {
        if (value === undefined || value.length === 0) storage.delete(nameOf(blob));
        else storage.write(nameOf(blob), typeof value === "string" ? bytesOf(value) : value);
      } finally {
        storage.close();
      }
    } catch (error) {
      log.warn("blobs", `${nameOf(blob)} is not stored: ${error}`);
      const isFull = /NOT_ENOUGH_SPACE|0x1105/.test(String(error));
      throw new LwsError(isFull ? "STORAGE_FULL" : "STORAGE_FAILED");
    }
    this.set(blob, undefined);
  }

  // --- as streams ask for them ----------------------------------------------------------------------------------------------------

  /** Secret number `index`, 0 to 5; undefined where there is none. */
  auth(index: number): string | undefined {
    return index >= 0 && index < SECRETS ? this.text(secret(index)) : undefined;
  }
  serial(): string | undefined {
    return this.text(Blob.serial);
  }
  version(): string | undefined {
    return this.text(Blob.version);
  }
  model(): string | undefined {
    return this.text(Blob.model);
  }

  // --------------------------------------------------------------------------------------------------------------------------------

  private get namespace(): string {
    return this.options.namespace ?? "lws-blobs";
  }

  private find(blob: Blob): Held | undefined {
    let held = this.held;
    while (held && held.blob !== blob) held = held.next;
    return held;
  }

  private forget(held: Held): void {
    if (this.held === held) this.held = held.next;
    else for (let before = this.held; before; before = before.next) if (before.next === held) before.next = held.next;
  }

  /** What can't be read counts as absent. */
  private stored(name: string): ArrayBuffer | undefined {
    try {
      const storage = KeyValue.open({ path: this.namespace, format: "buffer" });
      try {
        return storage.read(name);
      } finally {
        storage.close();
      }
    } catch {
      return undefined;
    }
  }

  private known(blob: Blob): string {
    const { identity, ntpServer } = this.options;
    switch (blob) {
      case Blob.serial:
        return identity.serial;
      case Blob.model:
        return identity.model;
      case Blob.version:
        return slotInfo(Boot.running as SlotLabel, Math.max(Boot.overlay, 0))?.git ?? "";
      case Blob.ntpServer:
        return ntpServer?.() ?? "";
      default:
        return "";
    }
  }
}

/** The blob of the secret that streams know by this index. */
export function secret(index: number): Blob {
  return index < 2 ? index : Blob.auth2 + index - 2;
}

function nameOf(blob: Blob): string {
  return NAMES.split(" ")[blob] as string;
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(Bytes.size(text));
  Bytes.put(text, bytes, 0);
  return bytes;
}
