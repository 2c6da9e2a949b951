// @ts-check
/** The page of a unit that has no certificate yet: posts the form, and says what came of it. */
const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("send"));
const result = /** @type {HTMLElement} */ (document.getElementById("result"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  result.textContent = "Checking…";
  result.dataset.look = "";
  try {
    const answer = await fetch("factory", {
      method: "POST",
      body: new FormData(form),
      signal: AbortSignal.timeout(20000),
    });
    const { text } = await answer.json();
    result.dataset.look = answer.ok ? "good" : "bad";
    result.textContent = answer.ok
      ? "Stored. The device restarts in three seconds: join its Wi-Fi again, and open https://192.168.4.1/"
      : `Refused: ${text}. Nothing has changed.`;
    button.disabled = answer.ok;
  } catch {
    result.dataset.look = "bad";
    result.textContent = "The device did not answer. Try again.";
    button.disabled = false;
  }
});
