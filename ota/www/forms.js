// @ts-check
/** The two forms: sent without leaving the page, whose answer is taken apart and shown. Without this script they work as forms do. */
import { byId, el, fact, say } from "./dom.js";

/** Bytes from which on a file is not sent: the device takes no more. */
const FILE = 100_000;

/** @param {string} text "": none */
function showError(text) {
  el("form-result").hidden = false;
  el("form-error").hidden = text === "";
  say(el("form-error"), text);
  el("form-facts").replaceChildren();
}

/** @param {Document} page what the device has answered */
function showAnswer(page) {
  const rows = Array.from(page.querySelectorAll("table tr"), (row) =>
    Array.from(row.querySelectorAll("td"), (cell) => cell.textContent ?? ""),
  ).filter((cells) => cells.length === 3);
  const length = page.getElementById("length")?.textContent ?? "0";
  const filename = page.getElementById("filename")?.textContent ?? "";
  showError("");
  el("form-facts").append(
    ...rows
      .filter(([, size]) => size !== "0")
      .map(([name, size, value]) => fact(`${name}, ${size} bytes`, value ?? "")),
    ...(filename === "" ? [] : [fact(`file, ${length} bytes`, filename)]),
  );
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
async function send(form, submitter) {
  const data = new FormData(form, submitter);
  const isMultipart = form.enctype === "multipart/form-data";
  /** @type {BodyInit} */
  const body = isMultipart ? data : new URLSearchParams(Array.from(data, ([name, value]) => [name, String(value)]));
  const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(30_000) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.ok) showAnswer(page);
  else showError(`The device refused the form: ${page.querySelector("p")?.textContent || answer.status}.`);
}

export function startForms() {
  const file = byId("file", HTMLInputElement);
  for (const id of ["text-form", "file-form"]) {
    const form = byId(id, HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.contains(file) && (file.files?.[0]?.size ?? 0) >= FILE) {
        showError("This file is too large: the device takes less than 100,000 bytes.");
        return;
      }
      send(form, event.submitter).catch(() => showError("The device did not answer. Try again."));
    });
  }
}
