// @ts-check
/**
 * What mcconfig would make of the manifests: nothing is missing, nothing escapes, and the firmware compiles with its options.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { plans } from "../../tools/lib/images.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { run } from "../../tools/lib/run.mjs";
import { filesOf, problemsOf, readChipManifest } from "../lib/chip-manifest.mjs";

const IMAGES = ["factory", "ota", "test/images/unit", "test/images/seam"];
/** @param {string} image */
const manifestOf = (image) => join(ROOT, image, "manifest.json");

/** What the SDK declares beside our typings, which mcconfig can't leave out: bytes in flash, and calls of natives. */
const SDK_GLOBALS = `
declare class HostBuffer { readonly byteLength: number; private brand: boolean }
interface ArrayBufferTypes { HostBuffer: HostBuffer }
declare function Native(name: string): new (...args: any[]) => any;
declare function native(name: string): (...args: any[]) => any;
`;

const SMALL = {
  "main.ts": 'import start from "app";\nimport { a } from "lws/core/a";\n',
  "factory/app.ts": 'import Timer from "timer";\nexport default () => {};\n',
  "modules/core/a.ts": 'import { b } from "./b";\n',
  "modules/core/b.ts": "export const b = 1;\n",
};
const WHOLE = {
  include: ["$(MODDABLE)/examples/manifest_base.json"],
  modules: { main: "../main", app: "./app", "lws/core/*": "../modules/core/*" },
  preload: ["lws/core/a", "lws/core/b"],
};

/**
 * The problems of a small repository.
 * @param {object} changes to its manifest
 * @param {Record<string, string>} [files] beside those that it has
 */
