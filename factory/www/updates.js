// @ts-check
/** Updates from a server: what is installed, what there is, and where it comes from. */
import { ask, byId, el, make, say, show } from "./page.js";
import { T } from "./strings.js";

/**
 * @typedef {{ version: string, date: string, size: number, newer: boolean, part: boolean }} Offer part: only the JavaScript part is fetched
 * @typedef {{ state: string, error: string, checked: number, url: string, auto: boolean, app: Offer | null, factory: Offer | null }} Latest
 */

/** @type {import("./link.js").Link} */ let link;
/** @type {import("./setup.js").State | null} */ let state = null;
/** Told before an image is fetched: which. @type {(what: "app" | "factory") => void} */ let onInstall = () =>
  undefined;
let urlTouched = false;
/** The address that was sent and is not confirmed yet. @type {string | null} */ let sentUrl = null;
let checkTimer = 0;

const urlInput = byId("update-url", HTMLInputElement);
const auto = byId("auto-update", HTMLInputElement);
const WHAT = /** @type {const} */ (["app", "factory"]);

/** @param {unknown} value @returns {Record<string, unknown>} */
const record = (value) =>
  /** @type {Record<string, unknown>} */ (typeof value === "object" && value !== null ? value : {});

/** @param {unknown} value */
const text = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** @param {unknown} value @returns {Offer | null} */
function readOffer(value) {
  const { version, date, size, newer, js } = record(value);
  if (text(version) === "") return null;
  return {
    version: text(version),
    date: text(date),
    size: Number(text(size)) || 0,
    newer: text(newer) === "1",
    part: text(js) === "1",
  };
}

/** What a state message says of it; null where the device knows of no updates. @param {unknown} value @returns {Latest | null} */
export function readLatest(value) {
  if (typeof value !== "object" || value === null) return null;
  const latest = record(value);
  if (text(latest.state) === "") return null;
  return {
    state: text(latest.state),
    error: text(latest.error),
    checked: Number(text(latest.checked)) || 0,
    url: text(latest.url),
    auto: text(latest.auto) === "1",
    app: readOffer(latest.app),
    factory: readOffer(latest.factory),
  };
}

/** @param {import("./link.js").Link} to @param {(what: "app" | "factory") => void} installing */
export function startUpdates(to, installing) {
  link = to;
  onInstall = installing;
  for (const what of WHAT) el("offers").append(makeOffer(what));
  el("check").addEventListener("click", check);
  auto.addEventListener("change", () => {
    if (!link.send({ "auto-update": auto.checked ? "1" : "0" })) auto.checked = !auto.checked;
  });
  urlInput.addEventListener("input", () => {
    urlTouched = true;
    complain("");
  });
  byId("server-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    storeUrl();
  });
}

