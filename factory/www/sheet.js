// @ts-check
/** The sheet that joins a network: passphrase, the slot that it goes to, and the device's answer. */
import { byId, el, facts, make, say, setIcon, show } from "./page.js";
import { T } from "./strings.js";

/** @typedef {import("./setup.js").State} State */
/** @typedef {import("./setup.js").Found} Found */

const OPEN = 0;
const WEP = 1;
const ENTERPRISE = 5;
const encoder = new TextEncoder();

/** @type {import("./link.js").Link} */ let link;
/** The network shown; null for one that is entered by name. @type {Found | null} */ let network = null;
/** @type {State["known"]} */ let known = [];
/** What was sent and is not answered yet. @type {{ slot: number, ssid: string } | null} */ let sent = null;

const dialog = byId("sheet", HTMLDialogElement);
const ssidInput = byId("sheet-ssid", HTMLInputElement);
const passInput = byId("sheet-pass", HTMLInputElement);
const joinButton = byId("sheet-join", HTMLButtonElement);

/** @param {number} auth */
export const authName = (auth) => T.auth[auth] ?? T.authUnknown;

/** @param {import("./link.js").Link} to */
export function startSheet(to) {
  link = to;
  byId("sheet-form", HTMLFormElement).addEventListener("submit", submit);
  el("sheet-cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", forgetInput);
  el("pass-show").addEventListener("click", () => showPassphrase(passInput.type === "password"));
  ssidInput.addEventListener("input", () => showSlots());
  for (const input of [ssidInput, passInput]) input.addEventListener("input", () => refuse(null, ""));
}

/** @param {State} state @param {Found | null} ap */
export function openSheet(state, ap) {
  network = ap;
  known = state.known;
  forgetInput();
  const auth = ap?.auth ?? -1;
  const saved = known.some((slot) => slot.ssid === ap?.ssid && slot.pp);
  say(el("sheet-title"), ap === null ? T.sheetOther : "{ssid}", { ssid: ap?.ssid ?? "" });
  const words = auth === OPEN ? T.openText : auth === WEP ? T.wepText : auth === ENTERPRISE ? T.enterpriseText : "";
  say(el("sheet-text"), words);
  show(el("sheet-text"), words !== "");
  show(el("ssid-field"), ap === null);
  show(el("pass-field"), auth !== OPEN && auth !== ENTERPRISE);
  say(
    el("pass-hint"),
    ap === null ? T.passHintOther : saved ? T.passHintKnown : auth === WEP ? T.passHintWep : T.passHint,
  );
  show(el("sheet-details"), ap !== null);
  show(joinButton, auth !== ENTERPRISE);
  facts(el("sheet-facts"), [
    [T.security, authName(auth)],
    [T.channel, ap?.chan ?? ""],
    [T.rssi, ap === null || ap.bssid === "" ? "" : T.rssiValue.replace("{rssi}", String(ap.rssi))],
    [T.bssid, ap?.bssid ?? ""],
  ]);
  showSlots();
  dialog.showModal();
  (ap === null ? ssidInput : auth === OPEN || auth === ENTERPRISE ? el("sheet-cancel") : passInput).focus();
}

/** The slot that this name goes to: the one that has it, else the first free one, else -1. @param {string} ssid */
function slotFor(ssid) {
  const same = known.findIndex((slot) => slot.ssid === ssid && ssid !== "");
  return same >= 0 ? same : known.findIndex((slot) => slot.ssid === "");
}

const enteredSsid = () => network?.ssid ?? ssidInput.value;

function showSlots() {
  const ssid = enteredSsid();
  const slot = slotFor(ssid);
  const usable = network?.auth !== ENTERPRISE;
  const same = slot >= 0 && known[slot]?.ssid !== "";
  say(el("slot-text"), same ? T.slotSame : T.slotFree, { slot: slot + 1 });
  show(el("slot-text"), usable && slot >= 0);
  show(el("slot-field"), usable && slot < 0);
  if (slot >= 0 || el("slot-choices").childElementCount > 0) return;
  known.forEach((held, n) => {
    const radio = make("input");
    radio.type = "radio";
    radio.name = "slot";
    radio.value = String(n);
    radio.addEventListener("change", () => refuse(null, ""));
    const name = make("bdi", "row-name");
    say(name, "{ssid}", { ssid: held.ssid });
    el("slot-choices").append(make("label", "choice", radio, make("span", "slot-number", String(n + 1)), name));
  });
}