function problems(changes, files = {}) {
  const root = mkdtempSync(join(tmpdir(), "lws-xs-manifest-"));
  try {
    const manifest = JSON.stringify({ ...WHOLE, ...changes });
    for (const [name, text] of Object.entries({ ...SMALL, "factory/manifest.json": manifest, ...files })) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return problemsOf(root, join(root, "factory", "manifest.json"));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("the manifests of the images for chips are whole, and those of the examples", () => {
  const examples = plans().flatMap(({ name }) => (name.startsWith("examples/") ? [name] : []));
  assert.ok(examples.length > 5);
  for (const image of [...IMAGES, ...examples]) assert.deepEqual(problemsOf(ROOT, manifestOf(image)), [], image);
});

test("a small manifest that is whole has no problem", () => {
  assert.deepEqual(problems({}), []);
});

test("what nobody names is found", () => {
  const modules = { main: "../main", app: "./app", "lws/core/a": "../modules/core/a" };
  assert.deepEqual(problems({ modules, preload: ["lws/core/a"] }), [
    'modules/core/a.ts: imports "lws/core/b", which no manifest names',
  ]);
  assert.deepEqual(problems({ include: [] }), ['factory/app.ts: imports "timer" without examples/manifest_base.json']);
});

test("rules for nothing are found", () => {
  assert.deepEqual(
    problems({
      modules: { ...WHOLE.modules, "lws/http/*": "../modules/http/*", x: "./x" },
      data: { "y@*": "./y/*", "z/*": "../modules/*" },
    }),
    [
      "modules: lws/http/* stands for modules/http/*, where there is nothing",
      "modules: x stands for factory/x, where there is nothing",
      "data: y@* stands for factory/y/*, where there is nothing",
      "data: z/* would lose its folder, which is written with @",
    ],
  );
});

test("an import that escapes its folder is found", () => {
  const elsewhere = { ...WHOLE.modules, "lws/core/*": ["../elsewhere/*", "../modules/core/*"] };
  assert.deepEqual(problems({ modules: elsewhere }, { "elsewhere/b.ts": "export const b = 2;\n" }), [
    'modules/core/a.ts: "lws/core/b" escapes to elsewhere/b.ts',
  ]);
  assert.deepEqual(problems({}, { "modules/core/b.ts": 'import "../../tools/c";\n' }), [
    'modules/core/b.ts: imports "tools/c", which no manifest names',
  ]);
});

test("preloading names every module of the library once, and no other", () => {
  assert.deepEqual(problems({ preload: ["lws/core/a", "lws/core/*", "lws/core/a"] }), [
    "preload: there is no module lws/core/*",
    "preload: lws/core/a stands there twice",
    "preload: lws/core/b is not in it",
  ]);
});

test("a RegExp that a preloaded module owns is found", () => {
  const own = "preload: lws/core/b owns a RegExp; a function has to make it";
  for (const text of ["export const b = /x/g;\n", "class B {\n  private static readonly b: RegExp = /x/;\n}\n"])
    assert.deepEqual(problems({}, { "modules/core/b.ts": text }), [own], text);
  const fine = "// = /x/\nexport const b = (text: string) => /x/.test(text);\nconst c = 1 / 2;\n/** = /x/ */\n";
  assert.deepEqual(problems({}, { "modules/core/b.ts": fine }), []);
});

test("files of C whose objects would lie over each other are found, and scripts of Node", () => {
  const modules = { ...WHOLE.modules, "*": "./*" };
  const files = { "factory/qrcode.c": "", "factory/a.c": "", "modules/core/a.c": "", "factory/assets.mjs": "" };
  const manifest = { modules };
  assert.deepEqual(problems(manifest, files).sort(), [
    "factory/a.c: modules/core/a.c has the same name",
    "factory/qrcode.c: a file of the SDK has the same name",
    "modules: assets is factory/assets.mjs, which is no firmware",
  ]);
});

test("every native that firmware names is in a file of C", () => {
  const { modules } = readChipManifest(manifestOf("ota"));
  const read = (/** @type {string} */ suffix) =>
    [...new Set(modules.flatMap((rule) => [...filesOf([rule], suffix).values()]))]
      .map((file) => readFileSync(file, "utf8"))
      .join("\n");
  const defined = new Set(Array.from(read(".c").matchAll(/^void (lws_\w+)\(/gm), (match) => match[1]));
  const named = new Set(Array.from(read(".ts").matchAll(/\b[nN]ative\("(\w+)"\)/g), (match) => match[1]));
  assert.ok(named.size > 100, `${named.size} natives`);
  // Those of the station and the access point are the SDK's.
  assert.deepEqual(
    [...named].filter((name) => !defined.has(name) && !name?.startsWith("xs_wifi_")),
    [],
  );
});

test("the caps are those of the virtual device", () => {
  const { creation, defines } = readChipManifest(manifestOf("ota"));
  const device = readFileSync(join(ROOT, "host", "main.c"), "utf8");
  const engine = readFileSync(join(ROOT, "host", "engine", "engine.h"), "utf8");
  const cap = (/** @type {string} */ name) => Number(new RegExp(`\\.${name} = (\\d+)`).exec(device)?.[1]);
  assert.equal(creation.static, cap("js_heap"));
  assert.equal(creation.stack, Number(/#define STACK_SLOTS (\d+)/.exec(engine)?.[1]));
  assert.deepEqual(defines.lws.heap, { js: cap("js_heap") });
});

/**
 * Compiles as mcconfig does, all files at once.
 * @param {string} image
 * @param {Record<string, string>} [extra] specifier → text of a module beside the image's own
 */
async function compile(image, extra = {}) {
  const folder = mkdtempSync(join(tmpdir(), "lws-xs-tsc-"));
  try {
    const { modules, options } = readChipManifest(manifestOf(image));
    const files = filesOf(modules, ".ts");
    for (const [specifier, text] of Object.entries(extra)) {
      files.set(specifier, join(folder, `${specifier}.ts`));
      writeFileSync(join(folder, `${specifier}.ts`), text);
    }
    const paths = Object.fromEntries(
      Array.from(files, ([specifier, file]) => [specifier, [file.replace(/\.ts$/, "")]]),
    );
    const compilerOptions = {
      forceConsistentCasingInFileNames: true,
      module: "preserve",
      resolveJsonModule: true,
      paths,
      lib: ["es2025"],
      sourceMap: true,
      target: "es2025",
      ...options,
      types: [...options["types"], join(folder, "globals")],
      rootDir: "/",
      outDir: join(folder, "js"),
      noEmit: true,
    };
    assert.equal(options["noEmitOnError"], true);
    writeFileSync(join(folder, "globals.d.ts"), SDK_GLOBALS);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [...files.values()] }));
    const compiler = join(ROOT, "node_modules", "typescript", "lib", "tsc.js");
    await run(process.execPath, [compiler, "-p", folder], { quiet: Object.keys(extra).length > 0 });
    return files.size;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const image of IMAGES) {
  test(`the firmware of ${image} compiles with the options of mcconfig`, async () => {
    assert.ok((await compile(image)) > 100);
  });
}

test("what does not compile is found: a wrong type, a module that the SDK lacks", async () => {
  await assert.rejects(
    compile("ota", { wrong: 'import { Chip } from "lws/platform/chip";\nexport const mac: number = Chip.mac;\n' }),
  );
  await assert.rejects(compile("ota", { wrong: 'import "node:fs";\n' }));
});
