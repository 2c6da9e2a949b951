// @ts-check
/** From sources to images. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { MODULE, PRELOADED, RESOURCE } from "./archive.mjs";
import { buildAssets } from "./assets.mjs";
import { collectModules } from "./graph.mjs";
import { APPLICATION, SETUP, writeImage } from "./image.mjs";
import { isPublicKey, pointOf, publicKeyIn, signingKey } from "./keys.mjs";
import { dataFiles, readManifest } from "./manifest.mjs";
import { partition, projectPartitions } from "./partitions.mjs";
import { ASSETS, BUILD, IMAGES, JS, PARTITIONS, ROOT, shown, TRUST } from "./paths.mjs";
import { Complaint, run, say } from "./run.mjs";
import { filesBelow, hashOf, isStamped, stamp } from "./stamp.mjs";
import { signImage } from "./trailer.mjs";
import { origin } from "./version.mjs";

/** What no image has of its own is preloaded, and its policy of streams: classes and functions lie in flash. */
const LIBRARY = /^(?:(?:lws|plugins)\/|(?:factory\/)?policy$)/;

/** @typedef {{ name: string, folder: string, app: string, kind: number, slot: string }} ImagePlan */
/**
 * What images are built with that is in no source.
 * @typedef {object} Trust
 * @property {string} [key] file of the key that signs, see {@link signingKey}; of a public one: images are signed elsewhere
 * @property {string} [nextKey] file of a second public key that units are to trust
 * @property {string} [minimum] lowest version that a unit takes once these images have proved themselves
 * @property {boolean} [allowUnsigned] units take images that nobody has signed
 */
/** @typedef {{ version: string, unixtime: number, minimum: string }} Origin */
/** @typedef {{ key?: import("node:crypto").KeyObject, resources: import("./archive.mjs").Entry[] }} Signer */

const TEST_IMAGES = join(ROOT, "test", "images");
/** Images for people who learn. Their names have the folder in them. */
const EXAMPLES = join(ROOT, "examples");
/** What a test image without a manifest of its own is built with. */
const TEST_MANIFEST = join(TEST_IMAGES, "manifest.json");

/** @returns {ImagePlan[]} every image whose sources exist */
export function plans() {
  const [tests, examples] = [TEST_IMAGES, EXAMPLES].map((place) =>
    existsSync(place) ? readdirSync(place).map((name) => join(place, name)) : [],
  );
  return [join(ROOT, "factory"), join(ROOT, "ota"), ...tests, ...examples]
    .filter((folder) => existsSync(join(folder, "app.ts")))
    .map((folder) => {
      const name = examples.includes(folder) ? `examples/${basename(folder)}` : basename(folder);
      if (name === "factory") return { name, folder, app: "lws-setup", kind: SETUP, slot: "factory" };
      const app = name === "ota" ? "lws-demos" : basename(folder);
      return { name, folder, app, kind: APPLICATION, slot: "ota_0" };
    });
}

/** The sources that any image may be made from. */
function sources() {
  const places = [
    "main.ts",
    "app.d.ts",
    "manifest.json",
    "modules",
    "plugins",
    "factory",
    "ota",
    "test/images",
    "test/unit",
    "examples",
    "test/seam/suite",
  ];
  return filesBelow(places.map((place) => join(ROOT, place)));
}

/** Everything that decides how sources become images. */
function recipe() {
  const config = ["tsconfig.json", "package.json", "package-lock.json"].map((name) => join(ROOT, name));
  const tools = filesBelow([join(ROOT, "tools", "lib")], (path) => path.endsWith(".mjs"));
  return [...config, ...tools, PARTITIONS];
}

/** @param {string[]} args */
function compile(args) {
  return run(process.execPath, [join(ROOT, "node_modules", "typescript", "lib", "tsc.js"), ...args]);
}

/** @param {Trust} trust @returns {Signer} */
function signer({ key: file, nextKey, allowUnsigned }) {
  const elsewhere = file !== undefined && isPublicKey(file);
  const key = elsewhere ? undefined : signingKey(file);
  const points = [pointOf(key ?? publicKeyIn(file ?? "")), ...(nextKey ? [pointOf(publicKeyIn(nextKey))] : [])];
  const resources = [{ kind: RESOURCE, name: "update/keys", data: Buffer.concat(points) }];
  if (allowUnsigned) resources.push({ kind: RESOURCE, name: "update/unsigned", data: Buffer.from("yes") });
  return { key, resources };
}

/**
 * Writes what {@link signer} adds to images of the virtual device where the manifest of those for a chip looks for it.
 * @param {Signer} signs
 */
