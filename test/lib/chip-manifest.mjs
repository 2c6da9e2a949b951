// @ts-check
/**
 * Manifests as mcconfig reads them for an ESP32, with all that the virtual device leaves to a chip: build options, natives,
 * preloading, types. {@link problemsOf} says what would go wrong there.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { resolveSpecifier, sdkSpecifiers } from "../../tools/lib/graph.mjs";
import { importsOf } from "../../tools/lib/imports.mjs";

/** Where the SDK has what firmware imports from it: the include that a manifest needs. */
const PROVIDERS = {
  timer: "examples/manifest_base.json",
  time: "examples/manifest_base.json",
  Resource: "examples/manifest_base.json",
  "embedded:storage/key-value": "modules/io/storage/manifest.json",
  "embedded:io/digital": "modules/io/digital/manifest.json",
  "embedded:io/pwm": "modules/io/pwm/manifest.json",
  "embedded:io/serial": "modules/io/serial/manifest.json",
  base64: "modules/data/base64/manifest.json",
  hex: "modules/data/hex/manifest.json",
  crc: "modules/data/crc/manifest.json",
  "text/encoder": "modules/data/text/encoder/manifest.json",
  "text/decoder": "modules/data/text/decoder/manifest.json",
  qrcode: "modules/data/qrcode/manifest.json",
};
/** Object files that those includes make. All objects lie in one folder: a second file of the same name is not compiled. */
const SDK_OBJECTS = [
  ..."xs6wifi storage-esp32 builtinCommon digitalbank _pwm serial Resource modTime modTimer timer modLwipSafe".split(
    " ",
  ),
  ..."modInstrumentation modBase64 modHex qrcode qrcodegen main debugger xsHost xsHosts xsPlatform".split(" "),
];
/** Folders that specifiers of ours stand for, in tsconfig.json too. */
const HOMES = { "lws/": "modules/", "plugins/": "plugins/" };
/**
 * A RegExp that a module owns lies in flash. To run it, the engine of SDK 8.2 takes memory that it never gives back, and that its collector then damages.
 */
