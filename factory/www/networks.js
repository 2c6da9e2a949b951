// @ts-check
/** The network part of the page: where the device stands, the networks found, and the four slots. */
import { ask, byId, el, icon, make, say, setIcon, show } from "./page.js";
import { authName, openSheet } from "./sheet.js";
import { T } from "./strings.js";

/** @typedef {import("./setup.js").State} State */
/** @typedef {import("./setup.js").Found} Found */

/** @type {import("./link.js").Link} */ let link;
/** @type {State | null} */ let state = null;

/**
 * Why the last attempt with a slot failed; kept here because the device tells of its present attempt only.
 * @type {Map<number, { ssid: string, reason: string }>}
 */
const failed = new Map();

/** @type {Map<string, HTMLLIElement>} */ const rows = new Map();
let scanTimer = 0;

/** @param {import("./link.js").Link} to */
export function startNetworks(to) {
  link = to;
  el("other").addEventListener("click", () => state !== null && openSheet(state, null));
  el("scan").addEventListener("click", scan);
  el("join-again").addEventListener("click", () => reopen(wrongSlot()));
  for (let slot = 0; slot < 4; slot++) el("slots").append(makeSlot(slot));
}

/** @param {State} s */
export function showNetworks(s) {
  const { slot, reason } = s.join;
  if (s.join.state === "failed" && reason !== "") failed.set(slot, { ssid: s.known[slot]?.ssid ?? "", reason });
  if (s.join.state === "joined") failed.delete(slot);
  for (const [n, failure] of failed) if (s.known[n]?.ssid !== failure.ssid) failed.delete(n);
  state = s;
  showJoin(s);
  showFound(s);
  for (const n of s.known.keys()) showSlot(s, n);
  if (s.join.state !== "scanning") scanned();
}

/** @param {State} s */
function joinedText(s) {
  if (s.cpd === "captive") return T.joinedCaptive;
  return s.cpd === "no internet" ? T.joinedNoInternet : T.joinedText;
}

/** @param {State} s */
function showJoin(s) {
  const others = s.known.some((known, n) => known.ssid !== "" && n !== s.join.slot);
  const ssid = s.known[s.join.slot]?.ssid || s.ssid;
  const next = others ? T.tryingNext : T.tryingAgain;
  const joined = s.address !== "" && s.join.state !== "joining" && s.join.state !== "failed";
  /** @type {[string, string, string]} look, title, text */
  let words = ["off", T.offTitle, s.known.some((known) => known.ssid !== "") ? T.offKnown : T.offFirst];
  if (joined) words = ["on", ssid === "" ? T.joinedAnyTitle : T.joinedTitle, joinedText(s)];
  else if (s.join.state === "scanning") words = ["busy", T.scanningTitle, T.offKnown];
  else if (s.join.state === "joining") words = ["busy", T.joiningTitle, T.joiningText];
  else if (s.join.state === "failed" && s.join.reason === "password")
    words = ["bad", T.passwordTitle, `${T.passwordText} ${next}`];
  else if (s.join.state === "failed" && s.join.reason === "absent")
    words = ["bad", T.absentTitle, `${T.absentText} ${next}`];
  else if (s.join.state === "failed") words = ["bad", T.failedTitle, `${T.failedText} ${next}`];
  el("join").dataset.look = words[0];
  say(el("join-title"), words[1], { ssid });
  say(el("join-text"), words[2]);
  // The device goes on to its next network; what only the user can mend stays in sight.
  const wrong = wrongSlot();
  const titled = s.join.state === "failed" && s.join.slot === wrong;
  show(el("join-wrong"), wrong >= 0);
  say(el("join-wrong-text"), wrong < 0 || titled ? "" : T.passwordTitle, { ssid: s.known[wrong]?.ssid ?? "" });
  show(el("join-facts"), joined);
  say(el("join-address"), "{address}", { address: s.address });
  if (/^[\d.]+$/.test(s.address)) byId("join-address", HTMLAnchorElement).href = `http://${s.address}/`;
  say(el("join-mask"), "{mask}", { mask: s.mask });
  say(el("join-gateway"), "{gateway}", { gateway: s.gateway });
}

/** The slot whose passphrase was wrong, -1 if none. */
const wrongSlot = () => [...failed].find(([, failure]) => failure.reason === "password")?.[0] ?? -1;

/**
 * One row per name and protection, with its strongest access point: the device joins by name.
 * @param {Found[]} found @returns {Map<string, Found>}
 */
function strongest(found) {
  const best = new Map();
  for (const ap of found) {
    if (ap.ssid === "") continue;
    const key = `${ap.auth} ${ap.ssid}`;
    if (!best.has(key) || best.get(key).rssi < ap.rssi) best.set(key, ap);
  }
  return best;
}

/** @param {number} rssi dBm @returns {1 | 2 | 3 | 4} */
const bars = (rssi) => (rssi >= -55 ? 4 : rssi >= -67 ? 3 : rssi >= -78 ? 2 : 1);

/** What the device has to do with this network. @param {State} s @param {string} ssid */
function markOf(s, ssid) {
  const slot = s.known.findIndex((known) => known.ssid === ssid);
  if (slot < 0) return "";
  if (slot === s.join.slot && s.join.state === "joined") return T.markConnected;
  return slot === s.join.slot && s.join.state === "joining" ? T.markJoining : T.markSaved;
}

