// @ts-check
/** Who may change what: the login form that stands in for the page, the password, the names of the unit, and the factory reset. */
import { follow } from "./link.js";
import { ask, byId, el, say, show } from "./page.js";
import { T } from "./strings.js";

/** @typedef {import("./setup.js").State} State */
/** @typedef {{ password: boolean, login: boolean, change: boolean }} Access a password is set; this page has logged in; it may change something */

/** Milliseconds for an answer: the device takes its time over a password. */
const PATIENCE = 15000;

/** @type {import("./link.js").Link} */ let link;
/** @type {State | null} */ let state = null;
/** Fields that the user has written to, which what the device says leaves alone. @type {Set<HTMLInputElement>} */
const touched = new Set();
let waitTimer = 0;
/** Nothing may be changed, as the device said last. */
let locked = false;

const NAMES = /** @type {const} */ (["serial", "opts", "group", "role"]);
const regionSelect = byId("name-region", HTMLSelectElement);
let regionTouched = false;
const nameInputs = NAMES.map((name) => byId(`name-${name}`, HTMLInputElement));

/** What a state message says of it. @param {Record<string, unknown>} message @returns {Access} */
export function readAccess(message) {
  const own = /** @type {Record<string, unknown>} */ (message.access ?? {});
  return { password: own.password === "1", login: own.login === "1", change: own.change !== "0" };
}

/** @param {import("./link.js").Link} to */
export function startAccess(to) {
  link = to;
  onSubmit("login", logIn);
  onSubmit("password-form", () => setPassword(byId("password-new", HTMLInputElement).value));
  onSubmit("names-form", storeNames);
  el("password-remove").addEventListener("click", () => void removePassword());
  el("logout").addEventListener("click", () => void logOut());
  el("factory-reset").addEventListener("click", () => void factoryReset());
  for (const input of nameInputs) input.addEventListener("input", () => touched.add(input));
  for (const [n, name] of T.regions.entries()) regionSelect.add(new Option(name, String(n)));
  regionSelect.addEventListener("input", () => {
    regionTouched = true;
  });
  for (const button of document.querySelectorAll("[data-shows]")) {
    button.addEventListener("click", () => {
      const input = byId(button.getAttribute("data-shows") ?? "", HTMLInputElement);
      input.type = input.type === "password" ? "text" : "password";
      button.setAttribute("aria-pressed", String(input.type === "text"));
    });
  }
}

/** @param {string} id @param {() => Promise<void>} submit */
function onSubmit(id, submit) {
  byId(id, HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
}

/** Asks whether the device tells this page anything; shows the login form where it does not. @returns {Promise<boolean>} */
export async function admitted() {
  try {
    const answer = await fetch("access/login", {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(8000),
    });
    if (!answer.ok || (await answer.json()).read !== "0") return true;
  } catch {
    return true;
  }
  if (document.body.dataset.phase !== "login") {
    document.body.dataset.phase = "login";
    el("main").setAttribute("aria-busy", "false");
    byId("login-password", HTMLInputElement).focus();
  }
  return false;
}

/** @param {State} s */
export function showAccess(s) {
  state = s;
  const { access, present } = s;
  show(el("locked"), !access.change);
  document.body.dataset.access = access.change ? "open" : "locked";
  say(el("access-state"), access.password ? T.passwordSet : T.passwordNone);
  say(
    el("access-text"),
    access.password ? T.passwordSetText : access.change ? T.passwordNoneText : T.passwordNoneLocked,
  );
  el("access").dataset.look = access.password ? "on" : "open";
  say(el("password-label"), access.password ? T.passwordChange : T.passwordNew);
  show(el("password-form"), access.change);
  show(el("password-remove"), access.change && access.password);
  show(el("logout"), access.login);
  const values = { serial: s.serial, opts: s.opts, group: s.group, role: s.role };
  NAMES.forEach((name, i) => {
    const input = nameInputs[i];
    if (!touched.has(input) && document.activeElement !== input) input.value = values[name];
    input.disabled = name === "serial" || name === "opts" ? !present : !access.change;
  });
  if (!regionTouched && document.activeElement !== regionSelect) regionSelect.value = s.region;
  regionSelect.disabled = !access.change;
  if (locked !== !access.change) {
    locked = !access.change;
    for (const id of ["identify", "restart", "scan"]) byId(id, HTMLButtonElement).disabled = locked;
  }
  show(el("names-locked"), !present);
  byId("names-store", HTMLButtonElement).disabled = !access.change;
  byId("factory-reset", HTMLButtonElement).disabled = !present;
  say(el("factory-reset-text"), present ? T.resetText : T.resetLocked);
}

/**
 * Posts a form. Resolves with the words that say why it was refused, "" if it was not.
 * @param {string} path @param {Record<string, string>} fields
 * @returns {Promise<{ reason: string, wait: number }>} wait: seconds before the next try
 */
async function post(path, fields) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok) return { reason: "", wait: 0 };
    const wait = Number(answer.headers.get("retry-after")) || 0;
    const { text } = await answer.json().catch(() => ({}));
    if (typeof text !== "string") return { reason: T.statusText.replace("{status}", String(answer.status)), wait };
    return { reason: text.charAt(0).toUpperCase() + text.slice(1), wait };
  } catch {
    return { reason: T.needsLink, wait: 0 };
  }
}

