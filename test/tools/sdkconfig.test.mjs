// @ts-check
/** The options of ESP-IDF say the same as the virtual device: about flash, sockets, the watchdog and TLS. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FLASH_SIZE, projectPartitions, TABLE_OFFSET } from "../../tools/lib/partitions.mjs";
import { PARTITIONS, ROOT } from "../../tools/lib/paths.mjs";
import { readChipManifest } from "../lib/chip-manifest.mjs";

const { build } = readChipManifest(join(ROOT, "manifest.json"));
const FILE = join(build["SDKCONFIGPATH"], "sdkconfig.defaults");
const TEXT = readFileSync(FILE, "utf8");
const HEADER = readFileSync(join(ROOT, "host", "tls", "mbedtls-config.h"), "utf8");

/** What ESP-IDF has no option for: it is always so there, or is the place's own affair. */
const FIXED = new Set(
  [
    "PLATFORM_C PLATFORM_MEMORY PLATFORM_CALLOC_MACRO PLATFORM_FREE_MACRO PLATFORM_TIME_MACRO PLATFORM_MS_TIME_ALT HAVE_ASM",
    "PSA_CRYPTO_EXTERNAL_RNG PSA_CRYPTO_C USE_PSA_CRYPTO PSA_KEY_SLOT_COUNT PSA_ASSUME_EXCLUSIVE_BUFFERS BLOCK_CIPHER_NO_DECRYPT",
    "POLY1305_C CIPHER_C HKDF_C MPI_MAX_SIZE OID_C SSL_TLS_C SSL_EXTENDED_MASTER_SECRET SSL_SESSION_TICKETS",
  ].flatMap((line) => line.split(" ")),
);
/** Options that have another name. */
const RENAMED = /** @type {Record<string, string>} */ ({
  SSL_CLI_C: "TLS_SERVER_AND_CLIENT",
  SSL_SRV_C: "TLS_SERVER_AND_CLIENT",
  SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED: "SSL_TLS1_3_KEXM_EPHEMERAL",
  SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED: "SSL_TLS1_3_KEXM_PSK_EPHEMERAL",
  KEY_EXCHANGE_ECDHE_ECDSA_ENABLED: "KEY_EXCHANGE_ECDHE_ECDSA",
  KEY_EXCHANGE_ECDHE_RSA_ENABLED: "KEY_EXCHANGE_ECDHE_RSA",
  SSL_TICKET_C: "SERVER_SSL_SESSION_TICKETS",
});
/** What only a chip needs an option for: the virtual device has its own SHA-1, one option for tickets of both sides, and no multiplier with a limit. */
const CHIP_ONLY = new Set(["SHA1_C", "CLIENT_SSL_SESSION_TICKETS", "ASYMMETRIC_CONTENT_LEN", "LARGE_KEY_SOFTWARE_MPI"]);

/** @param {string} text @returns {Map<string, string>} */
function options(text) {
  return new Map(Array.from(text.matchAll(/^CONFIG_(\w+)=(.*)$/gm), (match) => [match[1], match[2]]));
}

/**
 * Where the options of Mbed TLS differ from the virtual device's configuration.
 * @param {string} sdkconfig
 * @param {string} header
 */