/** @param {State} s */
function showFound(s) {
  const found = strongest(s.found);
  // Ordered by bars, not by dBm, so that rows don't change places under a finger with every scan.
  const order = [...found].sort(([, a], [, b]) => {
    const first = Number(markOf(s, b.ssid) === T.markConnected) - Number(markOf(s, a.ssid) === T.markConnected);
    return first || bars(b.rssi) - bars(a.rssi) || a.ssid.localeCompare(b.ssid);
  });
  for (const [key, row] of rows) {
    if (found.has(key)) continue;
    row.remove();
    rows.delete(key);
  }
  order.forEach(([key, ap], at) => {
    const row = rows.get(key) ?? makeRow(key);
    fillRow(row, s, ap);
    const there = el("nearby").children[at];
    if (there === row) return;
    const focused = row.contains(document.activeElement);
    el("nearby").insertBefore(row, there ?? null);
    if (focused) row.querySelector("button")?.focus();
  });
  show(el("nearby-none"), order.length === 0);
}

/** @param {string} key */
function makeRow(key) {
  const button = make(
    "button",
    "row",
    icon("bars-1", "bars"),
    make("span", "row-text"),
    icon("lock"),
    icon("next", "icon next"),
  );
  button.type = "button";
  button.dataset.testid = "network";
  button.children[1]?.append(make("bdi", "row-name"), make("span", "soft"), make("span", "unseen"));
  button.addEventListener("click", () => {
    const ap = state === null ? undefined : strongest(state.found).get(key);
    if (state !== null && ap !== undefined) openSheet(state, ap);
  });
  const row = make("li", "", button);
  rows.set(key, row);
  return row;
}

/** @param {HTMLLIElement} row @param {State} s @param {Found} ap */
function fillRow(row, s, ap) {
  const [signal, lock] = row.querySelectorAll("svg");
  const [name, sub, spoken] = row.querySelectorAll(".row-text > *");
  const mark = markOf(s, ap.ssid);
  const button = /** @type {HTMLButtonElement} */ (row.firstElementChild);
  button.dataset.ssid = ap.ssid;
  button.dataset.mark = mark;
  if (signal) setIcon(signal, `bars-${bars(ap.rssi)}`);
  if (lock) lock.toggleAttribute("hidden", ap.auth === 0);
  if (name) say(name, "{ssid}", { ssid: ap.ssid });
  if (sub) say(sub, [authName(ap.auth), mark].filter((part) => part !== "").join(" · "));
  if (spoken) say(spoken, `, ${T.signal[bars(ap.rssi)]}`);
}

function scan() {
  if (!link.send({ scan: "1" })) return;
  say(el("scan-text"), T.scanSent);
  el("scan").dataset.busy = "";
  clearTimeout(scanTimer);
  scanTimer = setTimeout(scanned, 6000);
}

function scanned() {
  clearTimeout(scanTimer);
  delete el("scan").dataset.busy;
  say(el("scan-text"), T.scan);
}

/** @param {number} slot */
function makeSlot(slot) {
  const forget = make("button", "quiet command", T.forget);
  forget.type = "button";
  forget.dataset.testid = `forget-${slot}`;
  forget.addEventListener("click", () => void forgetSlot(slot));
  const number = make("span", "slot-number", make("span", "unseen", T.slot.replace("{slot}", "")), String(slot + 1));
  const item = make(
    "li",
    "slot",
    number,
    make("span", "row-text", make("bdi", "row-name"), make("span", "soft")),
    forget,
  );
  item.dataset.testid = `slot-${slot}`;
  return item;
}

/** @param {State} s @param {number} n */
function showSlot(s, n) {
  const known = s.known[n];
  const item = /** @type {HTMLElement} */ (el("slots").children[n]);
  const [name, sub] = item.querySelectorAll(".row-text > *");
  const forget = item.querySelector("button");
  if (known === undefined || !name || !sub || !forget) return;
  const empty = known.ssid === "";
  const current = n === s.join.slot && !empty;
  const why = /** @type {Record<string, string>} */ (T.slotWhy)[failed.get(n)?.reason ?? ""];
  const joined = current && s.join.state === "joined";
  const joining = current && s.join.state === "joining";
  const now = joined ? T.slotConnected : joining ? T.slotJoining : (why ?? (known.pp ? T.slotReady : T.slotOpen));
  const used = known.use === 0 ? "" : known.use === 1 ? T.usedOnce : T.used.replace("{count}", String(known.use));
  item.dataset.look = empty ? "empty" : joined ? "on" : joining ? "busy" : why ? "bad" : "off";
  say(name, empty ? T.slotEmpty : "{ssid}", { ssid: known.ssid });
  say(sub, empty ? "" : [now, used].filter((part) => part !== "").join(" · "));
  show(forget, !empty);
  const label = `${T.forget} ${known.ssid}`;
  if (forget.getAttribute("aria-label") !== label) forget.setAttribute("aria-label", label);
}

/** @param {number} n */
async function forgetSlot(n) {
  const ssid = state?.known[n]?.ssid ?? "";
  const current = state?.join.slot === n && state.join.state === "joined";
  if (!(await ask(T.forgetTitle, current ? T.forgetCurrent : T.forgetText, T.forget, { ssid }))) return;
  link.send({ [`ssid${n}`]: "", [`pw${n}`]: "", slot: String(n) });
}

/** The sheet for what this slot holds, to enter its passphrase again. @param {number} n */
function reopen(n) {
  const ssid = state?.known[n]?.ssid ?? "";
  if (state === null || ssid === "") return;
  openSheet(state, state.found.find((ap) => ap.ssid === ssid) ?? { ssid, bssid: "", rssi: 0, chan: "", auth: -1 });
}
