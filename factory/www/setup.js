// @ts-check
/**
 * The setup page: reads what the device says, hands it to the parts of the page, and looks after the header and the
 * device section itself.
 */
import { admitted, namesRefused, readAccess, showAccess, startAccess } from "./access.js";
import { readCertificate, showCertificate, startCertificate } from "./certificate.js";
import { follow, Link } from "./link.js";
import { showNetworks, startNetworks } from "./networks.js";
import { ask, byId, el, facts, notice, say, show } from "./page.js";
import { sheetLink, sheetRefused, sheetState, startSheet } from "./sheet.js";
import { T } from "./strings.js";
import { readLatest, showUpdates, startUpdates, updatesRefused } from "./updates.js";
import { showUpload, startUpload, uploadError, uploadProgress, uploadPulled } from "./upload.js";

/**
 * @typedef {{ app: string, git: string, date: string, builder: string }} Image an image in flash
 * @typedef {{ ssid: string, pp: boolean, use: number }} Slot what an AP slot holds; an empty one has an empty SSID
 * @typedef {{ ssid: string, bssid: string, rssi: number, chan: string, auth: number }} Found auth is -1 when not told
 * @typedef {{ state: string, slot: number, reason: string }} Join
 * @typedef {{ state: string, id: string, from: string, resumes: boolean }} Update resumes: an upload that broke off can be gone on with
 * @typedef {{ app: string, version: string, reason: string, start: boolean }} Rolled an application that was taken back
 * @typedef {{
 *   host: string, model: string, serial: string, opts: string, region: string, mac: string,
 *   button: string, unixtime: number, uptime: number, reset: string,
 *   storage: string, update: Update, unsigned: string, rolled: Rolled | null, latest: import("./updates.js").Latest | null, address: string, mask: string, gateway: string, cpd: string, ssid: string, join: Join,
 *   group: string, role: string, boot: string, access: import("./access.js").Access,
 *   present: boolean, certificate: import("./certificate.js").Certificate | null,
 *   setup: Image | null, application: Image | null, known: Slot[], found: Found[] }} State
 */

/** A clock before this (24 May 2016) has never been set. */
const CLOCK_SET = 1464083026;

/** Seconds for which the lamp identifies the device. */
const IDENTIFY = 10;

/** @param {unknown} value @returns {Record<string, unknown>} */
const record = (value) =>
  /** @type {Record<string, unknown>} */ (typeof value === "object" && value !== null ? value : {});

/** @param {unknown} value @returns {string} */
const text = (value) => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

/** @param {unknown} value @returns {Record<string, unknown>[]} */
const records = (value) => (Array.isArray(value) ? value.map(record) : []);

/** @param {unknown} value @returns {Image | null} */
function readImage(value) {
  const image = record(value);
  const built = Number(text(image.unixtime));
  const date =
    built > CLOCK_SET ? new Date(built * 1000).toLocaleDateString([], { dateStyle: "medium" }) : text(image.date);
  if (text(image.app) === "" && (date === "" || date === "Empty")) return null;
  return { app: text(image.app), git: text(image.git), date, builder: text(image.builder) };
}

/** @param {unknown} value @returns {Update} */
function readUpdate(value) {
  const { state, id, from } = record(value);
  return { state: text(state), id: text(id), from: text(from), resumes: typeof id === "string" };
}

/** @param {unknown} value @returns {Rolled | null} */
function readRolled(value) {
  const { app, version, reason, start } = record(value);
  if (text(app) === "" && text(version) === "") return null;
  return { app: text(app), version: text(version), reason: text(reason), start: text(start) === "1" };
}

/**
 * A state message with everything in its place, whatever it lacks.
 * @param {Record<string, unknown>} message
 * @returns {State}
 */
function readState(message) {
  const join = record(message.join);
  const known = records(message.known).map((k) => ({
    ssid: text(k.ssid),
    pp: text(k.pp) === "1",
    use: Number(text(k.use)) || 0,
  }));
  while (known.length < 4) known.push({ ssid: "", pp: false, use: 0 });
  const address = text(message.conn_ip);
  return {
    host: text(message.host),
    model: text(message.model),
    serial: text(message.serial),
    opts: text(message.opts),
    region: text(message.region) || "0",
    mac: text(message.mac),
    button: text(message.button),
    unixtime: Number(text(message.unixtime)) || 0,
    uptime: Number(text(message.uptime)) || 0,
    reset: text(message.reset),
    storage: text(message.storage),
    update: readUpdate(message.update),
    unsigned: text(message.unsigned),
    rolled: readRolled(message.rolled),
    latest: readLatest(message.latest),
    address,
    mask: text(message.conn_mask),
    gateway: text(message.conn_gw),
    cpd: text(message.cpd),
    ssid: text(message.ssid),
    join: {
      state: text(join.state) || (address === "" ? "idle" : "joined"),
      slot: Number(text(join.slot)) || 0,
      reason: text(join.reason),
    },
    group: text(message.group),
    role: text(message.role),
    boot: text(message.boot),
    access: readAccess(message),
    present: text(message.forced_button) === "1",
    certificate: readCertificate(message),
    setup: readImage(message.img_factory),
    application: readImage(message.img_ota),
    known: known.slice(0, 4),
    found: records(message.aps).map((a) => ({
      ssid: text(a.ssid),
      bssid: text(a.bssid),
      rssi: Number(text(a.rssi)) || -100,
      chan: text(a.chan),
      auth: text(a.auth) === "" ? -1 : Number(text(a.auth)),
    })),
  };
}

