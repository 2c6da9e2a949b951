// @ts-check
/** The page of a unit that has no certificate yet: posts the form, and says what came of it. */
import { T } from "./strings.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("send"));
const result = /** @type {HTMLElement} */ (document.getElementById("result"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  result.textContent = T.certSending;
  result.dataset.look = "";
  try {
    const answer = await fetch("factory", {
      method: "POST",
      body: new FormData(form),
      signal: AbortSignal.timeout(20000),
    });
    const { text } = await answer.json();
    result.dataset.look = answer.ok ? "good" : "bad";
    result.textContent = answer.ok ? T.lineStored : T.lineRefused.replace("{reason}", () => text);
    button.disabled = answer.ok;
  } catch {
    result.dataset.look = "bad";
    result.textContent = T.lineLost;
    button.disabled = false;
  }
});
