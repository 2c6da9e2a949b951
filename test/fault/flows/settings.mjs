// @ts-check
/** Settings that a person changes on the setup page. Each kind of change is a flow of its own. */
import assert from "node:assert/strict";
import { certified, ownPair } from "../../lib/certificates.mjs";
import { powerOnSetup, setupFlash } from "../../lib/chip.mjs";
import { fetch } from "../../lib/fetch.mjs";
import { NvsWriter, readNvs, SETTINGS, settingsWith } from "../../lib/nvs.mjs";
import { readState, ScanClient } from "../../lib/scan-client.mjs";
import { logIn, postForm } from "../../lib/setup-client.mjs";

/** @typedef {import("../../../tools/lib/device.mjs").Device} Device */
/** @typedef {import("../../lib/cuts.mjs").Flow} Flow */
/** @typedef {import("../../lib/cuts.mjs").State} State */
/** @typedef {{ device: Device, url: string }} Session */

const OLD = { ssid: "The old network", passphrase: "the old passphrase", address: "" };
const NEW = {
  ssid: "The new network, a longer name",
  passphrase: "a new passphrase, 63 characters: ".padEnd(63, "x"),
  address: "",
};
const PASSWORDS = { old: "the old password", new: "the new password, which is longer" };
/** Pages that NVS may fill: it keeps one of six free. */
const USABLE = 5;

/** A memory with a certificate, since a device without one begins with making it, and with the old network. */
function memory() {
  return settingsWith([OLD], new NvsWriter().add(SETTINGS, "ap-self.pair", ownPair()));
}

/** A memory so full of values that replaced one another that room has to be won back before anything is stored. */
function crowded() {
  const writer = new NvsWriter().add(SETTINGS, "ap-self.pair", ownPair());
  settingsWith([OLD], writer);
  for (let i = 0; writer.place.page < USABLE - 1 || writer.place.free > 2; i++)
    writer.add("filler", `count ${i % 90}`, i);
  return writer.bytes;
}

function named() {
  const writer = new NvsWriter().add(SETTINGS, "ap-self.pair", ownPair("hall-light"));
  return writer.add(SETTINGS, "group", "hall").add(SETTINGS, "role", "light").bytes;
}

function guarded() {
  const writer = new NvsWriter().add(SETTINGS, "ap-self.pair", ownPair());
  return writer.add(SETTINGS, "access_pw", PASSWORDS.old).bytes;
}

/** The setup page with the button held, so that everything may be set. @param {Device} device @returns {Promise<Session>} */
const start = async (device) => ({ device, url: await powerOnSetup(device) });

/** What is on flash. @param {Session} session @param {string} key */
const stored = ({ device }, key) => String(readNvs(device.partition("nvs")).get(`${SETTINGS}/${key}`) ?? "");

/**
 * @param {string} name @param {() => Buffer} content of the memory before
 * @param {(session: Session) => Promise<void>} act @param {(session: Session) => Promise<State>} look @returns {Flow}
 */
function setting(name, content, act, look) {
  // Nothing is in range, so that nothing but the flow writes.
  return {
    name: `settings/${name}`,
    prepare: async () => ({ options: { flash: setupFlash(content()), air: "" }, start, act, look }),
  };
}

/** Sends a message; resolves when it has been taken, which is before the next one is refused. @param {Session} session @param {object} message */
async function tell({ url }, message) {
  const client = await ScanClient.open(url);
  try {
    client.send(message);
    client.send({ nothing: "1" });
    const answer = await client.next(({ error }) => error !== undefined);
    assert.deepEqual([answer.error, answer.for], ["BAD_MESSAGE", ""], "the message is refused");
  } finally {
    client.close();
  }
}

/**
 * A change of the network in the first slot.
 * @param {string} name @param {{ ssid: string, passphrase: string }} wanted @param {() => Buffer} [content]
 */
function slot(name, { ssid, passphrase }, content = memory) {
  /** @param {Session} session */
  const act = (session) => tell(session, { ssid0: ssid, pw0: passphrase, slot: "0" });
  /** @param {Session} session @returns {Promise<State>} */
  const look = async (session) => {
    const state = await readState(session.url);
    assert.equal(state.storage, "ok");
    const shown = state.known?.[0].ssid;
    const kept = stored(session, "0password");
    if (shown === ssid && kept === passphrase) return "new";
    if (shown === OLD.ssid && kept === OLD.passphrase) return "old";
    return assert.fail(`a mix: ${shown}, ${kept}`);
  };
  return setting(name, content, act, look);
}

/** A change of the group, which is part of the name, and so of the certificate. */
const group = setting(
  "names",
  named,
  async (session) => {
    await tell(session, { group: "kitchen" });
    await certified(session.url);
  },
  async (session) => {
    const value = stored(session, "group");
    const { subject, fault } = await certified(session.url);
    assert.deepEqual([subject, fault], [`${value}-light`, ""]);
    assert.ok(["hall", "kitchen"].includes(value), value);
    return value === "hall" ? "old" : "new";
  },
);

const password = setting(
  "password",
  guarded,
  async ({ url }) => {
    const { status, text } = await postForm(`${url}/access/password`, { password: PASSWORDS.new });
    assert.equal(status, 200, text);
  },
  async ({ url }) => {
    /** @type {("old" | "new")[]} */ const admitted = [];
    for (const name of /** @type {const} */ (["old", "new"]))
      if (await logIn(url, PASSWORDS[name]).catch(() => undefined)) admitted.push(name);
    assert.equal(admitted.length, 1, `${admitted.length} passwords are right`);
    return admitted[0];
  },
);

const CSV = [
  "key,type,encoding,value\nlws-station,namespace,,",
  `0ssid,data,string,"${NEW.ssid}"\n0password,data,string,"${NEW.passphrase}"`,
  "1ssid,data,string,Another\n1password,data,string,another passphrase",
  "opts,data,string,a note\n",
].join("\n");

/** What is there of a CSV, which is all or nothing. */
const file = setting(
  "csv",
  memory,
  async ({ url }) => {
    const answer = await fetch(`${url}/settings.csv`, {
      method: "POST",
      body: CSV,
      headers: { "Content-Type": "text/csv", Connection: "close" },
    });
    assert.equal(answer.status, 200, await answer.text());
  },
  async (session) => {
    const kept = ["0ssid", "0password", "1ssid", "1password", "opts"].map((key) => stored(session, key)).join();
    if (kept === [OLD.ssid, OLD.passphrase, "", "", ""].join()) return "old";
    assert.equal(kept, [NEW.ssid, NEW.passphrase, "Another", "another passphrase", "a note"].join());
    return "new";
  },
);

/** @type {Flow[]} */
export const SETTINGS_FLOWS = [
  slot("network", NEW),
  slot("passphrase", { ...OLD, passphrase: NEW.passphrase }),
  slot("emptied", { ssid: "", passphrase: "" }),
  slot("room", NEW, crowded),
  file,
  group,
  password,
];
