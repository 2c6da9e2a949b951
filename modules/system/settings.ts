/**
 * Settings that survive a power cut, in the NVS namespace that lws' images share. A unit with a full or damaged memory must still come up
 * far enough to be set up, so nothing here throws on reading: {@link Settings.health} tells what is wrong.
 */

import type { Storage } from "embedded:storage/key-value";
import KeyValue from "embedded:storage/key-value";
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { eraseDamagedPages } from "./nvs-pages";

/** Number of an access point slot. */
export type SlotNumber = 0 | 1 | 2 | 3;

/** Keys that hold text. */
export type TextKey =
  | `${SlotNumber}ssid`
  | `${SlotNumber}password`
  | "serial"
  | "opts"
  | "group"
  | "role"
  | "region"
  | "access_pw"
  /** Name or address of a time server. */
  | "ntp-server"
  /** Where updates are looked for, and "1" where what is newer may be installed by itself. */
  | "update-url"
  | "update-auto"
  /** What answers 204 where there is internet. */
  | "cpd-url"
  /** The name on the network that was claimed in place of the wanted one. */
  | "label"
  /** There while the application goes back into setup by itself: it has given its network up, or ("update") there is a newer one. */
  | "fallen";
/** Keys that hold a count of 32 bits. */
export type CountKey = `${SlotNumber}use`;
/** Keys that hold bytes. */
export type BytesKey = "ap-own.pair" | "ap-self.pair" | "ap-ca.der" | "update-ca" | "ap-ca.asked";

/** "full": the last write found no room. "damaged": since the start, a page had lost its content or the memory could not be read. */
export type StorageHealth = "ok" | "full" | "damaged";

/** Values by their keys. An empty text and a count of 0 stand for a key that is not there. */
export type Changes = { [key in TextKey]?: string } & { [key in CountKey]?: number };

/** Key that is there while a factory reset is not complete. */
const RESETTING = "resetting";
/** Key that holds, while several values are stored as one, all of them. */
const CHANGING = "changing";

export interface SettingsOptions {
  /** NVS namespace, at most 15 characters. Default "lws-station". */
  namespace?: string;
}

export class Settings {
  private namespace: string;
  /** Everything was erased for good: what is stored now would be the first setting of a new unit. */
  private isReset = false;
  health: StorageHealth = "ok";

  constructor(options: SettingsOptions = {}) {
    this.namespace = options.namespace ?? "lws-station";
    try {
      if (eraseDamagedPages()) this.damaged("pages are damaged");
    } catch (error) {
      this.damaged(error);
    }
    if (this.read(RESETTING, "string")) this.resume();
    const changing = this.read(CHANGING, "string");
    if (changing) this.resumeChange(changing);
  }

  /** True if nothing is stored, as in a new unit; false where that can't be told. */
  get empty(): boolean {
    const storage = this.open("string");
    if (!storage) return false;
    try {
      // The SDK's iterator can't be left before its end.
      return [...storage].length === 0;
    } catch (error) {
      this.damaged(error);
      return false;
    } finally {
      storage.close();
    }
  }

  /** The text of `key`; empty where there is none. */
  get(key: TextKey): string {
    return this.read(key, "string") ?? "";
  }

  /** The count of `key`; 0 where there is none. */
  count(key: CountKey): number {
    return this.read(key, "uint32") ?? 0;
  }

  /**
   * Stores text; an empty one deletes the key, since NVS can't hold it. Is on flash when it returns.
   * @throws LwsError STORAGE_FULL or STORAGE_FAILED; the old value is still there then.
   */
  set(key: TextKey, text: string): void {
    this.write(key, "string", text === "" ? undefined : text);
  }

  /**
   * Stores a count.
   * @throws LwsError STORAGE_FULL or STORAGE_FAILED.
   */
  setCount(key: CountKey, count: number): void {
    this.write(key, "uint32", count === 0 ? undefined : count);
  }

  /**
   * The bytes of `key`; undefined where there are none.
   * @throws LwsError STORAGE_FAILED where there are some that can't be read.
   */
  getBytes(key: BytesKey): ArrayBuffer | undefined {
    const storage = this.open("buffer");
    if (!storage) throw new LwsError("STORAGE_FAILED");
    try {
      return storage.read(key);
    } catch (error) {
      this.damaged(error);
      throw new LwsError("STORAGE_FAILED");
    } finally {
      storage.close();
    }
  }

  /**
   * Stores bytes in place of others, or deletes them: a power cut leaves the old ones or the new ones, whole.
   * @throws LwsError STORAGE_FULL or STORAGE_FAILED; the old ones are still there then.
   */
  setBytes(key: BytesKey, bytes: ArrayBuffer | undefined): void {
    this.write(key, "buffer", bytes);
  }

