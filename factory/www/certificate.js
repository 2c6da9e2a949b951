// @ts-check
/** The certificate section: what the device presents, and the way to and from a certificate of one's own. */
import { ask, byId, el, facts, icon, make, say, show } from "./page.js";
import { T } from "./strings.js";

/**
 * @typedef {{ source: string, subject: string, issuer: string, names: string, until: number, days: string, key: string, print: string,
 *   progress: number, fault: string, client: boolean }} Certificate days: "" while the device does not know the date
 */

/** Days before the end from which on the page reminds of it. */
const SOON = 30;

/** A clock before this (24 May 2016) has never been set. */
const CLOCK_SET = 1464083026;

const files = [byId("cert-pub", HTMLInputElement), byId("cert-pri", HTMLInputElement)];
const button = byId("cert-upload", HTMLButtonElement);
const bar = byId("cert-bar", HTMLProgressElement);
let sending = false;

/**
 * What a state message says of the certificate; null where the device has nothing to do with any.
 * @param {Record<string, unknown>} message
 * @returns {Certificate | null}
 */
export function readCertificate(message) {
  const { cert } = message;
  if (typeof cert !== "object" || cert === null) return null;
  /** @param {Record<string, unknown>} from @param {string} name */
  const text = (from, name) => (typeof from[name] === "string" ? from[name] : "");
  const own = /** @type {Record<string, unknown>} */ (cert);
  return {
    source: text(own, "source"),
    subject: text(message, "certsubject"),
    issuer: text(message, "certissuer"),
    names: text(own, "names"),
    until: Number(text(own, "until")) || 0,
    days: Number(text(message, "unixtime")) > CLOCK_SET ? text(message, "certdays") : "",
    key: text(own, "key"),
    print: text(own, "print"),
    progress: Number(text(own, "progress")) || 0,
    fault: text(own, "fault"),
    client: text(own, "client") === "1",
  };
}

export function startCertificate() {
  show(el("cert-clear"), location.protocol === "http:");
  for (const file of files) {
    file.addEventListener("change", () => {
      showResult("", "", "");
      showButton();
    });
  }
  byId("cert-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void upload();
  });
  el("cert-remove").addEventListener("click", () => void remove());
}

/** @param {import("./setup.js").State} state */
export function showCertificate({ certificate, access: { change } }) {
  show(el("certificate"), certificate !== null);
  if (certificate === null) return;
  const { source, days, names, subject, issuer } = certificate;
  const making = certificate.progress < 100;
  const there = source !== "none";
  el("cert").dataset.source = source;
  say(el("cert-name"), !there ? T.certMaking : source === "own" ? T.certOwn : T.certSelf);
  say(el("cert-text"), !there ? T.certMakingText : source === "own" ? T.certOwnText : T.certSelfText);
  show(bar, making);
  bar.value = certificate.progress;
  showNote(certificate);
  const until = certificate.until > 0 ? new Date(certificate.until * 1000) : null;
  facts(el("cert-facts"), [
    [T.certFor, names.replaceAll(" ", ", ")],
    [T.certSubject, names.split(" ").includes(subject) ? "" : subject],
    [T.certIssuer, subject === issuer ? "" : issuer],
    [T.certUntil, until?.toLocaleDateString([], { dateStyle: "medium" }) ?? ""],
    [T.certDays, !there ? "" : days === "" ? T.clockUnset : Number(days).toLocaleString()],
    [T.certKey, certificate.key],
    [T.certClients, certificate.client ? T.yes : ""],
  ]);
  show(el("cert-facts"), there);
  show(el("cert-print-facts"), there);
  say(el("cert-print"), "{print}", { print: certificate.print.replace(/(....)(?=.)/g, "$1 ") });
  show(el("cert-download"), there);
  show(el("cert-remove"), change && (source === "own" || (certificate.fault !== "" && !making)));
  show(el("cert-locked"), !change);
  show(el("cert-form"), change);
  showButton();
}

/** @param {Certificate} certificate */
function showNote({ source, fault, days }) {
  const left = days === "" ? SOON + 1 : Number(days);
  const words = fault !== "" ? T.certFault : left < 0 ? T.certExpired : left <= SOON ? T.certSoon : "";
  show(el("cert-note"), words !== "" && (fault !== "" || source === "own"));
  say(el("cert-note"), words, { reason: fault, days });
}

/** Either file may be left out where the one before it stays: the device knows whether they belong together. */
function showButton() {
  button.disabled = sending || files.every((file) => file.files?.length !== 1);
  say(button, sending ? T.certSending : T.certUpload);
  byId("cert-remove", HTMLButtonElement).disabled = sending;
}

async function upload() {
  const form = new FormData();
  for (const [i, name] of ["pub", "pri"].entries()) {
    const file = files[i].files?.[0];
    if (file !== undefined) form.append(name, file, `${name}.pem`);
  }
  if (!(await post(form, T.certDone, T.certDoneText))) return;
  for (const file of files) file.value = "";
  byId("cert-own", HTMLDetailsElement).open = false;
  showButton();
}

async function remove() {
  if (!(await ask(T.certRemoveTitle, T.certRemoveText, T.certRemoveYes))) return;
  const form = new FormData();
  form.append("remove", "own");
  await post(form, T.certRemoved, T.certDoneText);
}

/** @param {FormData} body @param {string} title @param {string} text what to say when it is done */
async function post(body, title, text) {
  if (sending) return false;
  sending = true;
  showButton();
  let reason = "";
  try {
    const answer = await fetch("factory", { method: "POST", body, signal: AbortSignal.timeout(20000) });
    if (!answer.ok) reason = reasonOf(await answer.text(), answer.status);
  } catch {
    reason = T.needsLink;
  }
  sending = false;
  showButton();
  if (reason === "") showResult("good", title, text);
  else
    showResult(
      "bad",
      T.certRefused,
      T.certRefusedText.replace("{reason}", () => reason.replace(/\.$/, "")),
    );
  el("cert-result").focus();
  return reason === "";
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

/** @param {"good" | "bad" | ""} look @param {string} title @param {string} text */
function showResult(look, title, text) {
  const target = el("cert-result");
  target.dataset.look = look;
  if (look === "") return target.replaceChildren();
  target.replaceChildren(
    icon(look === "good" ? "check" : "alert"),
    make("div", "", make("p", "strong", title), make("p", "", text)),
  );
}
