/** Who this unit is: model, serial number, and the names that follow from them. */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Chip } from "lws/platform/chip";
import type { Settings } from "./settings";

/** What an identity is made of. */
export type NameKey = "serial" | "opts" | "group" | "role" | "region";

export interface IdentityOptions {
  settings: Settings;
  /** Name of the product, at most 15 letters, digits and hyphens. Default "lws". */
  model?: string;
}

/** Most names that are remembered between two starts: a neighbour that takes one after the other must not wear the flash out. */
const CLAIMS = 8;
/** Longest name on the network. */
const LABEL = 31;

export class Identity {
  readonly model: string;
  /** Hardware address of the access point: 12 upper-case hex digits. */
  readonly mac: string;
  private settings: Settings;
  private claims = 0;

  constructor(options: IdentityOptions) {
    this.settings = options.settings;
    this.model = options.model ?? "lws";
    const base = Chip.mac;
    const last = (Number.parseInt(base.slice(10), 16) | 1).toString(16).toUpperCase();
    this.mac = base.slice(0, 10) + last.padStart(2, "0");
  }

  /** The stored serial number, or the last six digits of {@link Identity.mac}. */
  get serial(): string {
    return this.name("serial") || this.mac.slice(6);
  }

  /** Free text about the variant of the hardware, at most 14 characters. */
  get opts(): string {
    return this.settings.get("opts").slice(0, 14);
  }

  /** Units of one group belong together. */
  get group(): string {
    return this.name("group");
  }

  /** What this unit does in its group. */
  get role(): string {
    return this.name("role");
  }

  /** Digit of the Wi-Fi region that somebody has told the unit: 0 China and Taiwan, 1 Japan, 2 USA, 3 Europe; 0 where nobody has. */
  get region(): string {
    return this.settings.get("region") || "0";
  }

  /** Stored text that becomes part of names on the network: what is no name counts for nothing. */
  private name(key: "serial" | "group" | "role"): string {
    const name = this.settings.get(key);
    return isName(name) ? name : "";
  }

  /**
   * Stores one of the names; empty deletes it. What it is called elsewhere changes at once, but for the access point.
   * @throws LwsError BAD_NAME, STORAGE_FULL or STORAGE_FAILED.
   */
  rename(what: NameKey, name: string): void {
    if (!this.allows(what, name)) throw new LwsError("BAD_NAME");
    this.settings.set(what, name);
  }

  /** Whether `name` may be stored as that. */
  allows(what: NameKey, name: string): boolean {
    if (what === "region") return /^[0-3]?$/.test(name);
    return what === "opts" ? isNote(name) : isName(name) && (what !== "serial" || name.length < 15);
  }

  /** `<model>-<serial>`. */
  get host(): string {
    return `${this.model}-${this.serial}`;
  }

  /** The name on the network that the unit wants: `<group>-<role>` where both are set, else {@link Identity.host}; a DNS label of at most 31 characters. */
  get wanted(): string {
    const { group, role } = this;
    const name = (group && role ? `${group}-${role}` : this.host).slice(0, LABEL);
    return name.endsWith("-") ? name.slice(0, -1) : name;
  }

  /** The name on the network that it has, for DHCP and the certificate too: {@link Identity.wanted}, or the one that was claimed in its place. */
  get hostname(): string {
    const { wanted } = this;
    const label = this.settings.get("label");
    return label === numbered(wanted, numberOf(label)) ? label : wanted;
  }

  /**
   * The network has left this name to the unit. One that is not the wanted one is remembered over restarts (RFC 6762 §9), so that the certificate stays.
   * Returns whether {@link Identity.hostname} is another now.
   */
  claim(label: string): boolean {
    if (label === this.hostname || this.claims >= CLAIMS) return false;
    this.claims++;
    try {
      this.settings.set("label", label === this.wanted ? "" : label);
    } catch (error) {
      log.warn("identity", `the name ${label} is not remembered: ${error}`);
    }
    return label === this.hostname;
  }

  /** Network name of the access point in setup, at most 32 bytes: `config-<model>-<serial>` if a serial number has been stored. */
  get accessPoint(): string {
    return (this.name("serial") ? `config-${this.host}` : `ESP_${this.mac.slice(6)}`).slice(0, 32);
  }
}

/** The `n`th name of those who all want `name`: it alone for the first. */
export function numbered(name: string, n: number): string {
  const end = n > 1 ? `-${n}` : "";
  return name.slice(0, LABEL - end.length) + end;
}

/** Which one of them it is; 1 where it has no number from 2 to 999 behind it. */
export function numberOf(label: string): number {
  return Number(/-([2-9]|[1-9]\d\d?)$/.exec(label)?.[1] ?? 1);
}

/** Free text of up to 14 characters, without control characters. */
function isNote(text: string): boolean {
  return text.length <= 14 && !/[\x00-\x1f\x7f]/.test(text);
}

/** What may be part of a host name (RFC 1123 §2.1): letters, digits and inner hyphens, up to 15 of them. */
export function isName(name: string): boolean {
  const { length } = name;
  if (length > 15 || name.startsWith("-") || name.endsWith("-")) return false;
  for (let i = 0; i < length; i++) {
    const c = name.charCodeAt(i);
    const digit = c >= 0x30 && c <= 0x39;
    const letter = (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
    if (!digit && !letter && c !== 0x2d) return false;
  }
  return true;
}