const OWN_REGEXP = /^(?:(?:export )?(?:const|let)|\s+(?:\w+ )*static) [^=\n]*= (?:\/(?![/*])|(?:new )?RegExp\()/m;

/** @typedef {{ target: string, source: string }} Rule source: absolute */
/**
 * @typedef {object} ChipManifest
 * @property {string[]} includes paths in the SDK
 * @property {Rule[]} modules
 * @property {Rule[]} data
 * @property {string[]} preload
 * @property {Record<string, string>} build paths are absolute
 * @property {Record<string, any>} creation
 * @property {Record<string, any>} defines
 * @property {Record<string, any>} options of the compiler
 */

/**
 * @param {string} file
 * @returns {ChipManifest} with everything of ours that it includes for an ESP32
 */
export function readChipManifest(file) {
  /** @type {ChipManifest} */
  const all = { includes: [], modules: [], data: [], preload: [], build: {}, creation: {}, defines: {}, options: {} };
  /** @param {string} path */
  const read = (path) => {
    const folder = dirname(path);
    /** @param {any} part */
    const merge = (part) => {
      for (const include of [part.include ?? []].flat()) {
        if (include.startsWith("$(")) all.includes.push(include.replace(/^\$\(MODDABLE\)\//, ""));
        else read(resolve(folder, include));
      }
      for (const kind of /** @type {("modules" | "data")[]} */ (["modules", "data"])) {
        for (const [target, sources] of Object.entries(part[kind] ?? {})) {
          for (const source of [sources].flat()) {
            if (!source.startsWith("$(")) all[kind].push({ target, source: resolve(folder, source) });
          }
        }
      }
      all.preload.push(...[part.preload ?? []].flat());
      Object.assign(all.creation, part.creation);
      Object.assign(all.defines, part.defines);
      for (const [name, value] of Object.entries(part.build ?? {})) {
        all.build[name] = value.startsWith("./") ? resolve(folder, value) : value;
      }
      const { types, ...options } = part.typescript?.tsconfig?.compilerOptions ?? {};
      Object.assign(all.options, options);
      if (types) all.options.types = types.map((/** @type {string} */ path) => resolve(folder, path));
    };
    const json = JSON.parse(readFileSync(path, "utf8"));
    merge(json);
    if (json.platforms?.esp32) merge(json.platforms.esp32);
  };
  read(file);
  return all;
}

/**
 * The files that rules take, by suffix: `*` stands for a name, and a rule takes every file of that name.
 * @param {Rule[]} rules
 * @param {string} suffix
 * @returns {Map<string, string>} specifier → file
 */
export function filesOf(rules, suffix) {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const { target, source } of rules) {
    const folder = dirname(source);
    for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
      if (!name.endsWith(suffix) || name.endsWith(".d.ts") !== (suffix === ".d.ts")) continue;
      const stem = name.slice(0, -suffix.length);
      const wanted = basename(source);
      if (wanted === "*" ? stem.startsWith(".") : stem !== wanted) continue;
      const specifier = target.replace("*", stem);
      if (!files.has(specifier)) files.set(specifier, join(folder, name));
    }
  }
  return files;
}

/**
 * @param {string} root of the repository
 * @param {string} file manifest of an image
 * @returns {string[]} what is wrong with it
 */
export function problemsOf(root, file) {
  const manifest = readChipManifest(file);
  const modules = filesOf(manifest.modules, ".ts");
  const shown = (/** @type {string} */ path) => relative(root, path);
  return [
    ...emptyRules(manifest, join(root, "build"), shown),
    ...imports(root, manifest, modules, shown),
    ...preloading(manifest, modules),
    ...objects(manifest, shown),
  ];
}

/**
 * @param {ChipManifest} manifest
 * @param {string} generated folder whose contents come with a build
 * @param {(path: string) => string} shown
 */
function emptyRules({ modules, data }, generated, shown) {
  const found = modules
    .filter((rule) => ![".ts", ".js", ".c"].some((suffix) => filesOf([rule], suffix).size > 0))
    .map(({ target, source }) => `modules: ${target} stands for ${shown(source)}, where there is nothing`);
  for (const { target, source } of data) {
    if (target.includes("/")) found.push(`data: ${target} would lose its folder, which is written with @`);
    const exists = basename(source) === "*" ? existsSync(dirname(source)) : existsSync(source);
    if (!exists && !source.startsWith(`${generated}/`))
      found.push(`data: ${target} stands for ${shown(source)}, where there is nothing`);
  }
  // A wildcard takes scripts of Node, too.
  for (const [specifier, path] of filesOf(modules, ".mjs"))
    found.push(`modules: ${specifier} is ${shown(path)}, which is no firmware`);
  return found;
}

/**
 * Follows the imports from "main", those of types as well: the compiler needs their files.
 * @param {string} root
 * @param {ChipManifest} manifest
 * @param {Map<string, string>} modules
 * @param {(path: string) => string} shown
 */
function imports(root, manifest, modules, shown) {
  /** @type {string[]} */
  const found = [];
  const sdk = sdkSpecifiers();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @param {string} specifier @param {string} importer */
  const visit = (specifier, importer) => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    if (sdk.has(specifier) && !modules.has(specifier)) {
      const include = PROVIDERS[/** @type {keyof typeof PROVIDERS} */ (specifier)];
      if (!include) found.push(`${importer}: imports "${specifier}", which nothing of the SDK is known to provide`);
      else if (!manifest.includes.includes(include))
        found.push(`${importer}: imports "${specifier}" without ${include}`);
      return;
    }
    const file = modules.get(specifier);
    if (!file) {
      found.push(`${importer}: imports "${specifier}", which no manifest names`);
      return;
    }
    const home = Object.entries(HOMES).find(([start]) => specifier.startsWith(start));
    if (home && file !== join(root, home[1], `${specifier.slice(home[0].length)}.ts`)) {
      found.push(`${importer}: "${specifier}" escapes to ${shown(file)}`);
    }
    for (const each of importsOf(readFileSync(file, "utf8")))
      visit(resolveSpecifier(each.specifier, specifier), shown(file));
  };
  visit("main", "the image");
  return found;
}

/**
 * @param {ChipManifest} manifest
 * @param {Map<string, string>} modules
 */
function preloading({ preload }, modules) {
  const found = preload.filter((each) => !modules.has(each)).map((each) => `preload: there is no module ${each}`);
  preload.forEach((each, i) => {
    if (preload.indexOf(each) !== i) found.push(`preload: ${each} stands there twice`);
  });
  for (const [specifier, file] of modules) {
    const isLibrary = Object.keys(HOMES).some((start) => specifier.startsWith(start));
    if (isLibrary && !preload.includes(specifier)) found.push(`preload: ${specifier} is not in it`);
    if (isLibrary && OWN_REGEXP.test(readFileSync(file, "utf8")))
      found.push(`preload: ${specifier} owns a RegExp; a function has to make it`);
  }
  return found;
}

/** @param {ChipManifest} manifest @param {(path: string) => string} shown */
function objects({ modules }, shown) {
  /** @type {Map<string, string>} */
  const taken = new Map(SDK_OBJECTS.map((name) => [name, "a file of the SDK"]));
  /** @type {string[]} */
  const found = [];
  for (const path of new Set(modules.flatMap((rule) => [...filesOf([rule], ".c").values()]))) {
    const name = basename(path, extname(path));
    if (taken.has(name)) found.push(`${shown(path)}: ${taken.get(name)} has the same name`);
    taken.set(name, shown(path));
  }
  return found;
}
