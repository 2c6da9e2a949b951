// @ts-check
/** Every state that the setup page can be in, and how it gets there with a {@link FakeUnit}: for audits and for pictures. */
import { waitForText } from "./browser.mjs";
import { firmware } from "./fake-image.mjs";
import { application, JOINED, latest } from "./fake-state.mjs";
import { UPDATE_STATES } from "./page-states-update.mjs";
import { openSetup, row } from "./setup-page.mjs";

/**
 * @typedef {object} PageState
 * @property {string} name
 * @property {string} [at] the section that it is about; without one, the page from its top
 * @property {"index" | "factory"} [page] default "index"
 * @property {Record<string, any>} [state] what differs from a new unit
 * @property {(page: import("playwright-core").Page, unit: import("./fake-unit.mjs").FakeUnit) => Promise<unknown>} [arrange] once the page is open
 * @property {(unit: import("./fake-unit.mjs").FakeUnit) => void} [before] before it is
 * @property {boolean} [unready] the page never gets ready
 */

const RUNNING = { ...JOINED, ...application("v0.1.0", 9), ...latest() };

/** @type {PageState[]} */
export const PAGE_STATES = [
  { name: "loading", unready: true, before: (unit) => Object.assign(unit, { silent: true }) },
  { name: "new" },
  { name: "joined", at: "network", state: JOINED },
  { name: "captive", at: "network", state: { ...JOINED, cpd: "captive" } },
  { name: "running", state: RUNNING },
  {
    name: "joining",
    at: "network",
    state: { known: JOINED.known, ssid: "Casa Verde", join: { state: "joining", slot: "0", reason: "" } },
  },
  {
    name: "wrong-passphrase",
    at: "network",
    state: { known: JOINED.known, join: { state: "failed", slot: "0", reason: "password" } },
  },
  {
    name: "absent",
    at: "network",
    state: { known: JOINED.known, join: { state: "failed", slot: "0", reason: "absent" } },
  },
  { name: "nothing-near", at: "nearby-card", state: { aps: [] } },
  {
    name: "sheet",
    arrange: async (page) => {
      await row(page, "Casa Verde").tap();
      await page.getByTestId("sheet").waitFor();
    },
  },
  {
    name: "sheet-refused",
    state: { known: ["Office", "Workshop", "Attic", "Shed"].map((ssid) => ({ ssid, pp: "1", use: "1" })) },
    arrange: async (page) => {
      await row(page, "Casa Verde").tap();
      await page.getByTestId("passphrase").fill("short");
      await page.getByTestId("join-button").tap();
      await page.getByTestId("sheet-error").waitFor();
    },
  },
  {
    name: "sheet-hidden",
    arrange: async (page) => {
      await page.getByTestId("other-network").tap();
      await page.getByTestId("sheet").waitFor();
    },
  },
  {
    name: "lost",
    state: RUNNING,
    arrange: async (page, unit) => {
      unit.goAway();
      await page.locator('body[data-link="lost"]').waitFor();
      await page.getByTestId("identify").tap();
      await page.getByTestId("notice").waitFor();
      // Grey comes slowly.
      await page.waitForTimeout(1300);
    },
  },
  {
    name: "locked",
    state: { ...RUNNING, forced_button: "0", access: { password: "0", login: "0", change: "0" } },
  },
  {
    name: "login",
    unready: true,
    before: (unit) => unit.answers.set("access/login", LOGIN),
  },
  {
    name: "login-wrong",
    unready: true,
    before: (unit) => unit.answers.set("access/login", LOGIN),
    arrange: async (page, unit) => {
      unit.answers.set("access/login", {
        status: 429,
        headers: { "Retry-After": "8" },
        body: { error: "TOO_MANY_REQUESTS", text: "too many attempts" },
      });
      await page.getByTestId("login-password").fill("not this one");
      await page.getByTestId("login-button").tap();
      await waitForText(page, "login-error", /too many/);
    },
  },
  {
    name: "unsigned-and-damaged",
    state: { ...JOINED, unsigned: "1", storage: "damaged" },
  },
  { name: "certificate", at: "certificate", state: RUNNING },
  {
    name: "certificate-making",
    at: "certificate",
    state: {
      cert: {
        ...{ source: "none", names: "", until: "0", key: "", print: "", progress: "60" },
        fault: "",
        client: "0",
      },
    },
  },
  {
    name: "certificate-ends",
    at: "certificate",
    state: {
      certdays: "12",
      certissuer: "Example CA",
      cert: {
        ...{ source: "own", names: "unit.example", until: "1796300000", key: "RSA 2048", progress: "100" },
        ...{ print: "5C9E2D417B1F03A55C9E2D417B1F03A55C9E2D417B1F03A55C9E2D417B1F03A5", fault: "", client: "1" },
      },
    },
  },
  {
    name: "certificate-refused",
    at: "certificate",
    before: (unit) =>
      unit.answers.set("factory", {
        status: 422,
        body: { error: "KEY_MISMATCH", text: "the key is not the one of the certificate" },
      }),
    arrange: async (page) => {
      await page.getByTestId("cert-own").locator("summary").tap();
      await page.getByTestId("cert-pub").setInputFiles(firmware());
      await page.getByTestId("cert-upload").tap();
      await waitForText(page, "cert-result", /refused/);
    },
  },
  {
    name: "access",
    at: "access",
    state: { access: { password: "1", login: "1", change: "1" } },
    arrange: async (page) => {
      await page.getByTestId("password-new").fill("short");
      await page.getByTestId("password-store").tap();
      await page.getByTestId("password-error").waitFor();
    },
  },
  {
    name: "names-refused",
    at: "names",
    before: (unit) =>
      unit.answers.set("factory", {
        status: 400,
        body: { error: "BAD_NAME", text: "this name is too long or has characters that it can't have" },
      }),
    arrange: async (page) => {
      await page.getByTestId("name-group").fill("no blanks");
      await page.getByTestId("names-store").tap();
      await page.getByTestId("names-error").waitFor();
    },
  },
  {
    name: "identifying",
    at: "device",
    state: RUNNING,
    arrange: async (page) => {
      await page.getByTestId("identify").tap();
      await page.getByText("The lamp is flashing").waitFor();
    },
  },
  {
    name: "restart",
    state: RUNNING,
    arrange: async (page) => {
      await page.getByTestId("restart").tap();
      await page.getByTestId("confirm").waitFor();
    },
  },
  {
    name: "restarting",
    at: "device",
    state: RUNNING,
    arrange: async (page) => {
      await page.getByTestId("restart").tap();
      await page.getByTestId("confirm-yes").tap();
      await waitForText(page, "restart-note", /restarts/);
    },
  },
  {
    name: "factory-reset",
    at: "device",
    state: RUNNING,
    arrange: async (page) => {
      await page.getByTestId("factory-reset").tap();
      await page.getByTestId("confirm-yes").tap();
      await waitForText(page, "reset-note", /erases/);
    },
  },
  ...UPDATE_STATES,
  {
    name: "old-unit",
    at: "application",
    state: { ...RUNNING, update: { state: "idle" }, unsigned: undefined, rolled: undefined, latest: undefined },
  },
  { name: "line", page: "factory", unready: true },
  {
    name: "line-refused",
    page: "factory",
    unready: true,
    before: (unit) =>
      unit.answers.set("factory", { status: 422, body: { error: "CERT_EXPIRED", text: "a certificate has expired" } }),
    arrange: async (page) => {
      for (const id of ["#pub", "#pri"]) await page.locator(id).setInputFiles(firmware());
      await page.locator("#send").tap();
      await page.getByText("Refused: a certificate").waitFor();
    },
  },
];

const LOGIN = { status: 200, body: { password: "1", login: "0", read: "0", change: "0" } };

/**
 * Brings a page there.
 * @param {import("playwright-core").Page} page
 * @param {import("./fake-unit.mjs").FakeUnit} unit
 * @param {PageState} wanted
 */
export async function showState(page, unit, { page: file = "index", state, before, arrange, unready }) {
  unit.reset(state);
  unit.page = file;
  before?.(unit);
  if (unready) {
    await page.goto(unit.url);
    await page.locator(file === "index" ? 'main[aria-busy="false"], body[data-phase="loading"]' : "#send").waitFor();
    if (before && file === "index" && !unit.silent) await page.locator('body[data-phase="login"]').waitFor();
  } else await openSetup(page, unit.url);
  await arrange?.(page, unit);
}
