// @ts-check
/** Builds for a chip, with an SDK that is made of paper: what is missing is told, what is linked is described and signed, what is too large is refused. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { buildForChip, checkManifest } from "../../tools/lib/esp32/build.mjs";
import { describeImage } from "../../tools/lib/esp32/describe.mjs";
import { readMap } from "../../tools/lib/esp32/map-file.mjs";
import { platformOf, targetNamed } from "../../tools/lib/esp32/targets.mjs";
import { findToolchain } from "../../tools/lib/esp32/toolchain.mjs";
import { collectModules } from "../../tools/lib/graph.mjs";
import { APPLICATION, readImage, SETUP, verifyImage, writeImage } from "../../tools/lib/image.mjs";
import { pointOf } from "../../tools/lib/keys.mjs";
import { moduleSource, readManifest } from "../../tools/lib/manifest.mjs";
import { readOtadata } from "../../tools/lib/otadata.mjs";
import { projectPartitions, readTable } from "../../tools/lib/partitions.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { verifyTrailer } from "../../tools/lib/trailer.mjs";
import { FakeSdk, PROGRAMS } from "../lib/fake-sdk.mjs";

const sdk = new FakeSdk();
after(() => sdk.remove());
const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const esp32 = targetNamed();
const from = { version: "1.2.3-4-gabc", unixtime: 1_800_000_000, minimum: "1.1" };
const factory = { name: "factory", folder: join(ROOT, "factory"), app: "lws-setup", kind: SETUP, slot: "factory" };
const ota = { name: "ota", folder: join(ROOT, "ota"), app: "lws-demos", kind: APPLICATION, slot: "ota_0" };

/** @param {RegExp} sentence @param {() => unknown} work */
function complains(sentence, work) {
  assert.throws(work, (/** @type {any} */ error) => {
    assert.match(error.message, sentence);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

/**
 * @param {typeof ota} plan
 * @param {{ mode?: string, chip?: string, map?: string }} [options]
 */
async function build(plan, { mode = "", chip = "esp32", map = "" } = {}) {
  const target = targetNamed(chip);
  const toolchain = findToolchain(target, sdk.env({ FAKE_MCCONFIG: mode, FAKE_MAP: map }));
  /** @type {string[]} */
  const said = [];
  const prepared = { from, key, plans: [plan] };
  const print = (/** @type {string} */ line) => said.push(line);
  const folder = await buildForChip(toolchain, plan, { target, prepared, out: sdk.out, print });
  return { folder, said: said.join("\n"), image: readFileSync(join(folder, "xs_esp32.bin")) };
}

test("an SDK that is all there is found, and its programs come behind the checkout's compiler", () => {
  const { moddable, idf, env } = findToolchain(esp32, sdk.env());
  assert.deepEqual([moddable, idf], [sdk.moddable, sdk.idf]);
  assert.equal(env["PATH"], `${join(ROOT, "node_modules", ".bin")}:${sdk.bin}`);
});

test("what is missing is said in one sentence, with the instructions that install it", () => {
  const without = (/** @type {string} */ name) => ({ ...sdk.env(), [name]: undefined });
  complains(/^MODDABLE is not set: .*documentation\/devices\/esp32\.md.*xs-dev/, () =>
    findToolchain(esp32, without("MODDABLE")),
  );
  complains(/^IDF_PATH is not set: .*xs-dev setup --device esp32/, () => findToolchain(esp32, without("IDF_PATH")));
  complains(/^MODDABLE is .*\/bin, where the Moddable SDK is not; /, () =>
    findToolchain(esp32, sdk.env({ MODDABLE: sdk.bin })),
  );
  complains(/^IDF_PATH is .*, where ESP-IDF is not; /, () => findToolchain(esp32, sdk.env({ IDF_PATH: sdk.bin })));
  complains(/^of ESP-IDF's programs xtensa-esp32s3-elf-gcc is not on PATH: run `\. .*export\.sh`.* esp32s3$/, () =>
    findToolchain(targetNamed("esp32s3"), sdk.env()),
  );
});

test("programs that are not on PATH are named", () => {
  const bin = join(sdk.folder, "fewer");
  const fewer = (/** @type {string[]} */ ...absent) => {
    rmSync(bin, { recursive: true, force: true });
    mkdirSync(bin);
    for (const name of [...PROGRAMS, "mcconfig"].filter((each) => !absent.includes(each)))
      writeFileSync(join(bin, name), "", { mode: 0o755 });
    return () => findToolchain(esp32, sdk.env({ PATH: bin }));
  };
  fewer()();
  complains(/^cmake and ninja are not on PATH: /, fewer("cmake", "ninja"));
  complains(/idf\.py and xtensa-esp32-elf-gcc are not on PATH/, fewer("idf.py", "xtensa-esp32-elf-gcc"));
  complains(/^mcconfig.*is not on PATH: build the SDK's tools/, fewer("mcconfig"));
  const tools = join(sdk.moddable, "build", "bin", process.platform === "darwin" ? "mac" : "lin", "release");
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, "mcconfig"), "");
  complains(/^mcconfig.*is not on PATH: put .*release on PATH$/, fewer("mcconfig"));
  writeFileSync(join(bin, "ninja"), "", { mode: 0o644 });
  complains(/^ninja is not on PATH/, fewer("ninja"));
});

for (const [what, file, text, sentence] of /** @type {const} */ ([
  [
    "an older SDK",
    "moddable/typings/package.json",
    '{"version":"7.1.0"}',
    /SDK in .* is version 7\.1\.0, 8\.2 is needed/,
  ],
  ["an SDK of 8.20", "moddable/typings/package.json", '{"version":"8.20.0"}', /is version 8\.20\.0/],
  ["an SDK that says nothing", "moddable/typings/package.json", "{", /does not tell its version, 8\.2 is needed/],
  ["a later ESP-IDF", "esp-idf/version.txt", "v6.1-beta1\n", /ESP-IDF in .* is version 6\.1, 6\.0 is needed/],
  ["an ESP-IDF without a version", "esp-idf/tools/cmake/version.cmake", "", /does not tell its version, 6\.0/],
])) {
  test(`${what} is refused`, () => {
    const other = new FakeSdk();
    try {
      other.write(file, text);
      complains(sentence, () => findToolchain(esp32, other.env()));
    } finally {
      other.remove();
    }
  });
}

test("a release of ESP-IDF tells its version in a file of its own", () => {
  const other = new FakeSdk();
  try {
    other.write("esp-idf/version.txt", "v6.0.2\n");
    other.write("esp-idf/tools/cmake/version.cmake", "");
    findToolchain(esp32, other.env());
  } finally {
    other.remove();
  }
});

test("an image is linked, described, signed and reported", async () => {
  const map = `Linker script and memory map

.dram0.data     0x3ffb0000     0x1000
 .data.a        0x3ffb0000     0x1000 esp-idf/heap/libheap.a(heap.c.obj)
.flash.text     0x400d0020    0x2345
 .text.b        0x400d0020     0x2000 esp-idf/main/xs_esp32.a(mc.xs.c.o)
`;
  const { folder, said, image } = await build(factory, { map });
  assert.equal(verifyTrailer(image, [pointOf(key)]), "");
  const about = readImage(image, 0);
  assert.deepEqual(
    [about.version, about.project, about.app, about.kind, about.numbers, about.minimum, about.unixtime, about.model],
    ["1.2.3-4-gabc", "lws-setup", "lws-setup", SETUP, [1, 2, 3, 4], [1, 1, 0, 0], 1_800_000_000, "lws"],
  );
  assert.deepEqual(about.entries, []);
  assert.equal(verifyImage(readFileSync(join(folder, "bootloader.bin")), 0).problem, "");
  assert.deepEqual(readTable(readFileSync(join(folder, "partition-table.bin"))), projectPartitions());
  assert.equal(readOtadata(readFileSync(join(folder, "ota_data_initial.bin"))), 0);
  assert.match(said, /^factory for esp32: 4,496 bytes, 0\.2 % of factory, 1,896,048 left\n/);
  assert.match(said, /4,096 {2}internal memory before anything runs\n +8,192 {2}mc\.xs\.c\n +4,096 {2}libheap\.a$/);
  const call = JSON.parse(readFileSync(sdk.log, "utf8").trim().split("\n").at(-1) ?? "");
  assert.deepEqual(call.args, ["-m", "-p", "esp32", "-t", "build", "-o", join(sdk.out, "sdk")]);
  assert.deepEqual([call.cwd, call.idf], [join(sdk.out, "manifest", "factory"), sdk.idf]);
});

test("what an image does not import is left out, and nothing that it does", async () => {
  await build(factory);
  const own = join(sdk.out, "manifest", "factory");
  const { include, modules } = JSON.parse(readFileSync(join(own, "manifest.json"), "utf8"));
  assert.equal(join(own, include[0]), join(ROOT, "factory", "manifest.json"));
  const left = modules["~"].map((/** @type {string} */ path) => relative(ROOT, join(own, path)));
  for (const path of left) assert.ok(existsSync(join(ROOT, path)), path);
  assert.ok(left.includes("modules/secure-streams/server/h1.ts"));
  assert.ok(left.includes("modules/client/mqtt/client.ts"));
  const { modules: rules } = readManifest(join(ROOT, "factory", "manifest.json"));
  const js = join(ROOT, "build", "js");
  for (const specifier of collectModules({ modules: rules, data: [] }, js).keys()) {
    const source = moduleSource({ modules: rules, data: [] }, specifier) ?? "";
    assert.equal(left.includes(relative(ROOT, source)), false, specifier);
  }
});

test("another chip has a folder of its own", async () => {
  const { folder, image } = await build(ota, { chip: "esp32c3" });
  assert.match(folder, /esp32c3\/ota$/);
  assert.equal(image.readUInt16LE(12), 5);
});

test("an image whose folder lies in another folder", async () => {
  const { folder, image } = await build({ ...ota, name: "examples/get", folder: join(ROOT, "examples", "get") });
  assert.match(folder, /esp32\/examples\/get$/);
  assert.equal(verifyTrailer(image, [pointOf(key)]), "");
});

test("what can't be made leaves no image, be there one from before", async () => {
  const file = join(sdk.out, "esp32", "ota", "xs_esp32.bin");
  for (const [mode, sentence] of /** @type {const} */ ([
    ["fails", /^mcconfig .* failed \(exit code 2\)$/],
    ["silent", /^mcconfig has linked no xs_esp32\.bin for ota/],
    ["other chip", /^ota: it is for another chip$/],
    ["old", /^ota: the firmware keeps no room for the descriptor/],
    ["large", /^the image ota has \d+ bytes, the partition ota_0 only 2162688$/],
  ])) {
    await build(ota);
    assert.ok(existsSync(file));
    await assert.rejects(build(ota, { mode }), { message: sentence }, mode);
    assert.equal(existsSync(file), false, mode);
  }
});

test("what runs in QEMU is linked for a platform of ours, by a way that begins at the image", () => {
  const emulated = join(sdk.folder, "Checkout", "modules", "qemu");
  assert.throws(
    () => platformOf({ ...esp32, emulated }, true, sdk.folder),
    /^Error: there is no build of the esp32 for QEMU$/,
  );
  assert.throws(() => platformOf(targetNamed("esp32s3"), true, sdk.folder), /no build of the esp32s3/);
  sdk.write("Checkout/modules/qemu/manifest.json", "{}");
  assert.deepEqual(platformOf({ ...esp32, emulated }, true, join(sdk.folder, "Checkout", "factory")), {
    option: "esp32:../modules/qemu",
    results: "esp32/qemu",
  });
  assert.deepEqual(platformOf(targetNamed("esp32c3"), false, "/"), {
    option: "esp32/esp32c3",
    results: "esp32/esp32c3",
  });
});

test("images without a manifest for a chip are told apart", () => {
  const echo = { ...ota, name: "echo", folder: join(ROOT, "test", "images", "echo") };
  complains(/^the image echo can't be built for a chip: there is no test\/images\/echo\/manifest\.json$/, () =>
    checkManifest(echo),
  );
});

test("a damaged image, and one that is no chip's, are not described", () => {
  const info = { ...from, app: "x", kind: APPLICATION, chip: 0 };
  const image = writeImage({ ...info, version: "0" }, []);
  const other = Buffer.from(image);
  other[300] ^= 1;
  complains(/damaged one \(checksum\)/, () => describeImage(other, info));
  const described = describeImage(image, info);
  assert.equal(verifyImage(described, 0).problem, "");
  assert.equal(readImage(described, 0).version, from.version);
  complains(/longer than 31 bytes/, () => describeImage(image, { ...info, version: `1.0-${"x".repeat(32)}` }));
});

test("a map is read with wrapped lines, and without what no image stores", () => {
  const { parts, image, ram } = readMap(`.flash.text 0x0 0x99 before the map
Linker script and memory map
LOAD esp-idf/main/libmain.a

.iram0.text     0x40080400    0x100
 *(.iram1.text)
 .iram1.0       0x40080400       0x40 esp-idf/freertos/libfreertos.a(tasks.c.obj)
 *fill*         0x40080440        0x4 
 .literal       0x40080444       0xbc xs_esp32.a(xsRun.c.o)
                                 0xc0 (size before relaxing)
.dram0.dummy    0x3ffb2000    0x100
.dram0.bss      0x3ffb2100    0x200
 .bss           0x3ffb2100    0x200 esp-idf/freertos/libfreertos.a(tasks.c.obj)
.flash.appdesc  0x3f400020    0x180
 .rodata_desc   0x3f400020    0x100 esp-idf/esp_app_format/libesp_app_format.a(esp_app_desc.c.obj)
.a.very.long.section.name
                0x00000000       0x10
.flash.rodata
                0x3f4001a0     0x1000
 .rodata.a_rather_long_name_of_a_section
                0x3f4001a0      0x800 xs_esp32.a(mc.xs.c.o)
 .rodata        0x3f4009a0      0x800 /opt/lib/libc.a(libc_a-vfprintf.o)
                0x3f4009a0                a_symbol
.debug_info     0x00000000   0x123456
 .debug_info    0x00000000   0x123456 xs_esp32.a(mc.xs.c.o)
`);
  assert.equal(image, 0x100 + 0x180 + 0x1000);
  assert.equal(ram, 0x100 + 0x200);
  assert.deepEqual(
    [...parts],
    [
      ["libfreertos.a", 0x40],
      ["(between them)", 4],
      ["xsRun.c", 0xbc],
      ["libesp_app_format.a", 0x100],
      ["mc.xs.c", 0x800],
      ["libc.a", 0x800],
    ],
  );
});

test("the command ends with one sentence and code 1", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ["tools/build-esp32.mjs", "--image", "factory"], {
    ...{ cwd: ROOT, encoding: "utf8", env: { PATH: process.env["PATH"] } },
  });
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^lws-xs: error: MODDABLE is not set: [^\n]*\n$/);
});