  /**
   * Stores several values as one: where the power fails on the way, the next start finds the old ones or goes on until all are there.
   * @throws LwsError STORAGE_FULL or STORAGE_FAILED; the old values are still there then.
   */
  change(values: Changes): void {
    const keys = Object.keys(values) as (keyof Changes)[];
    if (keys.length < 2 || !this.note(values)) {
      this.apply(values);
      return;
    }
    const before: Changes = {};
    for (const key of keys) {
      if (isCount(key)) before[key] = this.count(key);
      else before[key] = this.get(key);
    }
    try {
      this.apply(values);
    } catch (error) {
      const { health } = this;
      this.restore(before);
      this.write(CHANGING, "string");
      this.health = health;
      throw error;
    }
    this.write(CHANGING, "string");
  }

  /**
   * Deletes every key of the namespace.
   * @throws LwsError STORAGE_FAILED.
   */
  erase(): void {
    const storage = this.openToWrite("string");
    try {
      // Deleting moves what an iterator points at, so the names are gathered first.
      for (const key of [...storage]) if (key !== RESETTING) storage.delete(key);
      storage.delete(RESETTING);
      this.health = "ok";
    } catch (error) {
      throw this.refused(error);
    } finally {
      storage.close();
    }
  }

  /**
   * Factory reset: deletes every key of this namespace, and stores none until the next start. Where the power fails on the way, the next start goes on.
   * @throws LwsError STORAGE_FAILED.
   */
  reset(): void {
    try {
      this.write(RESETTING, "string", "1");
    } catch {
      log.warn("settings", "no room to note the reset");
    }
    this.erase();
    this.isReset = true;
  }

  private resume(): void {
    log.notice("settings", "a factory reset was cut off");
    try {
      this.erase();
    } catch (error) {
      log.err("settings", `it can't go on: ${error}`);
    }
  }

  /**
   * Notes what is going to be stored. Where there is no room for that, it is nothing but deletions that may go on without: false then.
   * @throws LwsError STORAGE_FULL or STORAGE_FAILED.
   */
  private note(values: Changes): boolean {
    const { health } = this;
    try {
      this.write(CHANGING, "string", JSON.stringify(values));
      return true;
    } catch (error) {
      if (Object.values(values).some((value) => value)) throw error;
      this.health = health;
      return false;
    }
  }

  private apply(values: Changes): void {
    for (const key of Object.keys(values) as (keyof Changes)[]) {
      if (isCount(key)) this.setCount(key, values[key] ?? 0);
      else this.set(key, values[key] ?? "");
    }
  }

  private restore(before: Changes): void {
    try {
      this.apply(before);
    } catch (error) {
      log.err("settings", `the old values are not restored: ${error}`);
    }
  }

  /** The power has failed while several values were stored. Where they find no room, networks without their own passphrases may be among them: these go. */
  private resumeChange(text: string): void {
    log.notice("settings", "a change was cut off");
    try {
      const values = JSON.parse(text) as Changes;
      try {
        this.apply(values);
      } catch {
        for (const key of Object.keys(values)) if (/^.ssid$/.test(key)) this.set(key as TextKey, "");
      }
      this.write(CHANGING, "string");
    } catch (error) {
      log.err("settings", `it can't go on: ${error}`);
    }
  }

  private read<Format extends "string" | "uint32">(key: string, format: Format): ReturnType<Storage<Format>["read"]> {
    const storage = this.open(format);
    if (!storage) return undefined;
    try {
      return storage.read(key);
    } catch (error) {
      // A key that something else wrote with another type counts as absent.
      if (!(error instanceof TypeError)) this.damaged(error);
      return undefined;
    } finally {
      storage.close();
    }
  }

  private write<Format extends "string" | "uint32" | "buffer">(
    key: string,
    format: Format,
    value?: string | number | ArrayBuffer,
  ): void {
    const storage = this.openToWrite(format);
    try {
      if (value === undefined) storage.delete(key);
      else storage.write(key, value as Parameters<Storage<Format>["write"]>[1]);
      // Room that a deleted key leaves may be too small for anything else.
      if (value !== undefined && this.health === "full") this.health = "ok";
    } catch (error) {
      throw this.refused(error);
    } finally {
      storage.close();
    }
  }

  private open<Format extends "string" | "uint32" | "buffer">(format: Format): Storage<Format> | undefined {
    try {
      return KeyValue.open({ path: this.namespace, format });
    } catch (error) {
      this.refused(error);
      return undefined;
    }
  }

  private openToWrite<Format extends "string" | "uint32" | "buffer">(format: Format): Storage<Format> {
    const storage = this.isReset ? undefined : this.open(format);
    if (!storage) throw new LwsError(this.health === "full" ? "STORAGE_FULL" : "STORAGE_FAILED");
    return storage;
  }

  /** Notes why the memory did not do what it should. NVS says so in words, or by number where ESP-IDF was built without the words. */
  private refused(error: unknown): LwsError {
    const text = String(error);
    if (!text.includes("NOT_ENOUGH_SPACE") && !text.includes("0x1105")) {
      this.damaged(error);
      return new LwsError("STORAGE_FAILED");
    }
    if (this.health === "ok") this.health = "full";
    log.warn("settings", "full");
    return new LwsError("STORAGE_FULL");
  }

  private damaged(error: unknown): void {
    if (this.health !== "damaged") log.err("settings", String(error));
    this.health = "damaged";
  }
}

function isCount(key: keyof Changes): key is CountKey {
  return key.endsWith("use");
}
