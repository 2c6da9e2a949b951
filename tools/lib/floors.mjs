// @ts-check
/**
 * The floors of the house. A file imports from its own unit (a folder) or from a unit on a floor below: never up, never sideways, and no
 * two files import each other, however far around.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { importsOf, moduleLevelForAwaits } from "./imports.mjs";
import { filesBelow } from "./stamp.mjs";

/** Bottom to top. */
const FLOORS = [
  ["modules/platform"],
  ["modules/vfs"],
  ["modules/core", "modules/update"],
  ["modules/http", "modules/tls", "modules/system"],
  ["modules/roles"],
  ["modules/client"],
  ["plugins", "modules/secure-streams"],
  ["main.ts", "factory", "ota", "examples"],
  ["test"],
];
/** What a specifier starts with → the folder that it stands for. */
const ROOTS = {
  "lws/": "modules/",
  "plugins/": "plugins/",
  "factory/": "factory/",
  "shared/": "test/images/shared/",
  "unit/": "test/unit/",
  "examples/": "examples/shared/",
  "seam/": "test/seam/suite/",
};
/** The module that `main` starts; it is another in each image. */
const APP = "app";

/** @typedef {{ file: string, line: number, text: string }} Violation */

/** @param {string} file relative to the root */
function unitOf(file) {
  const level = FLOORS.findIndex((units) => units.some((unit) => file === unit || file.startsWith(`${unit}/`)));
  const unit = FLOORS[level]?.find((each) => file === each || file.startsWith(`${each}/`));
  return { level, unit };
}

/**
 * @param {string} root of the repository
 * @param {Set<string>} sdk specifiers of the SDK
 * @param {string} [js] folder of the emitted files, for the cycle rule: imports that were only of types are gone from them
 * @returns {{ files: number, violations: Violation[] }}
 */
export function checkFloors(root, sdk, js) {
  const isSource = (/** @type {string} */ path) => path.endsWith(".ts") && !path.endsWith(".d.ts");
  const files = filesBelow(
    FLOORS.flat().map((unit) => join(root, unit)),
    isSource,
  ).map((path) => relative(root, path));
  const stray = filesBelow([join(root, "modules")], isSource)
    .map((path) => relative(root, path))
    .filter((file) => !files.includes(file));
  /** @type {Violation[]} */
  const violations = stray.map((file) => ({ file, line: 1, text: "lies on no floor" }));
  /** @type {Map<string, Map<string, number>>} file → imported files → line */
  const graph = new Map();

  for (const file of files) {
    const source = readFileSync(join(root, file), "utf8");
    /** @type {Map<string, number>} */
    const edges = new Map();
    graph.set(file, edges);
    const emitted = js === undefined ? undefined : emittedImports(join(js, file.replace(/\.ts$/, ".js")));
    for (const { specifier, line, typeOnly } of importsOf(source)) {
      if (sdk.has(specifier) || (specifier === APP && file === "main.ts")) continue;
      const target = resolveFile(root, file, specifier);
      if (!target) {
        violations.push({
          file,
          line,
          text: `"${specifier}" is neither firmware nor declared in modules/platform/sdk.d.ts`,
        });
        continue;
      }
      const problem = judge(file, target);
      if (problem) violations.push({ file, line, text: problem });
      if (!typeOnly && (emitted === undefined || emitted.has(specifier))) edges.set(target, line);
    }
    for (const line of moduleLevelForAwaits(source)) {
      violations.push({ file, line, text: "for await outside a function crashes the engine" });
    }
  }
  return { files: files.length, violations: [...violations, ...cycles(graph)] };
}

/**
 * Specifiers that an emitted file imports; undefined if there is no such file.
 * @param {string} path
 */
function emittedImports(path) {
  if (!existsSync(path)) return undefined;
  return new Set(importsOf(readFileSync(path, "utf8")).map((found) => found.specifier));
}

/**
 * @param {string} root
 * @param {string} file
 * @param {string} specifier
 * @returns {string | undefined} the file it means, relative to the root
 */
function resolveFile(root, file, specifier) {
  let path;
  if (specifier.startsWith(".")) path = relative(root, resolve(root, dirname(file), specifier));
  else {
    const prefix = Object.entries(ROOTS).find(([start]) => specifier.startsWith(start));
    if (!prefix) return undefined;
    path = prefix[1] + specifier.slice(prefix[0].length);
  }
  return existsSync(join(root, `${path}.ts`)) ? `${path}.ts` : undefined;
}

/**
 * @param {string} file
 * @param {string} target
 */
function judge(file, target) {
  const from = unitOf(file);
  const to = unitOf(target);
  if (to.unit === undefined) return `${target} lies on no floor`;
  if (from.unit === to.unit || to.level < from.level) return undefined;
  return to.level > from.level
    ? `${from.unit} may not import ${target}: ${to.unit} lies on a floor above`
    : `${from.unit} may not import ${target}: ${to.unit} lies on the same floor`;
}

/**
 * @param {Map<string, Map<string, number>>} graph
 * @returns {Violation[]} one for each import that closes a circle
 */
function cycles(graph) {
  /** @type {Violation[]} */
  const found = [];
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @param {string} file */
  const visit = (file) => {
    path.push(file);
    for (const [target, line] of graph.get(file) ?? []) {
      const at = path.indexOf(target);
      if (at >= 0) found.push({ file, line, text: `import cycle: ${[...path.slice(at), target].join(" → ")}` });
      else if (!done.has(target)) visit(target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) if (!done.has(file)) visit(file);
  return found;
}
