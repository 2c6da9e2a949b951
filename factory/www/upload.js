// @ts-check
/** The application section: what is installed, what was taken back, and every update under way with its progress and its outcome. */
import { readImageFile } from "./image-file.js";
import { follow } from "./link.js";
import { ask, byId, el, say, show } from "./page.js";
import { reasonOf, showResult, showStarting } from "./result.js";
import { T } from "./strings.js";
import { askProgress, dropUpload, Transfer } from "./transfer.js";

/** @typedef {import("./setup.js").State} State */
/** @typedef {import("./image-file.js").ImageFile} ImageFile */

const SETUP = 1;

/** @type {import("./link.js").Link} */ let link;
/** @type {State | null} */ let state = null;
/** This page's upload. @type {Transfer | null} */ let transfer = null;
/** What this page let the device fetch. @type {"app" | "factory" | ""} */ let pulling = "";
/** An update, or the image that was taken back, starts: there is nothing left to do here. */
let over = false;
/** It was cancelled here: what the device says of that is known. */
let cancelled = false;
/** Bytes that the device has of those that it told of; -1 while it tells of none. */
let stored = -1;
let total = 0;
/** What the chosen file says of itself; undefined while it is read. @type {ImageFile | null | undefined} */ let image;

const fileInput = byId("upload-file", HTMLInputElement);
const button = byId("upload-button", HTMLButtonElement);
const bar = byId("upload-bar", HTMLProgressElement);

/** @param {import("./link.js").Link} to */
export function startUpload(to) {
  link = to;
  byId("upload-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void upload();
  });
  fileInput.addEventListener("change", () => void chosen());
  el("upload-cancel").addEventListener("click", cancel);
  el("rolled-start").addEventListener("click", startAgain);
  // Leaving the page would cut the upload off.
  addEventListener("beforeunload", (event) => transfer !== null && event.preventDefault());
}

/** @param {State} s */
export function showUpload(s) {
  const before = state?.update.state ?? "";
  state = s;
  const app = s.application;
  say(el("app-name"), s.rolled ? T.rolledTitle : app === null ? T.noApp : "{app}", { app: app?.app || T.image });
  show(el("app-name"), !over);
  show(el("app-none"), app === null && s.rolled === null && !over);
  show(el("app-facts"), app !== null && s.rolled === null && !over);
  say(el("app-version"), "{git}", { git: app?.git || "–" });
  say(el("app-built"), app?.builder ? T.builtBy : "{date}", { date: app?.date || "–", builder: app?.builder ?? "" });
  showRolled(s);
  const { state: now, id } = s.update;
  if (now === "done" && transfer !== null && (id === "" || id === transfer.id)) transfer.finished = true;
  if (now === "checking") transfer?.checking();
  // What the device fetches by itself ends with a state, not with an answer.
  if (now === "done" && transfer === null && !over && (pulling !== "" || s.update.from === "server"))
    finished(pulling === "factory");
  if (now !== "receiving" && now !== "checking" && transfer === null) stored = -1;
  if (now === "idle" && before !== "idle") pulling = "";
  showRun();
}

/** @param {State} s */
function showRolled({ rolled, access }) {
  show(el("rolled"), rolled !== null && !over && transfer === null);
  if (rolled === null) return;
  const { app, version, reason, start } = rolled;
  const words = /** @type {Record<string, string>} */ (T.rolledReasons)[reason] ?? T.rolledUnknown;
  say(
    el("rolled-text"),
    T.rolled.replace("{reason}", () => words),
    { app, version, cause: reason },
  );
  show(el("rolled-start"), start && access.change);
}

/** Something is under way that this page did not begin, or no longer knows of. */
const foreign = () => transfer === null && ["receiving", "paused", "checking"].includes(state?.update.state ?? "");

function showRun() {
  const server = state?.update.from === "server" || pulling !== "";
  const running = transfer !== null || foreign() || pulling !== "";
  const paused = transfer === null && !server && state?.update.state === "paused";
  place(transfer === null && server ? "updates-run" : "application-run");
  show(el("app-note"), state?.address === "" && !running && !over);
  show(el("upload-form"), (!running || paused) && !over);
  show(el("upload-run"), running && !over);
  show(el("upload-cancel"), (transfer !== null || server || paused) && state?.access.change !== false);
  button.disabled =
    fileInput.files?.length !== 1 || image === undefined || state?.access.change === false || (running && !paused);
  if (running) showProgress(paused, server);
}

/** @param {boolean} paused @param {boolean} server */
function showProgress(paused, server) {
  // What the browser has sent may still wait in buffers: it counts only while the device can't tell what it has stored.
  const bytes = transfer === null ? stored : transfer.stored >= 0 || link.open ? transfer.stored : transfer.sent;
  const unknown = bytes < 0 || total === 0;
  const checking = state?.update.state === "checking" || (!unknown && bytes >= total);
  show(bar, !paused);
  if (unknown || checking) bar.removeAttribute("value");
  else bar.value = bytes / total;
  let words = unknown ? T.preparing : checking ? T.checking : T.uploading;
  if (transfer?.waiting) words = T.waiting;
  else if (paused) words = T.paused;
  else if (transfer === null && server && state?.update.state === "paused") words = T.pullWaits;
  else if (transfer === null && !checking) words = !server ? T.foreign : unknown ? T.pullingAny : T.pulling;
  say(el("upload-text"), words, { done: kilobytes(Math.max(0, bytes)), total: kilobytes(total) });
}