function differences(sdkconfig, header) {
  const chip = options(sdkconfig);
  const found = [];
  const known = new Set(CHIP_ONLY);
  for (const [, name, value = "y"] of header.matchAll(/^#define MBEDTLS_(\w+)(?: (\w+))?$/gm)) {
    if (FIXED.has(name)) continue;
    const option = RENAMED[name] ?? name;
    known.add(option);
    const given = chip.get(`MBEDTLS_${option}`);
    if (given !== value) found.push(`${name} is ${value} on the virtual device, ${given ?? "not set"} on chips`);
  }
  for (const [option, value] of chip) {
    const name = option.replace(/^MBEDTLS_/, "");
    if (name !== option && value !== "n" && !known.has(name)) found.push(`${name} is ${value} on chips alone`);
  }
  return found;
}

/** @param {string} file @param {string} name */
function constant(file, name) {
  return Number(new RegExp(`#define ${name} (\\d+)`).exec(readFileSync(join(ROOT, file), "utf8"))?.[1]);
}

test("each option stands on its own line, once, behind a comment", () => {
  let commented = false;
  const seen = new Set();
  for (const line of TEXT.split("\n")) {
    if (line === "") commented = false;
    else if (line.startsWith("# ")) commented = !line.startsWith("# ---");
    else {
      assert.match(line, /^CONFIG_[A-Z0-9_]+=(?:y|n|\d+|0x[\da-f]+)$/);
      assert.ok(commented, `${line} has no comment`);
      assert.ok(!seen.has(line.split("=")[0]), `${line} stands there twice`);
      seen.add(line.split("=")[0]);
    }
  }
  assert.ok(seen.size > 80);
});

test("flash and boot loader: the project's table, images checked, new ones on probation", () => {
  const chip = options(TEXT);
  assert.equal(build["PARTITIONS_FILE"], PARTITIONS);
  assert.ok(existsSync(PARTITIONS));
  assert.deepEqual(
    projectPartitions().map(({ label }) => label),
    ["nvs", "otadata", "phy_init", "factory", "ota_0"],
  );
  assert.equal(chip.get(`ESPTOOLPY_FLASHSIZE_${FLASH_SIZE / 2 ** 20}MB`), "y");
  assert.equal(Number(chip.get("PARTITION_TABLE_OFFSET")), TABLE_OFFSET);
  assert.equal(chip.get("PARTITION_TABLE_CUSTOM"), "y");
  assert.equal(chip.get("PARTITION_TABLE_MD5"), "y");
  assert.equal(chip.get("BOOTLOADER_SKIP_VALIDATE_ALWAYS"), "n");
  assert.equal(chip.get("BOOTLOADER_APP_ROLLBACK_ENABLE"), "y");
});

test("no option asks for a partition that the table lacks", () => {
  const chip = options(TEXT);
  const has = (/** @type {string} */ label) => projectPartitions().some((each) => each.label === label);
  assert.equal(chip.get("ESP_COREDUMP_ENABLE_TO_NONE") === "y", !has("coredump"));
  assert.notEqual(chip.get("NVS_ENCRYPTION"), "y");
});

test("sockets and watchdog are those of the virtual device", () => {
  const chip = options(TEXT);
  const sockets = "host/natives/sockets.h";
  assert.equal(Number(chip.get("LWIP_MAX_ACTIVE_TCP")), constant(sockets, "SOCKETS_MAX"));
  assert.equal(Number(chip.get("LWIP_TCP_WND_DEFAULT")), constant(sockets, "SOCKETS_WINDOW"));
  assert.equal(Number(chip.get("LWIP_TCP_SND_BUF_DEFAULT")), constant(sockets, "SOCKETS_WINDOW"));
  assert.equal(Number(chip.get("LWIP_TCP_MSS")), constant(sockets, "SOCKETS_MSS"));
  assert.equal(chip.get("LWIP_TCPIP_CORE_LOCKING"), "y");
  assert.equal(chip.get("LWIP_TCP_RTO_TIME"), "1500");
  assert.equal(chip.get("ESP_TASK_WDT_EN"), "y");
  assert.equal(chip.get("ESP_TASK_WDT_PANIC"), "y");
  assert.equal(Number(chip.get("ESP_TASK_WDT_TIMEOUT_S")), constant("host/engine/meter.c", "TURN_SECONDS"));
});

test("what connections hold unread is none of the radio's few buffers, on every chip", () => {
  assert.equal(options(TEXT).get("LWIP_L2_TO_L3_COPY"), "y");
});

test("TLS is that of the virtual device", () => {
  assert.deepEqual(differences(TEXT, HEADER), []);
});

test("RSA keys may be as large on every chip as on the virtual device", () => {
  assert.equal(options(TEXT).get("MBEDTLS_LARGE_KEY_SOFTWARE_MPI"), "y");
});

test("a difference in TLS is found, on either side", () => {
  const less = TEXT.replace("CONFIG_MBEDTLS_CHACHAPOLY_C=y", "CONFIG_MBEDTLS_CHACHAPOLY_C=n").replace("=8704", "=4096");
  assert.deepEqual(differences(less, HEADER), [
    "CHACHAPOLY_C is y on the virtual device, n on chips",
    "SSL_OUT_CONTENT_LEN is 8704 on the virtual device, 4096 on chips",
  ]);
  assert.deepEqual(differences(`${TEXT}CONFIG_MBEDTLS_DES_C=y\n`, HEADER), ["DES_C is y on chips alone"]);
  assert.deepEqual(differences(TEXT, `${HEADER}#define MBEDTLS_CCM_C\n`), [
    "CCM_C is y on the virtual device, n on chips",
  ]);
});

test("keys: the virtual device has 64 slots, and no option takes the growing store of chips away", () => {
  assert.equal(constant("host/tls/mbedtls-config.h", "MBEDTLS_PSA_KEY_SLOT_COUNT"), 64);
  assert.doesNotMatch(`${TEXT}${build["C_FLAGS"] ?? ""}`, /^CONFIG_.*KEY_S(?:LOT|TORE)|-[DU]MBEDTLS_PSA_KEY/m);
});
