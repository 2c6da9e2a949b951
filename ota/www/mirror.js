// @ts-check
/** The mirror: strokes go to the device and are drawn when they come back from it, whoever made them. */
import { byId, el } from "./dom.js";
import { Companion } from "./link.js";

/** Bytes that may wait to be sent; beyond, strokes are left out rather than shown late. */
const BACKLOG = 65536;
/** Characters of a message that the device mirrors, less the longest command. */
const MESSAGE = 4000;
const WIDTH = 3;

const LINE = /^d (#[0-9a-f]{6}) (-?\d{1,5}) (-?\d{1,5}) (-?\d{1,5}) (-?\d{1,5})$/i;
const CIRCLE = /^c (#[0-9a-f]{6}) (-?\d{1,5}) (-?\d{1,5}) (\d{1,5})$/i;

/** @returns {Companion} */
export function startMirror() {
  const canvas = byId("canvas", HTMLCanvasElement);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.lineWidth = WIDTH;
  pen.lineCap = "round";
  const name = new URLSearchParams(location.search).get("mirror");
  const query = name === null ? "" : `?mirror=${encodeURIComponent(name)}`;
  const show = (/** @type {boolean} */ isOpen) => canvas.classList.toggle("away", !isOpen);
  const link = new Companion("lws-mirror-protocol", query, draw, show);

  /** What stands behind the last semicolon is no command. @param {string} message */
  function draw(message) {
    for (const command of message.split(";").slice(0, -1)) {
      const line = LINE.exec(command);
      const circle = line ? null : CIRCLE.exec(command);
      const [, colour, ...numbers] = line ?? circle ?? [];
      if (colour === undefined) continue;
      const [x, y, a, b] = numbers.map(Number);
      pen.strokeStyle = colour;
      pen.beginPath();
      if (line) {
        pen.moveTo(x, y);
        pen.lineTo(a, b);
      } else pen.arc(x, y, a, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  let colour = "#000000";
  let pending = "";
  /** Where each finger was last. @type {Map<number, [number, number]>} */
  const fingers = new Map();

  function flush() {
    if (link.backlog < BACKLOG) link.send(pending);
    pending = "";
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  function place(event) {
    const box = canvas.getBoundingClientRect();
    const x = Math.round(((event.clientX - box.left) * canvas.width) / box.width);
    const y = Math.round(((event.clientY - box.top) * canvas.height) / box.height);
    return [x, y];
  }

  /** @param {PointerEvent} event */
  function stroke(event) {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const now = place(event);
    fingers.set(event.pointerId, now);
    if (pending === "") requestAnimationFrame(flush);
    if (pending.length < MESSAGE) pending += `d ${colour} ${last.join(" ")} ${now.join(" ")};`;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    stroke(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const each of steps.length > 0 ? steps : [event]) stroke(each);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => fingers.delete(/** @type {PointerEvent} */ (event).pointerId));
  }
  for (const choice of document.querySelectorAll("input[name=colour]")) {
    choice.addEventListener("change", () => {
      colour = /** @type {HTMLInputElement} */ (choice).value;
    });
  }
  el("clear").addEventListener("click", () => pen.clearRect(0, 0, canvas.width, canvas.height));
  return link;
}
