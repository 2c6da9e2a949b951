// @ts-check
/** What axe-core has to say about a page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @typedef {{ width: number, colorScheme: "light" | "dark" }} Look */

/** A phone and a wide screen. */
export const WIDTHS = [360, 1200];

/**
 * axe-core finds nothing, and nothing sticks out of the screen.
 * @param {import("playwright-core").Page} page
 * @param {string} state that it is in
 * @param {Look[]} looks
 * @param {string} [section] that is looked at, where it is not the whole page
 */
export async function audit(page, state, looks, section) {
  const where = section === undefined ? "document" : JSON.stringify({ include: `#${section}` });
  for (const { width, colorScheme } of looks) {
    await page.setViewportSize({ width, height: 740 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // Past the policy of the page, which is for its own scripts.
    const violations = await page.evaluate(`(async () => {
      if (!window.axe) { ${AXE} }
      const { violations } = await axe.run(${where}, { resultTypes: ["violations"] });
      return violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join("; "));
    })()`);
    assert.deepEqual(violations, [], `${state}, ${width} px, ${colorScheme}`);
    const wide = /** @type {number} */ (await page.evaluate("document.documentElement.scrollWidth"));
    assert.ok(wide <= width, `${state}: ${wide} px of ${width}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
}