function writeTrust({ resources }) {
  rmSync(TRUST, { recursive: true, force: true });
  for (const { name, data } of resources) {
    const file = join(TRUST, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
  }
}

/**
 * Compiles and packs all images, if anything has changed.
 * @param {Trust} [trust]
 * @returns {Promise<boolean>} whether there was something to do
 */
export async function buildImages(trust = {}) {
  const files = sources();
  const from = { ...origin(files), minimum: trust.minimum ?? "0" };
  const signs = signer(trust);
  const resources = signs.resources.map(({ name, data }) => `${name}=${data.toString("hex")}`);
  const words = [from.version, String(from.unixtime), from.minimum, String(signs.key !== undefined), ...resources];
  const hash = hashOf([...files, ...recipe()], words);
  const missing = plans().some((plan) => !existsSync(imageFile(plan.name)));
  if (!missing && isStamped("images", hash)) return false;
  rmSync(JS, { recursive: true, force: true });
  await compile(["-p", join(ROOT, "tsconfig.json")]);
  for (const plan of plans()) await packImage(plan, from, JS, signs);
  writeTrust(signs);
  stamp("images", hash);
  return true;
}

/**
 * Compiles and packs some images, each from no more than what it imports, so that unfinished work elsewhere does not matter.
 * @param {string[]} names
 * @param {Trust} [trust]
 */
export async function buildSome(names, trust = {}) {
  const from = { ...origin(sources()), minimum: trust.minimum ?? "0" };
  const signs = signer(trust);
  for (const name of names) {
    const plan = planNamed(name);
    const folder = join(BUILD, "part", name);
    const js = join(folder, "js");
    const project = join(folder, "tsconfig.json");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const types = filesBelow([join(ROOT, "app.d.ts"), join(ROOT, "modules")], (path) => path.endsWith(".d.ts"));
    const files = [...types, join(ROOT, "main.ts"), join(plan.folder, "app.ts")];
    writeFileSync(project, JSON.stringify({ extends: join(ROOT, "tsconfig.json"), files, include: [] }));
    await compile(["-p", project, "--outDir", js]);
    await packImage(plan, from, js, signs);
  }
  // They may be of other keys than the rest: the next whole build makes all of them anew.
  stamp("images", "");
}

/** @typedef {{ from: Origin, key?: import("node:crypto").KeyObject, plans: ImagePlan[] }} Prepared */

/**
 * Makes of some images what a build for a chip takes from here: their pages, and the keys that units trust.
 * @param {string[]} names
 * @param {Trust} [trust]
 * @returns {Promise<Prepared>}
 */
export async function prepareForChip(names, trust = {}) {
  const signs = signer(trust);
  const found = names.map(planNamed);
  for (const plan of found) await buildAssets(plan.folder, plan.name);
  writeTrust(signs);
  const from = { ...origin(sources()), minimum: trust.minimum ?? "0" };
  return { from, plans: found, ...(signs.key && { key: signs.key }) };
}

/** @param {string} name */
function planNamed(name) {
  const known = plans();
  const plan = known.find((each) => each.name === name);
  if (plan) return plan;
  throw new Complaint(`there is no image ${name}; there are ${known.map((each) => each.name).join(", ")}`);
}

/** @param {string} name */
export function imageFile(name) {
  return join(IMAGES, `${name}.bin`);
}

/**
 * @param {ImagePlan} plan
 * @param {Origin} from
 * @param {string} js
 * @param {Signer} signs
 */
async function packImage(plan, from, js, signs) {
  await buildAssets(plan.folder, plan.name);
  const own = join(plan.folder, "manifest.json");
  const manifest = readManifest(existsSync(own) ? own : TEST_MANIFEST);
  if (!existsSync(own)) {
    manifest.modules.unshift({ target: "*", source: join(plan.folder, "*") });
    const www = join(ASSETS, plan.name, "www");
    if (existsSync(www)) manifest.data.push({ target: "www/*", source: join(www, "*") });
  }
  const modules = Array.from(collectModules(manifest, js), ([name, text]) => ({
    kind: LIBRARY.test(name) ? PRELOADED : MODULE,
    name,
    data: Buffer.from(text, "utf8"),
  }));
  /** @type {import("./archive.mjs").Entry[]} */
  const resources = Array.from(dataFiles(manifest), ([name, file]) => ({
    kind: RESOURCE,
    name,
    data: readFileSync(file),
  }));
  // What an image's own manifest names goes before what all have.
  resources.push(...signs.resources.filter(({ name }) => !resources.some((own) => own.name === name)));
  const packed = writeImage({ ...from, app: plan.app, kind: plan.kind }, [...modules, ...resources]);
  const image = signImage(packed, { key: signs.key });
  const { size } = partition(projectPartitions(), plan.slot);
  if (image.length > size) {
    throw new Complaint(`image ${plan.name} has ${image.length} bytes, the partition ${plan.slot} only ${size}`);
  }
  mkdirSync(dirname(imageFile(plan.name)), { recursive: true });
  writeFileSync(imageFile(plan.name), image);
  const percent = Math.round((100 * image.length) / size);
  say(
    `image ${shown(imageFile(plan.name))}: ${modules.length} modules, ${resources.length} resources, ${image.length} bytes, ` +
      `${percent} % of ${plan.slot}`,
  );
}
