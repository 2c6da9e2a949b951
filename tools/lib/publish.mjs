// @ts-check
/**
 * The folder that units update themselves from. Whoever downloads while it changes gets the old files or the new ones: each is replaced
 * at once, images come before the manifest that names them, and those of the manifest before stay.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { payloadOf, signJson } from "./jws.mjs";
import { signingKey } from "./keys.mjs";
import { message } from "./options.mjs";
import { checkTrust, readRelease } from "./release.mjs";
import { Complaint } from "./run.mjs";
import { readTrailer } from "./trailer.mjs";
import { compareVersions, versionNumbers } from "./version.mjs";
import { flasherFiles } from "./web-flasher.mjs";

/** @typedef {import("./release.mjs").Section} Section */
/** @typedef {import("./release.mjs").Release} Release */
/**
 * @typedef {object} Payload
 * @property {string} schema
 * @property {string} model
 * @property {number} unixtime of the manifest
 * @property {Section} [app]
 * @property {Section} [factory]
 * @property {Section[]} [javascript]
 */
/**
 * @typedef {object} PublishOptions
 * @property {string} out folder
 * @property {string} [app] file of an application image
 * @property {string} [factory] file of a setup image
 * @property {string[]} [javascript] files of JavaScript parts
 * @property {string} [key] file; see `signingKey`
 * @property {string} [bootloader] file; with it the page can flash blank chips
 * @property {boolean} [force] publish what is older, or what units in the field would not trust
 */

const SCHEMA = "lws2";
/** Bytes of payload that a unit reads. */
const LARGEST_PAYLOAD = 4096;

/**
 * @param {PublishOptions} options
 * @returns {{ payload: Payload, removed: string[] }}
 */
export function publish(options) {
  const { out, force = false } = options;
  const key = signingKey(options.key);
  const before = publishedIn(out, force);
  const app = options.app ? readRelease("app", options.app, key) : undefined;
  const factory = options.factory ? readRelease("factory", options.factory, key) : undefined;
  const parts = (options.javascript ?? []).map((file) => readRelease("javascript", file, key, app?.trusted));
  const releases = [app, factory, ...parts].flatMap((each) => each ?? []);
  if (releases.length === 0) throw new Complaint("nothing to publish: --app, --factory or --javascript is needed");
  checkTogether(releases, before);
  if (!force) for (const release of releases) checkNewer(release, before, out, key);

  // A new application is newer than the parts that were made for the one before.
  const javascript = options.javascript || app ? parts.map(({ section }) => section) : (before?.javascript ?? []);
  const sections = { app: app?.section ?? before?.app, factory: factory?.section ?? before?.factory, javascript };
  const unixtime = Math.max(Math.floor(Date.now() / 1000), before?.unixtime ?? 0);
  const payload = { schema: SCHEMA, model: releases[0].model, unixtime, ...sections };
  const text = JSON.stringify(payload);
  if (Buffer.byteLength(text) > LARGEST_PAYLOAD) {
    throw new Complaint(`the manifest would have ${Buffer.byteLength(text)} bytes, and units read ${LARGEST_PAYLOAD}`);
  }

  const page = flasherFiles({ payload, bootloader: options.bootloader });
  for (const { section, bytes } of releases) replace(join(out, section.file), bytes);
  for (const [name, bytes] of page) replace(join(out, name), bytes);
  replace(join(out, "manifest.json"), Buffer.from(signJson(text, key)));
  return { payload, removed: removeOld(out, payload, before) };
}

/**
 * What the folder's manifest says.
 * @param {string} out @param {boolean} force
 * @returns {Payload | undefined}
 */
function publishedIn(out, force) {
  const file = join(out, "manifest.json");
  if (!existsSync(file)) return undefined;
  try {
    const payload = JSON.parse(payloadOf(readFileSync(file, "utf8")));
    if (payload.schema !== SCHEMA) throw new Error(`its schema is ${payload.schema}`);
    return payload;
  } catch (error) {
    if (force) return undefined;
    throw new Complaint(`${file} is no update manifest (${message(error)}); say --force to replace it`);
  }
}

/** @param {Payload | undefined} payload @returns {Section[]} */
function sectionsOf(payload) {
  return [payload?.app, payload?.factory, ...(payload?.javascript ?? [])].flatMap((each) => each ?? []);
}

/** One manifest is for one model, and each file in it is one image. @param {Release[]} releases @param {Payload | undefined} before */
function checkTogether(releases, before) {
  for (const { source, model, section } of releases) {
    const wanted = before?.model ?? releases[0].model;
    if (model !== wanted)
      throw new Complaint(`${source}: it is for the model ${model}, and all else here for ${wanted}`);
    const others = releases.map((each) => each.section).filter((each) => each !== section);
    if (others.some(({ file }) => file === section.file))
      throw new Complaint(`${source}: two images would be called ${section.file}`);
    if (section.base && others.some(({ base }) => base === section.base))
      throw new Complaint(`${source}: two parts go over the same image`);
  }
}

/**
 * @param {Release} release
 * @param {Payload | undefined} before
 * @param {string} out
 * @param {import("node:crypto").KeyObject} key
 */
function checkNewer(release, before, out, key) {
  const { role, source, section, numbers } = release;
  const old = role === "javascript" ? before?.javascript?.find(({ base }) => base === section.base) : before?.[role];
  if (!old) return;
  const order = compareVersions(numbers, versionNumbers(old.version));
  if (order < 0) throw new Complaint(`${source}: ${section.version} is older than ${old.version}, which is published`);
  if (order === 0 && old.sha256 !== section.sha256)
    throw new Complaint(`${source}: another ${old.version} is published, and units would see nothing new in this one`);
  const image = join(out, old.file);
  if (role !== "javascript" && existsSync(image)) checkTrust(release, readFileSync(image), key);
}

/** Replaces a file at once. @param {string} file @param {Buffer} bytes */
function replace(file, bytes) {
  if (existsSync(file) && readFileSync(file).equals(bytes)) return;
  const fresh = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const descriptor = openSync(fresh, "w", 0o644);
    writeSync(descriptor, bytes);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(fresh, file);
  } catch (error) {
    throw new Complaint(`can't write ${file}: ${message(error)}`);
  }
}

/**
 * Removes images that neither the manifest nor the one before it names.
 * @param {string} out
 * @param {Payload} payload
 * @param {Payload | undefined} before
 * @returns {string[]}
 */
function removeOld(out, payload, before) {
  const [named, kept] = [payload, before].map((each) => sectionsOf(each).map(({ file }) => file));
  if (named.every((file) => kept.includes(file))) return [];
  const old = readdirSync(out).filter(
    (name) =>
      name.endsWith(".bin") &&
      ![...named, ...kept].includes(name) &&
      readTrailer(readFileSync(join(out, name))) !== undefined,
  );
  for (const name of old) rmSync(join(out, name));
  return old;
}
