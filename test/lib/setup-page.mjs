// @ts-check
/** What a person does with the setup page. */
import assert from "node:assert/strict";
import { waitForText } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * Resolves when the page has loaded and the device has told its state.
 * @param {Page} page
 * @param {string} url
 */
export async function openSetup(page, url) {
  await page.goto(url);
  await settled(page);
}

/** Resolves when the page shows the state of the device. @param {Page} page */
export async function settled(page) {
  await page.locator('html[data-page="setup"] body[data-phase="ready"][data-link="open"]').waitFor();
}

/** The row of a network in the list of those found. @param {Page} page @param {string} ssid */
export const row = (page, ssid) => page.getByTestId("network").filter({ has: page.getByText(ssid, { exact: true }) });

/**
 * Picks a network from the list and saves its passphrase.
 * @param {Page} page
 * @param {import("./radio.mjs").Network} network
 * @param {string} [passphrase] what is entered
 */
export async function pick(page, { ssid, passphrase: right }, passphrase = right) {
  await row(page, ssid).tap();
  await page.getByTestId("sheet").waitFor();
  assert.equal(await page.getByTestId("sheet-title").innerText(), ssid);
  if (right !== "") await page.getByTestId("passphrase").fill(passphrase);
  await page.getByTestId("join-button").tap();
  await page.getByTestId("sheet").waitFor({ state: "hidden" });
}

/**
 * Resolves when the page says that the device has joined the network, with its address.
 * @param {Page} page
 * @param {import("./radio.mjs").Network} network
 */
export async function joined(page, { ssid, address }) {
  await page.locator('[data-testid="join"][data-look="on"]').filter({ hasText: ssid }).waitFor();
  assert.equal(await page.getByTestId("join-title").innerText(), `On ${ssid}`);
  await waitForText(page, "joined-address", new RegExp(`^${address.replaceAll(".", "\\.")}$`));
}

/**
 * Chooses an image file and uploads it.
 * @param {Page} page
 * @param {string} file
 */
export async function upload(page, file) {
  await page.getByTestId("upload-file").setInputFiles(file);
  await page.getByTestId("upload-button").tap();
  return waitForText(page, "upload-result", /\S/);
}

/** Names of the networks in the four slots, empty ones as "". @param {Page} page */
export async function savedNetworks(page) {
  const names = await page.getByTestId("slots").locator(".row-name").allInnerTexts();
  return names.map((name) => (name === "Empty" ? "" : name));
}
