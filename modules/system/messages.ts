/**
 * What a setup page may ask for. A message is one JSON object whose values are all strings; which keys it has says what it means, and one
 * that has any other key means nothing.
 */
import { type ErrorCode, LwsError } from "lws/core/errors";
import type { NameKey } from "./identity";
import type { SlotNumber } from "./settings";
import { isShallow } from "./shallow-json";

/** Most bytes of a message. */
export const MESSAGE_LIMIT = 1024;

/** Messages of one key, whose value is "1". */
const COMMANDS = [
  "identify",
  "reset",
  "scan",
  "factory-reset",
  "update-ota",
  "update-factory",
  "check",
  "cancel",
  "start",
] as const;

type Command = (typeof COMMANDS)[number];

export type Message =
  | { readonly kind: Command }
  /** Sets a slot; an empty SSID empties it. */
  | { readonly kind: "slot"; readonly slot: SlotNumber; readonly ssid: string; readonly passphrase: string }
  | { readonly kind: NameKey; readonly name: string }
  | { readonly kind: "auto-update"; readonly on: boolean }
  /** Sets where updates are looked for; an empty address is what the image says. */
  | { readonly kind: "update-url"; readonly url: string }
  /** Sets the password of the setup page; an empty one takes it away. */
  | { readonly kind: "setting"; readonly password: string };

/**
 * Reads a message.
 * @throws LwsError BAD_MESSAGE, or BAD_SLOT where a slot is meant that does not exist.
 */
export function parseMessage(text: string): Message {
  const message = parseFlat(text);
  const keys = Object.keys(message);
  const [first] = keys;
  if (keys.length === 1) {
    const value = message[first as string] as string;
    if (isNameKey(first)) return { kind: first, name: value };
    if (first === "update-url") return { kind: first, url: value };
    if (first === "auto-update" && (value === "0" || value === "1")) return { kind: first, on: value === "1" };
    if (value === "1") {
      for (const kind of COMMANDS) if (first === kind) return { kind };
    }
  } else if (keys.length === 2 && message["setting"] === "1" && message["access_pw"] !== undefined) {
    return { kind: "setting", password: message["access_pw"] };
  } else if (keys.length === 2 && message["setting"] === "1" && message["region"] !== undefined) {
    return { kind: "region", name: message["region"] };
  } else if (keys.length === 3 && keys.includes("slot")) return slotMessage(message);
  throw new LwsError("BAD_MESSAGE");
}

function isNameKey(key: string | undefined): key is NameKey {
  return key === "serial" || key === "opts" || key === "group" || key === "role" || key === "region";
}

/** Kind of the message as far as it can be told, to name it in the answer to a bad one. */
export function kindOf(text: string): string {
  if (text.includes('"slot"')) return "slot";
  for (const kind of [...COMMANDS, "setting", "serial", "opts", "group", "role", "region", "auto-update", "update-url"])
    if (text.startsWith(`{"${kind}"`)) return kind;
  return "";
}

/** The error object that answers a message. */
export function errorMessage(error: unknown, what: string): string {
  const { code, message } = error instanceof LwsError ? error : new LwsError("INTERNAL" satisfies ErrorCode);
  return JSON.stringify({ error: code, text: message, for: what });
}

function slotMessage(message: Record<string, string>): Message {
  const slot = message["slot"] as string;
  if (!/^[0-3]$/.test(slot)) throw new LwsError("BAD_SLOT");
  const ssid = message[`ssid${slot}`];
  const passphrase = message[`pw${slot}`];
  if (ssid === undefined || passphrase === undefined) throw new LwsError("BAD_MESSAGE");
  return { kind: "slot", slot: Number(slot) as SlotNumber, ssid, passphrase };
}

/** An object without a prototype, of strings only. */
function parseFlat(text: string): Record<string, string> {
  if (text.length > MESSAGE_LIMIT || !isShallow(text, 1)) throw new LwsError("BAD_MESSAGE");
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new LwsError("BAD_MESSAGE");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) throw new LwsError("BAD_MESSAGE");
  for (const value of Object.values(message)) if (typeof value !== "string") throw new LwsError("BAD_MESSAGE");
  return message as Record<string, string>;
}
