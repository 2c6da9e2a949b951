// @ts-check
/** The certificate of a device, uploaded, replaced and taken away. There is always one, and it is whole. */
import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { certified, downloadCertificate, ownPair, postCertificate, storedPair } from "../../lib/certificates.mjs";
import { powerOnSetup, setupFlash } from "../../lib/chip.mjs";
import { NvsWriter, readBlob, SETTINGS } from "../../lib/nvs.mjs";
import { Openssl } from "../../lib/openssl.mjs";

/** @typedef {import("../../../tools/lib/device.mjs").Device} Device */
/** @typedef {import("../../lib/openssl.mjs").Issued} Issued */
/** @typedef {import("../../lib/cuts.mjs").Flow} Flow */
/** @typedef {{ device: Device, url: string }} Session */

const SELF = "lws-000001";

/** @param {Device} device @returns {Promise<Session>} */
const start = async (device) => ({ device, url: await powerOnSetup(device) });

/** @param {Session} session @param {Issued} issued */
async function upload({ url }, { certificate, key }) {
  const answer = await postCertificate(url, { pub: certificate, pri: key });
  assert.equal(answer.status, 200, answer.text);
}

/** @param {Session} session */
async function remove({ url }) {
  assert.equal((await postCertificate(url, { remove: "own" })).status, 200);
  await certified(url);
}

/** The stored pair of this kind is whole, or there is none. @param {Device} device @param {string} key */
function checkStored(device, key) {
  const pair = readBlob(device.partition("nvs"), SETTINGS, key);
  if (pair.length === 0) return;
  const [chain, length] = [pair.readUInt16LE(4), pair.readUInt16LE(6)];
  assert.equal(pair.length, 8 + chain + length);
  const certificate = new X509Certificate(pair.subarray(8, 8 + chain));
  const der = pair.subarray(8 + chain);
  const form = der[4] === 1 ? "sec1" : der[7] === 2 ? "pkcs1" : "pkcs8";
  const type = /** @type {"pkcs8"} */ (form);
  assert.ok(certificate.checkPrivateKey(createPrivateKey({ key: der, format: "der", type })));
}

/** Whose certificate the device presents. @param {Session} session */
async function presented({ device, url }) {
  const { subject, print, fault } = await certified(url);
  const handed = new X509Certificate(await downloadCertificate(url)).fingerprint256.replaceAll(":", "");
  assert.deepEqual([print, fault], [handed, ""]);
  for (const key of ["ap-own.pair", "ap-self.pair"]) checkStored(device, key);
  return subject;
}

/**
 * @typedef {object} Change
 * @property {string} before and after: subject of what is presented then
 * @property {string} after
 * @property {boolean} [self] false: the device has not made one for itself so far
 * @property {(session: Session, issued: Record<string, Issued>) => Promise<void>} act
 */

/** @param {string} name @param {Change} change @returns {Flow} */
function flow(name, { before, after, self = true, act }) {
  const prepare = async () => {
    const openssl = new Openssl();
    try {
      const issued = { mine: openssl.issue("mine", { kind: "rsa:2048" }), other: openssl.issue("other") };
      const writer = new NvsWriter();
      if (self) writer.add(SETTINGS, "ap-self.pair", ownPair());
      if (before === "mine") writer.add(SETTINGS, "ap-own.pair", storedPair(openssl, issued.mine));
      return {
        // Nothing is in range, so that nothing but the flow writes.
        options: { flash: setupFlash(writer.bytes), air: "" },
        start,
        act: (/** @type {Session} */ session) => act(session, issued),
        /** @param {Session} session @returns {Promise<import("../../lib/cuts.mjs").State>} */
        look: async (session) => {
          const subject = await presented(session);
          assert.ok([before, after].includes(subject), subject);
          return subject === before ? "old" : "new";
        },
      };
    } finally {
      openssl.close();
    }
  };
  return { name: `certificate/${name}`, prepare };
}

/** @type {Flow[]} */
export const CERTIFICATE_FLOWS = [
  flow("first", { before: SELF, after: "mine", act: (session, { mine }) => upload(session, mine) }),
  flow("replaced", { before: "mine", after: "other", act: (session, { other }) => upload(session, other) }),
  flow("removed", { before: "mine", after: SELF, act: remove }),
  flow("removed-and-made", { before: "mine", after: SELF, self: false, act: remove }),
];
