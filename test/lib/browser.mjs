// @ts-check
/** Debian's Chromium as a phone holds it, and everything that a page may not do without anybody noticing. */
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** Milliseconds that a page may take for whatever it is waited for. */
export const PATIENCE = 20_000;

export const SWITCHES = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** What the browser itself says on the console when a device that restarts does not answer. */
const OUTAGE = /net::ERR_|WebSocket connection to .* failed|WebSocket is closed before/;

/** What it says when the device refuses a request. */
const REFUSAL = /responded with a status of 4\d\d/;

/**
 * @param {Record<string, string>} [places] for addresses of the device's world, where they are in this one: `HOST:PORT` each
 */
export function openBrowser(places = {}) {
  const rules = Object.entries(places).map(([from, to]) => `MAP ${from} ${to}`);
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    // Each device signs its certificate itself; what a browser thinks of that is looked at in test/browser/trust.test.mjs.
    args: [
      ...SWITCHES,
      "--ignore-certificate-errors",
      ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(",")}`] : []),
    ],
  });
}

/**
 * A page on a phone of 360 × 740 points.
 * @param {import("playwright-core").Browser} browser
 * @param {{ scale?: number, colorScheme?: "light" | "dark" }} [options] scale: pixels per point
 */
export async function openPhone(browser, { scale = 1, colorScheme = "light" } = {}) {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: scale,
    isMobile: true,
    hasTouch: true,
    locale: "en-GB",
    colorScheme,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  return { page, watch: await Watch.over(page) };
}

/** Gathers what must not happen: dialogs, errors on the console, exceptions, violations of the content security policy. */
export class Watch {
  /** @type {string[]} */ #problems = [];
  /** What the browser may say just now. @type {RegExp | undefined} */
  #allowed = undefined;

  /** @param {import("playwright-core").Page} page */
  static async over(page) {
    const watch = new Watch();
    const add = (/** @type {string} */ problem) => watch.#problems.push(problem);
    page.on("dialog", (dialog) => {
      add(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => add(`exception: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && !watch.#allowed?.test(text)) add(`console: ${text}`);
    });
    await page.exposeBinding("reportViolation", (_source, text) => add(`policy: ${text}`));
    // Runs in the page, where the names of this file mean nothing.
    await page.addInitScript(
      'addEventListener("securitypolicyviolation", (e) => reportViolation(e.violatedDirective + " " + e.blockedURI));',
    );
    return watch;
  }

  /**
   * @template T
   * @param {() => Promise<T>} work during which the device restarts, so that connections may fail
   */
  outage(work) {
    return this.#allow(OUTAGE, work);
  }

  /**
   * @template T
   * @param {() => Promise<T>} work during which the device refuses requests
   */
  refusals(work) {
    return this.#allow(REFUSAL, work);
  }

  /**
   * @template T
   * @param {() => Promise<T>} work during which connections fail and requests are refused
   */
  trouble(work) {
    return this.#allow(new RegExp(`${OUTAGE.source}|${REFUSAL.source}`), work);
  }

  /**
   * @template T
   * @param {RegExp} what
   * @param {() => Promise<T>} work
   */
  async #allow(what, work) {
    this.#allowed = what;
    try {
      return await work();
    } finally {
      this.#allowed = undefined;
    }
  }

  /** Nothing of the kind has happened since the last check. */
  check() {
    assert.deepEqual(this.#problems.splice(0), []);
  }
}

/**
 * Opens a page that may be open already, and loads itself anew when its unit is back: then one of the two is aborted.
 * @param {import("playwright-core").Page} page
 * @param {string} url
 */
export async function visit(page, url) {
  try {
    await page.goto(url);
  } catch (error) {
    if (!/ERR_ABORTED|interrupted by another navigation/.test(String(error))) throw error;
    await page.goto(url);
  }
}

/**
 * Resolves when the text of an element matches.
 * @param {import("playwright-core").Page} page
 * @param {string} id the element's test id
 * @param {RegExp} pattern
 * @param {number} [timeout]
 */
export async function waitForText(page, id, pattern, timeout = PATIENCE) {
  const target = page.getByTestId(id).filter({ hasText: pattern });
  try {
    await target.waitFor({ timeout });
  } catch {
    const now = await page
      .getByTestId(id)
      .textContent({ timeout: 1000 })
      .catch(() => "nothing");
    throw new Error(`${id} does not say ${pattern} within ${timeout} ms but ${JSON.stringify(now)}`);
  }
  return (await target.innerText()).trim();
}