/** @param {boolean} on */
function showPassphrase(on) {
  const icon = el("pass-show").querySelector("svg");
  passInput.type = on ? "text" : "password";
  el("pass-show").setAttribute("aria-pressed", String(on));
  if (icon) setIcon(icon, on ? "eye-off" : "eye");
}

/** What is wrong with this passphrase, "" if nothing. @param {string} pass @param {number} auth */
function passphraseFault(pass, auth) {
  const { length } = encoder.encode(pass);
  const hex = /^[0-9a-f]+$/i.test(pass);
  if (auth === OPEN || (network === null && length === 0)) return "";
  if (length === 0) return T.passMissing;
  if (auth === WEP)
    return length === 5 || length === 13 || (hex && (length === 10 || length === 26)) ? "" : T.passBadWep;
  return (length >= 8 && length <= 63) || (hex && length === 64) ? "" : T.passBad;
}

/** @param {SubmitEvent} event */
function submit(event) {
  event.preventDefault();
  if (sent !== null) return;
  const ssid = enteredSsid();
  const pass = network?.auth === OPEN ? "" : passInput.value;
  const bytes = encoder.encode(ssid).length;
  if (network === null && (bytes < 1 || bytes > 32)) return refuse(ssidInput, T.ssidBad);
  const fault = passphraseFault(pass, network?.auth ?? -1);
  if (fault !== "") return refuse(passInput, fault);
  const free = slotFor(ssid);
  const radio = /** @type {HTMLInputElement | null} */ (el("slot-choices").querySelector("input:checked"));
  if (free < 0 && radio === null) return refuse(el("slot-choices").querySelector("input"), T.slotPick);
  const slot = free < 0 ? Number(radio?.value) : free;
  if (!link.send({ [`ssid${slot}`]: ssid, [`pw${slot}`]: pass, slot: String(slot) })) return refuse(null, T.needsLink);
  sent = { slot, ssid };
  busy(true);
}

/** @param {boolean} on */
function busy(on) {
  say(joinButton, on ? T.joinSending : T.join);
  joinButton.toggleAttribute("data-busy", on);
}

/** Shows what is wrong, and where; empty words clear it. @param {HTMLElement | null} input @param {string} words */
function refuse(input, words) {
  say(el("sheet-error"), words);
  show(el("sheet-error"), words !== "");
  show(el("pass-hint"), input !== passInput);
  for (const each of [ssidInput, passInput]) each.setAttribute("aria-invalid", String(each === input));
  input?.focus();
}

/** Nothing typed outlives the sheet, the passphrase least of all. */
function forgetInput() {
  sent = null;
  ssidInput.value = passInput.value = "";
  showPassphrase(false);
  el("slot-choices").replaceChildren();
  byId("sheet-details", HTMLDetailsElement).open = false;
  refuse(null, "");
  busy(false);
}

/** The device's answer to a slot message is a state in which the slot holds the network. @param {State} state */
export function sheetState(state) {
  known = state.known;
  if (sent !== null && known[sent.slot]?.ssid === sent.ssid) dialog.close();
}

/**
 * The device refused the slot message.
 * @param {string} words
 * @returns {boolean} whether it was about what the sheet sent
 */
export function sheetRefused(words) {
  if (sent === null) return false;
  sent = null;
  busy(false);
  refuse(network?.auth === OPEN ? null : passInput, `${words}.`);
  return true;
}

/** @param {boolean} open */
export function sheetLink(open) {
  if (open || sent === null) return;
  sent = null;
  busy(false);
  refuse(null, T.joinLost);
}