/** @param {import("./setup.js").State} s */
export function showUpdates(s) {
  state = s;
  const { latest } = s;
  show(el("updates"), latest !== null);
  if (latest === null) return;
  const newer = WHAT.some((what) => latest[what]?.newer);
  /** @type {Record<string, string>} */
  const words = {
    off: T.latestOff,
    waiting: T.latestWaiting,
    checking: T.latestChecking,
    fresh: newer ? T.latestFresh : T.latestNone,
    failed: T.latestFailed,
  };
  el("latest").dataset.look = latest.state === "failed" ? "bad" : newer ? "new" : latest.state;
  say(el("latest-text"), words[latest.state] ?? T.latestWaiting, { reason: latest.error.replace(/\.$/, "") });
  const time = new Date(latest.checked * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  say(el("latest-checked"), latest.checked > 0 ? T.latestChecked : "", { time });
  if (latest.state !== "checking") checked();
  const busy = s.update.state !== "idle" && s.update.state !== "";
  for (const what of WHAT) showOffer(s, what, latest[what], busy);
  show(el("offers"), latest.state !== "off");
  show(el("check"), latest.state !== "off");
  show(el("auto-field"), latest.state !== "off");
  byId("check", HTMLButtonElement).disabled = !s.access.change || busy;
  if (document.activeElement !== auto) auto.checked = latest.auto;
  auto.disabled = !s.access.change;
  if (!urlTouched && document.activeElement !== urlInput) urlInput.value = latest.url;
  if (sentUrl !== null && (sentUrl === latest.url || sentUrl === "")) stored();
  urlInput.disabled = !s.access.change;
  byId("server-store", HTMLButtonElement).disabled = !s.access.change;
}

/** @param {"app" | "factory"} what */
function makeOffer(what) {
  const button = make("button", "plain command", T.install);
  button.type = "button";
  button.dataset.testid = `install-${what}`;
  button.addEventListener("click", () => void install(what));
  const item = make(
    "li",
    "offer",
    make(
      "div",
      "row-text",
      make("span", "row-name", what === "app" ? T.application : T.setup),
      make("span", "soft"),
      make("span", "soft news"),
      make("span", "soft"),
    ),
    button,
  );
  item.dataset.testid = `offer-${what}`;
  return item;
}

/** @param {import("./setup.js").State} s @param {"app" | "factory"} what @param {Offer | null} offer @param {boolean} busy */
function showOffer(s, what, offer, busy) {
  const item = /** @type {HTMLElement} */ (el("offers").children[WHAT.indexOf(what)]);
  const [, there, news, warning] = /** @type {NodeListOf<HTMLElement>} */ (item.querySelectorAll(".row-text > *"));
  const button = item.querySelector("button");
  const held = what === "app" ? s.application : s.setup;
  const image = held === null ? T.none : [held.app, held.git, held.date].filter((part) => part !== "").join(" · ");
  const newer = offer?.newer === true;
  item.dataset.look = newer ? "new" : "";
  say(there, T.installed, { image });
  say(news, offer === null ? "" : !newer ? T.newest : offer.part ? T.offeredPart : T.offered, {
    version: offer?.version ?? "",
    date: offer?.date ?? "",
    size: `${Math.ceil((offer?.size ?? 0) / 1024).toLocaleString()} kB`,
  });
  say(warning, what === "factory" && newer && s.application !== null ? T.setupErases : "");
  for (const line of [news, warning]) show(line, line.textContent !== "");
  if (button === null) return;
  show(button, newer);
  button.disabled = busy || !s.access.change;
  const label = T.installWhat
    .replace("{what}", what === "app" ? T.application : T.setup)
    .replace("{version}", () => offer?.version ?? "");
  if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
}

/** @param {"app" | "factory"} what */
async function install(what) {
  const app = state?.application?.app ?? "";
  if (what === "factory" && state?.application && !(await ask(T.setupTitle, T.setupText, T.install, { app }))) return;
  if (link.send({ [what === "app" ? "update-ota" : "update-factory"]: "1" })) onInstall(what);
}

function check() {
  if (!link.send({ check: "1" })) return;
  say(el("check-text"), T.checkSent);
  el("check").dataset.busy = "";
  clearTimeout(checkTimer);
  checkTimer = setTimeout(checked, 10_000);
}

function checked() {
  clearTimeout(checkTimer);
  delete el("check").dataset.busy;
  say(el("check-text"), T.check);
}

function storeUrl() {
  const url = urlInput.value.trim();
  say(el("server-done"), "");
  if (url !== "" && !/^https:\/\/[^\s/]+\S*$/.test(url)) return complain(T.serverBad);
  urlInput.value = url;
  if (link.send({ "update-url": url })) sentUrl = url;
}

function stored() {
  urlTouched = false;
  sentUrl = null;
  complain("");
  say(el("server-done"), T.serverStored);
}

/** @param {string} words */
function complain(words) {
  say(el("server-error"), words);
  show(el("server-error"), words !== "");
  urlInput.setAttribute("aria-invalid", String(words !== ""));
  if (words !== "") urlInput.focus();
}

/**
 * The device refused a message.
 * @param {string} words @param {string} what the message's kind
 * @returns {boolean} whether it was about the server's address
 */
export function updatesRefused(words, what) {
  if (what !== "update-url") return false;
  sentUrl = null;
  complain(`${words}.`);
  return true;
}