/**
 * Does something that a button asks for, which can't be pressed meanwhile and says what goes on.
 * @template R
 * @param {string} id of the button @param {string} words @param {() => Promise<R>} work @returns {Promise<R>}
 */
async function busy(id, words, work) {
  const button = byId(id, HTMLButtonElement);
  const idle = button.textContent ?? "";
  button.disabled = true;
  button.dataset.busy = "";
  say(button, words);
  try {
    return await work();
  } finally {
    button.disabled = false;
    delete button.dataset.busy;
    say(button, idle);
  }
}

/** Words below the field that they are about. @param {string} id @param {string} words @param {HTMLInputElement} [input] */
function complain(id, words, input) {
  say(el(id), words);
  show(el(id), words !== "");
  input?.setAttribute("aria-invalid", String(words !== ""));
  if (words !== "") input?.focus();
}

async function logIn() {
  const input = byId("login-password", HTMLInputElement);
  clearInterval(waitTimer);
  if (input.value === "") return complain("login-error", T.loginEmpty, input);
  complain("login-error", "", input);
  const { reason, wait } = await busy("login-button", T.loginSending, () =>
    post("access/login", { password: input.value }),
  );
  if (reason === "") {
    input.value = "";
    document.body.dataset.phase = "loading";
    link.start();
    return;
  }
  complain("login-error", wait > 0 ? T.loginWait : T.loginWrong.replace("{reason}", () => reason), input);
  if (wait > 0) countDown(wait);
  else input.select();
}

/** No try is taken for so many seconds. @param {number} seconds */
function countDown(seconds) {
  const button = byId("login-button", HTMLButtonElement);
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.disabled = left > 0;
    say(button, left > 0 ? T.loginIn : T.login, { left });
    if (left <= 0) clearInterval(waitTimer);
  };
  tick();
  waitTimer = setInterval(tick, 1000);
}

/** @param {string} password */
async function setPassword(password) {
  const input = byId("password-new", HTMLInputElement);
  const size = new TextEncoder().encode(password).length;
  if (size < 8 || size > 63) return complain("password-error", T.passwordLength, input);
  complain("password-error", "", input);
  const { reason } = await busy("password-store", T.storing, () => post("access/password", { password }));
  if (reason !== "")
    return complain(
      "password-error",
      T.refused.replace("{reason}", () => reason),
      input,
    );
  input.value = "";
  say(el("password-done"), T.passwordDone);
  link.restart();
}

async function removePassword() {
  if (!(await ask(T.passwordRemoveTitle, T.passwordRemoveText, T.passwordRemove))) return;
  const { reason } = await busy("password-remove", T.storing, () => post("access/password", {}));
  complain("password-error", reason === "" ? "" : T.refused.replace("{reason}", () => reason));
  say(el("password-done"), reason === "" ? T.passwordRemoved : "");
}

async function logOut() {
  await busy("logout", T.storing, () => post("access/logout", {}));
  location.reload();
}

/** Only what was written is sent: the device keeps the rest. What a form leaves empty it keeps as well, so that is said by message. */
async function storeNames() {
  /** @type {Record<string, string>} */
  const fields = {};
  say(el("names-done"), "");
  complain("names-error", "");
  if (regionTouched && !link.send({ setting: "1", region: regionSelect.value })) return;
  for (const input of touched) {
    const name = input.name;
    if (input.value !== "") fields[name] = input.value;
    else if (!link.send({ [name]: "" })) return;
  }
  const { reason } =
    Object.keys(fields).length === 0
      ? { reason: "" }
      : await busy("names-store", T.storing, () => post("factory", fields));
  if (reason !== "")
    return complain(
      "names-error",
      T.refused.replace("{reason}", () => reason),
    );
  touched.clear();
  regionTouched = false;
  say(el("names-done"), T.namesDone);
}

/**
 * The device refused a message.
 * @param {string} words @param {string} what the message's kind
 * @returns {boolean} whether it was about a name
 */
export function namesRefused(words, what) {
  if (what !== "region" && !NAMES.some((name) => name === what)) return false;
  say(el("names-done"), "");
  complain("names-error", `${words}.`);
  return true;
}

async function factoryReset() {
  if (!(await ask(T.resetTitle, T.resetAsk, T.resetYes)) || !link.send({ "factory-reset": "1" })) return;
  link.stop();
  byId("factory-reset", HTMLButtonElement).disabled = true;
  show(el("reset-note"), true);
  say(el("reset-note"), T.resetting, { ap: `ESP_${state?.mac.slice(6) ?? ""}` });
  follow(
    () => !link.open,
    () => undefined,
  );
}
