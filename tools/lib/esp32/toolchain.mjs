// @ts-check
/** What a build for a chip needs beside the checkout: the Moddable SDK, ESP-IDF, and their programs. All of it is looked at before anything is done. */
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ROOT } from "../paths.mjs";
import { Complaint } from "../run.mjs";

/** The versions that the project is built with. */
const SDK = "8.2";
const IDF = "6.0";
/** What compiles TypeScript for the SDK: the checkout's own, in front of any other. */
const COMPILER = join(ROOT, "node_modules", ".bin");
/** Which instructions to follow, by what is missing. */
const GUIDE = {
  sdk: "the SDK's documentation/devices/esp32.md tells how to install it (`npx xs-dev setup` does most of it)",
  idf: "the SDK's documentation/devices/esp32.md tells how to install it (`npx xs-dev setup --device esp32` does most of it)",
  tools: "the section Linux of the SDK's documentation/devices/esp32.md names the packages",
};

/**
 * @typedef {object} Toolchain
 * @property {string} moddable folder of the SDK
 * @property {string} idf folder of ESP-IDF
 * @property {NodeJS.ProcessEnv} env that mcconfig is to be run with
 */

/**
 * Finds it all, or complains in one sentence.
 * @param {import("./targets.mjs").Target} target
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Toolchain}
 */
export function findToolchain(target, env = process.env) {
  const moddable = folder(env, "MODDABLE", "the Moddable SDK", join("build", "devices", "esp32"), GUIDE.sdk);
  expect("the Moddable SDK", SDK, sdkVersion(moddable), moddable, GUIDE.sdk);
  const idf = folder(env, "IDF_PATH", "ESP-IDF", join("tools", "cmake"), GUIDE.idf);
  expect("ESP-IDF", IDF, idfVersion(idf), idf, GUIDE.idf);
  const path = [COMPILER, ...(env["PATH"] ?? "").split(delimiter)].filter(Boolean);
  if (!findProgram("mcconfig", path)) {
    const built = programFolder(moddable);
    const cure = existsSync(join(built, "mcconfig")) ? `put ${built} on PATH` : `build the SDK's tools: ${GUIDE.sdk}`;
    throw new Complaint(`mcconfig, the SDK's builder, is not on PATH: ${cure}`);
  }
  if (!findProgram("tsc", path)) throw new Complaint("tsc, the compiler of TypeScript, is missing: run npm ci");
  const absent = (/** @type {string[]} */ names) => names.filter((name) => !findProgram(name, path));
  const ofIdf = absent(["idf.py", target.compiler]);
  if (ofIdf.length > 0)
    throw new Complaint(
      `of ESP-IDF's programs ${listed(ofIdf)} not on PATH: run \`. ${join(idf, "export.sh")}\` in this shell, ` +
        `and before that once ${join(idf, "install.sh")} ${target.name}`,
    );
  const others = absent(["make", "cmake", "ninja", "python"]);
  if (others.length > 0) throw new Complaint(`${listed(others)} not on PATH: ${GUIDE.tools}`);
  return { moddable, idf, env: { ...env, MODDABLE: moddable, IDF_PATH: idf, PATH: path.join(delimiter) } };
}

/** @param {string[]} names */
function listed(names) {
  return `${names.join(" and ")} ${names.length > 1 ? "are" : "is"}`;
}

/**
 * The folder that a variable of the environment names.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} variable
 * @param {string} what
 * @param {string} proof a path that is in it
 * @param {string} guide
 */
function folder(env, variable, what, proof, guide) {
  const path = env[variable];
  if (!path) throw new Complaint(`${variable} is not set: it names the folder of ${what}; ${guide}`);
  if (!existsSync(join(path, proof))) throw new Complaint(`${variable} is ${path}, where ${what} is not; ${guide}`);
  return path;
}

/** @param {string} what @param {string} wanted @param {string | undefined} found @param {string} place @param {string} guide */
function expect(what, wanted, found, place, guide) {
  if (found === undefined)
    throw new Complaint(`${what} in ${place} does not tell its version, ${wanted} is needed; ${guide}`);
  if (found !== wanted && !found.startsWith(`${wanted}.`))
    throw new Complaint(`${what} in ${place} is version ${found}, ${wanted} is needed; ${guide}`);
}

/** The package of its typings has the SDK's number. @param {string} moddable */
function sdkVersion(moddable) {
  try {
    return /** @type {string | undefined} */ (
      JSON.parse(readFileSync(join(moddable, "typings", "package.json"), "utf8")).version
    );
  } catch {
    return undefined;
  }
}

/** A release has a file version.txt, a clone says it to its own build. @param {string} idf */
function idfVersion(idf) {
  const read = (/** @type {string} */ file) =>
    existsSync(join(idf, file)) ? readFileSync(join(idf, file), "utf8") : "";
  const released = /^v?(\d+\.\d+(?:\.\d+)?)/.exec(read("version.txt"))?.[1];
  if (released) return released;
  const text = read(join("tools", "cmake", "version.cmake"));
  const [major, minor, patch] = ["MAJOR", "MINOR", "PATCH"].map(
    (part) => new RegExp(`IDF_VERSION_${part} (\\d+)`).exec(text)?.[1],
  );
  return major && minor ? `${major}.${minor}.${patch ?? 0}` : undefined;
}

/** Where the SDK's own build puts its programs. @param {string} moddable */
function programFolder(moddable) {
  return join(moddable, "build", "bin", process.platform === "darwin" ? "mac" : "lin", "release");
}

/**
 * @param {string} name
 * @param {string[]} path
 * @returns {string | undefined}
 */
export function findProgram(name, path = (process.env["PATH"] ?? "").split(delimiter)) {
  return path
    .map((each) => join(each, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
