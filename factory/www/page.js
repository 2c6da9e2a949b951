// @ts-check
/**
 * What every part of the page stands on: finding and filling elements (text only, never markup), the confirmation
 * dialog, and the notice at the foot of the page.
 */
/** @typedef {Record<string, string | number>} Values */

/**
 * The element with this id, which must be of this class.
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} type
 * @returns {E}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`page lacks #${id}`);
  return found;
}

/** @param {string} id */
export const el = (id) => byId(id, HTMLElement);

/**
 * A new element with its class and content.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {...(Node | string)} content
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className = "", ...content) {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.append(...content);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite. Its meaning is always said in text as well. @param {string} name */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  svg.append(use);
  setIcon(svg, name);
  return svg;
}

/** @param {Element} svg @param {string} name */
export function setIcon(svg, name) {
  const href = `#i-${name}`;
  const use = svg.querySelector("use");
  if (use !== null && use.getAttribute("href") !== href) use.setAttribute("href", href);
}

/** Control characters of a name as visible symbols: they could hide what the name really is. @param {string} name */
export const visible = (name) =>
  name.replace(/[\u0000-\u001f\u007f]/g, (c) =>
    c === "\u007f" ? "\u2421" : String.fromCharCode(0x2400 + c.charCodeAt(0)),
  );

/**
 * Fills a text of strings.js, each `{name}` replaced by its value as isolated text. Nothing is touched while the
 * outcome is the same, so that a live region speaks only of news and a selection survives.
 * @param {Element} target
 * @param {string} text
 * @param {Values} [values]
 */
export function say(target, text, values = {}) {
  const parts = text.split(/\{(\w+)\}/).map((part, i) => (i % 2 === 0 ? part : visible(String(values[part] ?? ""))));
  if (target.textContent === parts.join("")) return;
  target.replaceChildren(...parts.map((part, i) => (i % 2 === 0 ? part : make("bdi", "", part))));
}

/** @param {HTMLElement} target @param {boolean} on */
export function show(target, on) {
  if (target.hidden === on) target.hidden = !on;
}

/**
 * A list of facts: `[label, value]` pairs; pairs with an empty value are left out.
 * @param {HTMLElement} list @param {[string, string][]} pairs
 */
export function facts(list, pairs) {
  const kept = pairs.filter(([, value]) => value !== "");
  if (list.dataset.shown === JSON.stringify(kept)) return;
  list.dataset.shown = JSON.stringify(kept);
  list.replaceChildren(
    ...kept.map(([label, value]) =>
      make("div", "", make("dt", "", label), make("dd", "", make("bdi", "", visible(value)))),
    ),
  );
}

/**
 * Asks for a confirmation. Each text comes with the values that it names.
 * @param {string} title @param {string} text @param {string} yes @param {Values} [values]
 * @returns {Promise<boolean>}
 */
export function ask(title, text, yes, values) {
  const dialog = byId("ask", HTMLDialogElement);
  say(el("ask-title"), title, values);
  say(el("ask-text"), text, values);
  say(el("ask-yes"), yes);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

let noticeTimer = 0;

/** A passing notice at the foot of the page. @param {string} text */
export function notice(text) {
  const target = el("notice");
  clearTimeout(noticeTimer);
  say(target, text);
  show(target, true);
  noticeTimer = setTimeout(() => show(target, false), 6000);
}
