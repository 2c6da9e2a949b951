// @ts-check
/** The C for chips compiles, without a warning, against what ESP-IDF and the engine declare. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { CHIPS } from "../../tools/lib/chips.mjs";
import { BUILD, ENGINE, ROOT } from "../../tools/lib/paths.mjs";

const FOLDER = join(ROOT, "modules", "platform", "esp32");
const HEADERS = join(ROOT, "test", "tools", "esp32-headers");
const BOOT_LOADER = join(ROOT, "bootloader", "subproject", "main", "bootloader_start.c");

/** The engine and Mbed TLS are those of the virtual device, whose C interfaces chips share. */
const SYSTEM = ["includes", "platforms", "sources"].map((name) => join(ENGINE, "xs", name));
const FLAGS = [
  "-std=gnu17",
  "-fsyntax-only",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-DINCLUDE_XSPLATFORM",
  '-DXSPLATFORM="lws-platform.h"',
  `-DMBEDTLS_CONFIG_FILE="${join(ROOT, "host", "tls", "mbedtls-config.h")}"`,
  "-I",
  HEADERS,
  "-I",
  FOLDER,
  ...[...SYSTEM, join(ROOT, "host", "engine"), join(BUILD, "mbedtls", "include")].flatMap((path) => ["-isystem", path]),
];

/**
 * What the compiler has to say.
 * @param {string} source
 * @param {string} [bits]
 */
function complaints(source, bits = "-m32") {
  const { status, stderr } = spawnSync("gcc", [bits, ...FLAGS, "-x", "c", "-"], {
    input: source,
    encoding: "utf8",
    cwd: FOLDER,
  });
  return status === 0 ? "" : stderr || `exit code ${status}`;
}

const BITS = complaints("#include <stdint.h>\n") === "" ? "-m32" : "-m64";

test("every file of C for chips compiles", () => {
  assert.ok(existsSync(join(ENGINE, "xs", "includes", "xsmc.h")), "npm run build fetches the engine");
  const files = [FOLDER, join(FOLDER, "radio")].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".c"))
      .map((name) => join(folder, name)),
  );
  assert.ok(files.length > 5);
  for (const file of files) {
    const source = `#line 1 "${basename(file)}"\n${readFileSync(file, "utf8")}`;
    assert.equal(complaints(source, BITS), "");
  }
});

test("the boot loader compiles for each chip, and means what the firmware means", () => {
  const source = readFileSync(BOOT_LOADER, "utf8");
  const numberOf = (/** @type {string} */ text, /** @type {RegExp} */ pattern) => Number(pattern.exec(text)?.[1]);
  const words = readFileSync(join(ROOT, "modules", "platform", "rtc-word.ts"), "utf8");
  const pins = readFileSync(join(ROOT, "modules", "system", "pins.ts"), "utf8");
  for (const [here, there] of [
    ["REQUEST_FACTORY", "requestFactory"],
    ["REQUEST_FACTORY_ERASE_OTA", "requestFactoryEraseOta"],
    ["FACTORY_REQUESTED", "factoryRequested"],
    ["FACTORY_BUTTON", "factoryButton"],
  ]) {
    const word = numberOf(source, new RegExp(`#define ${here} (0x[0-9a-f]+)u`));
    assert.ok(word > 0, here);
    assert.equal(word, numberOf(words, new RegExp(`\\b${there} = (0x[0-9a-f]+)`)), here);
  }
  const buttons = Array.from(source.matchAll(/#define BUTTON (\d+)/g), ([, pin]) => Number(pin));
  assert.deepEqual(buttons, [10, 14]);
  assert.match(pins, /case ChipId\.esp32c3:\s+return \{ button: 10,/);
  assert.equal(pins.match(/button: 14,/g)?.length, 2);
  const register = /#define (?:LWS_WORD|WORD) (\w+)/;
  assert.equal(register.exec(source)?.[1], register.exec(readFileSync(join(FOLDER, "chip.c"), "utf8"))?.[1]);
  for (const chip of ["ESP32", "ESP32C3", "ESP32S3"]) {
    assert.equal(complaints(`#define CONFIG_IDF_TARGET_${chip} 1\n#line 1 "bootloader_start.c"\n${source}`, BITS), "");
  }
});

test("a chip has one name, in firmware and where it is flashed", () => {
  const pins = readFileSync(join(ROOT, "modules", "system", "pins.ts"), "utf8");
  const ids = Array.from(pins.matchAll(/^ {2}(esp32\w+) = (\d+),/gm), ([, name, id]) => ({ name, id: Number(id) }));
  assert.deepEqual(
    ids.map(({ name }) => name),
    ["esp32c3", "esp32s3"],
  );
  for (const { name, id } of ids)
    assert.match(pins, new RegExp(`case ChipId\\.${name}:\\s+return "${CHIPS[id].family}";`));
  assert.match(pins, new RegExp(`default:\\s+return "${CHIPS[0].family}";`));
});

test("a wrong argument, an unknown function and a forgotten variable are found", () => {
  const flash = readFileSync(join(FOLDER, "flash.c"), "utf8");
  assert.match(
    complaints(flash.replace("esp_partition_erase_range(partition,", "esp_partition_erase_range("), BITS),
    /too few arguments/,
  );
  assert.match(complaints(flash.replace("esp_partition_read(", "esp_partition_load("), BITS), /implicit declaration/);
  assert.match(complaints(flash.replace("char label[64];", "char label[64], other;"), BITS), /unused variable/);
});

test("the headers say what the manifest and the documented constants say", () => {
  const defines = JSON.parse(readFileSync(join(ROOT, "manifest.json"), "utf8")).defines.lws.heap;
  const text = readFileSync(join(HEADERS, "mc.defines.h"), "utf8");
  assert.match(text, new RegExp(`MODDEF_LWS_HEAP_JS ${defines.js}\\n`));
});
