// @ts-check
/** The application page: the live counter, the close test and the way back to setup; the other parts have files of their own. */
import { buttonOf, byId, el, say } from "./dom.js";
import { startForms } from "./forms.js";
import { COUNTER, Companion, follow, Link, open } from "./link.js";
import { startMirror } from "./mirror.js";
import { startStatus } from "./status.js";

/** Messages that the device sends a second; the row of cells shows one second. */
const RATE = 20;

/** What the close test sends, and what it shows of the states of its connection. */
const CLIENT_CLOSE = { code: 3000, reason: "Bye!" };
const STATES = ["Connecting…", "Open", "Closing…", "Closed"];

// The counter

const cells = Array.from({ length: RATE }, () => document.createElement("i"));
let shown = "";
let count = "";
let drawing = false;
let lit = 0;
/** Times of the messages of the last two seconds. @type {number[]} */
let times = [];

/** @param {string} message */
function counted(message) {
  if (!/^\d{1,15}$/.test(message)) return;
  count = message;
  times.push(performance.now());
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

function draw() {
  drawing = false;
  if (count === shown) return;
  shown = count;
  el("counter").textContent = shown;
  cells[lit]?.classList.remove("on");
  lit = Number(shown) % RATE;
  cells[lit]?.classList.add("on");
}

function showRate() {
  const now = performance.now();
  times = times.filter((time) => now - time < 2000);
  const first = times[0];
  const last = times[times.length - 1];
  const rate =
    first === undefined || last === undefined || last === first ? 0 : ((times.length - 1) * 1000) / (last - first);
  say(el("rate"), rate === 0 ? "–" : rate.toFixed(1));
}

/** @param {boolean} isOpen */
function linkChanged(isOpen) {
  document.body.dataset.link = isOpen ? "open" : "lost";
  say(el("link-text"), isOpen ? "Connected" : "Reconnecting…");
  buttonOf("reset").disabled = !isOpen;
  if (!isOpen) times = [];
  for (const companion of companions) companion.linkChanged(isOpen);
}

// The close test

/** @type {WebSocket | null} */ let tested = null;

function showTest() {
  const state = tested?.readyState ?? WebSocket.CLOSED;
  say(el("close-state"), STATES[state] ?? "");
  el("close-state").dataset.state =
    state === WebSocket.OPEN ? "open" : state === WebSocket.CLOSED ? "closed" : "changing";
  buttonOf("close-open").disabled = state !== WebSocket.CLOSED;
  buttonOf("close-client").disabled = state !== WebSocket.OPEN;
  buttonOf("close-server").disabled = state !== WebSocket.OPEN;
}

function openTest() {
  tested = open(COUNTER);
  say(el("close-code"), "–");
  say(el("close-reason"), "–");
  tested.addEventListener("open", showTest);
  tested.addEventListener("close", (event) => {
    say(el("close-code"), String(event.code));
    // 1006 never travels: it is the browser's own word for an end without a close frame.
    say(el("close-reason"), event.reason || (event.code === 1006 ? "the connection broke off" : "none given"));
    showTest();
  });
  showTest();
}

function closeTest() {
  tested?.close(CLIENT_CLOSE.code, CLIENT_CLOSE.reason);
  showTest();
}

// Back to setup

/** @param {string} text @param {boolean} [bad] */
function setupNote(text, bad = false) {
  const note = el("setup-note");
  note.hidden = text === "";
  note.classList.toggle("bad", bad);
  say(note, text);
}

/** @param {Response} answer */
async function reasonOf(answer) {
  const body = await answer.json().catch(() => ({}));
  return typeof body?.text === "string" ? body.text : `it answered with status ${answer.status}`;
}

async function toSetup() {
  const button = buttonOf("setup");
  button.disabled = true;
  setupNote("Asking the device…");
  try {
    const answer = await fetch("/esplws-rtf", { method: "POST", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(await reasonOf(answer));
  } catch (error) {
    const known = error instanceof Error && error.name === "Error";
    setupNote(`The device did not restart: ${known ? error.message : "it did not answer"}. Try again.`, true);
    button.disabled = false;
    return;
  }
  link.stop();
  say(el("link-text"), "Restarting into setup…");
  setupNote("The device restarts into setup. This page follows by itself as soon as it is there.");
  follow(() => {
    setupNote("Setup isn’t reachable here yet. Or join the device’s own Wi-Fi, then open http://192.168.4.1/");
  });
}

el("cells").append(...cells);
el("place").textContent = `Application at ${location.host}`;
/** @type {Companion[]} */
const companions = [startMirror(), startStatus()];
startForms();
const link = new Link(counted, linkChanged);
buttonOf("reset").disabled = true;
setInterval(showRate, 1000);
el("reset").addEventListener("click", () => link.send("reset\n"));
el("close-open").addEventListener("click", openTest);
el("close-client").addEventListener("click", closeTest);
el("close-server").addEventListener("click", () => tested?.send("closeme\n"));
const ask = byId("ask", HTMLDialogElement);
ask.addEventListener("close", () => ask.returnValue === "yes" && void toSetup());
el("setup").addEventListener("click", () => {
  ask.returnValue = "no";
  ask.showModal();
});