/** Progress and outcome stand with what has begun it. @param {string} id */
function place(id) {
  if (el(id).childElementCount === 0) el(id).append(el("upload-run"), el("upload-result"));
}

/** @param {number} bytes */
const kilobytes = (bytes) => `${Math.round(bytes / 1024).toLocaleString()} kB`;

/** The device tells how far it is. @param {number} pos @param {number} length */
export function uploadProgress(pos, length) {
  if (!(length > 0 && pos >= 0 && pos <= length)) return;
  if (transfer === null) total = length;
  stored = pos;
  transfer?.progress(total > 0 ? Math.min(pos, total) : pos);
  showRun();
}

/**
 * The device tells that an update failed.
 * @param {string} words @param {string} code
 * @returns {boolean} whether it was one of this page's
 */
export function uploadError(words, code) {
  if (code === "UPDATE_CANCELLED" && cancelled) return true;
  if (transfer !== null) transfer.told = words;
  else if (pulling === "" && state?.update.from !== "server") return false;
  else failed(T.pullFailedTitle, T.pullFailedText, words);
  return true;
}

/** @param {string} title @param {string} text @param {string} reason */
function failed(title, text, reason) {
  pulling = "";
  showResult("bad", title, [text, { reason }]);
  showRun();
  el("upload-result").focus();
}

async function chosen() {
  const file = fileInput.files?.[0];
  image = undefined;
  showResult("", "");
  say(el("file-note"), "");
  showRun();
  if (file === undefined) return;
  try {
    image = await readImageFile(file);
  } catch {
    image = null;
  }
  if (fileInput.files?.[0] !== file) return;
  showRun();
  if (image === null) return;
  const { kind, app, version, model } = image;
  const erases = kind === SETUP && state?.application ? ` ${T.setupErases}` : "";
  const alien = model !== "" && state !== null && model !== state.model ? ` ${T.fileOlder}` : "";
  el("file-note").dataset.look = erases || alien ? "warn" : "";
  say(el("file-note"), `${T.fileKinds[kind]}.${erases}${alien}`, { app, version, model });
}

/** Why this file can't be installed, "" if it may be. @param {File} file */
async function faultOf(file) {
  if (file.size === 0) return T.emptyFile;
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return T.unreadable;
  }
  if (!image) return T.notImage;
  return image.signed || state?.unsigned !== "0" ? "" : T.notSigned;
}

async function upload() {
  const file = fileInput.files?.[0];
  if (file === undefined || transfer !== null || state === null) return;
  const fault = await faultOf(file);
  if (fault !== "" || !image) {
    showResult("bad", T.refusedTitle, [fault, { file: file.name }]);
    return el("upload-result").focus();
  }
  const { kind, id } = image;
  const app = state.application?.app ?? "";
  if (kind === SETUP && state.application && !(await ask(T.setupTitle, T.setupText, T.upload, { app }))) return;
  const { resumes } = state.update;
  cancelled = false;
  stored = -1;
  total = file.size;
  transfer = new Transfer(file, resumes ? id : "", showRun);
  showResult("", "");
  showRun();
  el("upload-cancel").focus();
  const there = resumes && state.update.state === "paused" ? await askProgress() : null;
  const mine = there?.id === id;
  if (there?.state === "paused" && !mine) await dropUpload();
  const { result, status, body } = await transfer.run(mine ? there.received : 0);
  const { told } = transfer;
  transfer = null;
  stored = -1;
  if (result === "done") return finished(kind === SETUP);
  if (result === "refused") return failed(T.refusedTitle, T.refusedText, told || reasonOf(body, status));
  if (result === "cancelled") showResult("off", T.cancelledTitle, [T.cancelledText]);
  else showResult("bad", T.brokenTitle, [T.brokenText]);
  showRun();
  el("upload-result").focus();
}

function cancel() {
  cancelled = true;
  if (transfer !== null) transfer.cancel();
  else if (state?.update.state === "paused" && state.update.from !== "server") void dropUpload();
  else if (link.send({ cancel: "1" })) {
    pulling = "";
    showResult("off", T.cancelledTitle, [T.cancelledText]);
    el("upload-result").focus();
  }
}

/** This page lets the device fetch an image. @param {"app" | "factory"} what */
export function uploadPulled(what) {
  pulling = what;
  cancelled = false;
  stored = -1;
  total = 0;
  showResult("", "");
  showRun();
  el("upload-cancel").focus();
}

/** The device restarts into what it was given. @param {boolean} isSetup */
function finished(isSetup) {
  if (isSetup) showResult("good", T.doneSetupTitle, [T.doneSetupText]);
  else showStarting(state, T.doneTitle, T.doneText);
  leave();
}

function leave() {
  link.stop();
  over = true;
  pulling = "";
  if (state !== null) showUpload(state);
  el("upload-result").focus();
  follow(
    () => !link.open,
    () => undefined,
  );
}

function startAgain() {
  if (!link.send({ start: "1" })) return;
  showStarting(state, T.startingTitle, T.startingText);
  leave();
}
