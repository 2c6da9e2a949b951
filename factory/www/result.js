// @ts-check
/** What an update came to: the words, and the addresses that lead on. */
import { el, icon, make, say } from "./page.js";
import { T } from "./strings.js";

/** @typedef {[text: string, values?: import("./page.js").Values, address?: string]} Line text, then a link */

/** @param {"" | "good" | "bad" | "off"} look "" takes it away @param {string} title @param {...Line} lines */
export function showResult(look, title, ...lines) {
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

/**
 * An application starts: where it is found.
 * @param {import("./setup.js").State | null} state @param {string} title @param {string} text
 */
export function showStarting(state, title, text) {
  const address = state?.address ?? "";
  const host = state?.host ?? "";
  const ssid = state?.known[state.join.slot]?.ssid || (state?.ssid ?? "");
  /** @type {Line[]} */
  const lines = [[text]];
  if (address === "") lines.push([T.doneAlone]);
  else {
    lines.push([T.doneJoined, { ssid }, `http://${address}/`]);
    if (host !== "") lines.push([T.doneOr, {}, `http://${host}/`]);
  }
  showResult("good", title, ...lines);
}

/** The words of a refusal. @param {string} body @param {number} status */
export function reasonOf(body, status) {
  try {
    const { text } = JSON.parse(body);
    if (typeof text === "string" && text !== "") return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, "");
  } catch {
    // not from our own error catalogue
  }
  return T.statusText.replace("{status}", String(status));
}
