// @ts-check
/** Elements by their ids, which the page certainly has, and their texts. */

/**
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
/** @param {string} id */
export const buttonOf = (id) => byId(id, HTMLButtonElement);

/** @param {Element} target @param {string} text */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * A line of a list of facts.
 * @param {string} name
 * @param {string} value
 */
export function fact(name, value) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = name;
  description.textContent = value;
  line.append(term, description);
  return line;
}
