// @ts-check
/** The application section: what is installed, and the upload of another image with its progress and its outcome. */
import { follow } from "./link.js";
import { byId, el, icon, make, say, show } from "./page.js";
import { T } from "./strings.js";

/** @typedef {import("./setup.js").State} State */
/** @typedef {[text: string, values?: import("./page.js").Values, address?: string]} Line text, then a link */

/** First byte of every ESP32 image. */
const IMAGE_MAGIC = 0xe9;

/** @type {import("./link.js").Link} */ let link;
/** @type {State | null} */ let state = null;
/** The upload under way. @type {XMLHttpRequest | null} */ let request = null;
let cancelled = false;
/** Shares that the browser has sent and that the device has stored; -1 before the first word of either. */
const share = { sent: -1, stored: -1 };
let total = 0;
/** Whether an application was installed, so that there is nothing left to do here. */
let over = false;
/** What the device said on the other connection about an upload that failed. */
let told = "";

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
  fileInput.addEventListener("change", () => {
    showResult("", "");
    showButton();
  });
  el("upload-cancel").addEventListener("click", () => {
    cancelled = true;
    request?.abort();
  });
  // Leaving the page would cut the upload off.
  addEventListener("beforeunload", (event) => request !== null && event.preventDefault());
}

/** @param {State} s */
export function showUpload(s) {
  state = s;
  const app = s.application;
  say(el("app-name"), app === null ? T.noApp : "{app}", { app: app?.app || T.image });
  show(el("app-name"), !over);
  show(el("app-none"), app === null && !over);
  show(el("app-facts"), app !== null && !over);
  say(el("app-version"), "{git}", { git: app?.git || "–" });
  say(el("app-built"), app?.builder ? T.builtBy : "{date}", { date: app?.date || "–", builder: app?.builder ?? "" });
  if (request === null && s.update !== "receiving") share.stored = -1;
  showRun();
}

/** Whether another page uploads. */
const foreign = () => request === null && (share.stored >= 0 || state?.update === "receiving");

function showButton() {
  button.disabled = fileInput.files?.length !== 1 || request !== null || foreign() || state?.access.change === false;
}

function showRun() {
  show(el("app-note"), state?.address === "" && request === null && !over);
  show(el("upload-form"), request === null && !over);
  show(el("upload-run"), request !== null || foreign());
  show(el("upload-cancel"), request !== null);
  showButton();
  // What the browser has sent may still wait in buffers: it counts only while the device can't tell what it has stored.
  const done = share.stored >= 0 ? share.stored : link.open ? -1 : share.sent;
  if (done < 0 || done >= 1) bar.removeAttribute("value");
  else bar.value = done;
  const words = foreign() ? T.foreign : done < 0 ? T.preparing : done >= 1 ? T.checking : T.uploading;
  say(el("upload-text"), words, { done: kilobytes(Math.max(0, done) * total), total: kilobytes(total) });
}

/** @param {number} bytes */
const kilobytes = (bytes) => `${Math.round(bytes / 1024).toLocaleString()} kB`;

/** The device tells how far it is. @param {number} pos @param {number} length */
export function uploadProgress(pos, length) {
  if (!(length > 0 && pos >= 0 && pos <= length)) return;
  share.stored = pos / length;
  showRun();
}

/**
 * The device tells that an upload failed.
 * @param {string} words
 * @returns {boolean} whether it was one of this page's
 */
export function uploadError(words) {
  if (request === null) return false;
  told = words;
  return true;
}

/** @param {File} file @returns {Promise<string>} the text that says why it can't be an image, "" if it can */
async function faultOf(file) {
  if (file.size === 0) return T.emptyFile;
  try {
    const first = new Uint8Array(await file.slice(0, 1).arrayBuffer());
    return first[0] === IMAGE_MAGIC ? "" : T.notImage;
  } catch {
    return T.unreadable;
  }
}

async function upload() {
  const file = fileInput.files?.[0];
  if (file === undefined || request !== null) return;
  const fault = await faultOf(file);
  if (fault !== "") return showResult("bad", T.refusedTitle, [fault, { file: file.name }]);
  const form = new FormData();
  form.append("ota", file, "application.bin");
  request = new XMLHttpRequest();
  share.sent = share.stored = -1;
  total = file.size;
  told = "";
  cancelled = false;
  request.upload.addEventListener("progress", (event) => {
    share.sent = event.lengthComputable ? event.loaded / event.total : -1;
    showRun();
  });
  request.addEventListener("loadend", finished);
  request.open("POST", "/otaform");
  request.send(form);
  showResult("", "");
  showRun();
  el("upload-cancel").focus();
}

function finished() {
  if (request === null) return;
  const { status, responseText } = request;
  request = null;
  share.stored = -1;
  // An answer may be lost when the device restarts on its heels; its last state tells.
  if ((status >= 200 && status < 300) || (status === 0 && state?.update === "done" && !cancelled)) installed();
  else if (status !== 0 || told !== "") {
    showResult("bad", T.refusedTitle, [
      T.refusedText,
      { reason: status === 0 ? told : reasonOf(responseText, status) },
    ]);
  } else if (cancelled) showResult("off", T.cancelledTitle, [T.cancelledText]);
  else showResult("bad", T.brokenTitle, [T.brokenText]);
  showRun();
  el("upload-result").focus();
}

/** The words of a refusal. @param {string} body @param {number} status */
function reasonOf(body, status) {
  try {
    const { text } = JSON.parse(body);
    if (typeof text === "string" && text !== "") return text.charAt(0).toUpperCase() + text.slice(1);
  } catch {
    // not from our own error catalogue
  }
  return T.statusText.replace("{status}", String(status));
}

function installed() {
  link.stop();
  over = true;
  if (state !== null) showUpload(state);
  const address = state?.address ?? "";
  const host = state?.host ?? "";
  const ssid = state?.known[state.join.slot]?.ssid || (state?.ssid ?? "");
  /** @type {Line[]} */
  const lines = [[T.doneText]];
  if (address === "") lines.push([T.doneAlone]);
  else {
    lines.push([T.doneJoined, { ssid }, `http://${address}/`]);
    if (host !== "") lines.push([T.doneOr, {}, `http://${host}/`]);
  }
  showResult("good", T.doneTitle, ...lines);
  follow(
    () => !link.open,
    () => undefined,
  );
}

/** @param {"" | "good" | "bad" | "off"} look "" takes it away @param {string} title @param {...Line} lines */
function showResult(look, title, ...lines) {
  const target = el("upload-result");
  target.dataset.look = look;
  if (look === "") return target.replaceChildren();
  const paragraphs = lines.map(([text, values, address]) => {
    const words = make("span");
    say(words, text, values);
    const paragraph = make("p", "", words);
    if (address === undefined) return paragraph;
    const anchor = make("a", "", address);
    anchor.href = address;
    paragraph.append(" ", anchor);
    return paragraph;
  });
  target.replaceChildren(
    icon(look === "good" ? "check" : "alert"),
    make("div", "", make("p", "strong", title), ...paragraphs),
  );
}