/** @type {State | null} */ let state = null;
/** When the link was lost, in ms; 0 while it is open. */
let lostAt = Date.now();
let identifyTimer = 0;

/** @param {Record<string, unknown>} message */
function onMessage(message) {
  if ("error" in message)
    return onError(text(message.text) || text(message.error), text(message.for), text(message.error));
  if ("upload" in message) return uploadProgress(Number(text(message.pos)), Number(text(message.len)));
  if (!("known" in message || "model" in message)) return;
  state = readState(message);
  showHeader(state);
  showNetworks(state);
  sheetState(state);
  showUpload(state);
  showUpdates(state);
  showCertificate(state);
  showAccess(state);
  showDevice(state);
  document.body.dataset.phase = "ready";
  el("main").setAttribute("aria-busy", "false");
}

/** @param {string} words @param {string} what the kind of message that failed @param {string} code */
function onError(words, what, code) {
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  if (what === "slot" && sheetRefused(sentence)) return;
  if (updatesRefused(sentence, what) || namesRefused(sentence, what)) return;
  if (what.startsWith("up") && uploadError(sentence, code)) return;
  notice(`${sentence}.`);
}

/** @param {boolean} open */
function onLink(open) {
  lostAt = open ? 0 : lostAt || Date.now();
  sheetLink(open);
  showLink();
}

function showLink() {
  if (document.body.dataset.phase === "login") return say(el("link-text"), T.linkLogin);
  const opening = state === null && lostAt !== 0;
  document.body.dataset.link = lostAt === 0 ? "open" : opening ? "opening" : "lost";
  // A page that came over the joined network is lost for other reasons than a phone that left the device's own Wi-Fi.
  const remote = state === null || location.hostname === state.address;
  const hint = lostAt !== 0 && !remote && Date.now() - lostAt > 8000;
  say(el("link-text"), lostAt === 0 ? T.linkOpen : opening ? T.linkOpening : hint ? T.linkHint : T.linkLost, {
    ap: `config-${state?.host}`,
  });
}

/** @param {State} s */
function showHeader(s) {
  say(el("host"), "{host}", { host: s.host || s.model });
  if (s.host !== "") document.title = T.pageTitle.replace("{host}", () => s.host);
  document.body.dataset.net = s.address === "" ? "off" : "on";
  show(el("unsigned"), s.unsigned === "1");
  const damaged = s.storage === "damaged";
  show(el("storage"), damaged || s.storage === "full");
  say(el("storage"), damaged ? T.storageDamaged : T.storageFull);
}

/** @param {Image | null} image */
const imageText = (image) =>
  image === null ? T.none : [image.app, image.git, image.date].filter((part) => part !== "").join(" · ");

/** @param {State} s */
function showDevice(s) {
  const clock = new Date(s.unixtime * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  facts(el("device-facts"), [
    [T.name, s.host],
    [T.serial, [s.model, s.serial, s.opts].filter((part) => part !== "").join("-")],
    [T.mac, s.mac.replace(/(..)(?=.)/g, "$1:")],
    [T.setupImage, imageText(s.setup)],
    [T.appImage, imageText(s.application)],
    [T.uptime, s.uptime === 0 ? "" : duration(s.uptime)],
    [T.clock, s.unixtime > CLOCK_SET ? clock : T.clockUnset],
    [T.lastReset, /** @type {Record<string, string>} */ (T.resets)[s.reset] ?? s.reset],
    [T.boot, /** @type {Record<string, string>} */ (T.boots)[s.boot] ?? ""],
    [T.button, s.button === "" ? "" : s.button === "1" ? T.buttonDown : T.buttonUp],
  ]);
}

/** @param {number} seconds */
function duration(seconds) {
  const units = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const first = Math.max(
    0,
    units.findIndex((n) => n > 0),
  );
  return units
    .map((n, i) => `${n} ${"dhms"[i]}`)
    .slice(first, first + 2)
    .join(" ")
    .replace(/ m/, " min");
}

function identify() {
  if (!link.send({ identify: "1" })) return;
  clearTimeout(identifyTimer);
  document.body.dataset.identify = "on";
  say(el("identify-text"), T.identifying);
  identifyTimer = setTimeout(() => {
    delete document.body.dataset.identify;
    say(el("identify-text"), T.identifyText);
  }, IDENTIFY * 1000);
}

async function restart() {
  const app = state?.application?.app ?? "";
  if (!(await ask(T.restartTitle, state?.application ? T.restartApp : T.restartBare, T.restart, { app }))) return;
  if (!link.send({ reset: "1" })) return;
  link.stop();
  byId("restart", HTMLButtonElement).disabled = true;
  const note = el("restart-note");
  show(note, true);
  say(note, T.restarting);
  follow(
    () => !link.open,
    () => say(note, T.restartLate),
  );
}

const link = new Link("esplws-scan", onMessage, onLink, admitted);
startSheet(link);
startNetworks(link);
startUpload(link);
startUpdates(link, uploadPulled);
startCertificate();
startAccess(link);
el("identify").addEventListener("click", identify);
el("restart").addEventListener("click", restart);
// Until the device says what it is called, it is what was asked for.
say(el("host"), "{host}", { host: location.hostname });
setInterval(showLink, 1000);
showLink();
link.start();
