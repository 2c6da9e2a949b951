// @ts-check
/** The emulator's command, with a program in QEMU's place that tells what it was given. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { buildForChip } from "../../tools/lib/esp32/build.mjs";
import { emulatedFiles } from "../../tools/lib/esp32/built.mjs";
import { Emulator, findEmulator, flashImage } from "../../tools/lib/esp32/emulator.mjs";
import { targetNamed } from "../../tools/lib/esp32/targets.mjs";
import { findToolchain } from "../../tools/lib/esp32/toolchain.mjs";
import { watch } from "../../tools/lib/esp32/watch.mjs";
import { planFlash } from "../../tools/lib/flash-plan.mjs";
import { APPLICATION, SETUP, verifyImage } from "../../tools/lib/image.mjs";
import { readOtadata } from "../../tools/lib/otadata.mjs";
import { readTable } from "../../tools/lib/partitions.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { FakeSdk } from "../lib/fake-sdk.mjs";

const sdk = new FakeSdk();
after(() => sdk.remove());
const esp32 = targetNamed();
const qemu = join(sdk.bin, "qemu-system-xtensa");

/** Lists machines; told to run, prints its arguments, and goes on until it is ended. */
const program = (/** @type {string} */ machines) => `#!${process.execPath}
const args = process.argv.slice(2);
if (args[1] === "help") {
  console.log("Supported machines are:\\n${machines}");
} else if (args.includes("-broken")) {
  console.error("first line\\nqemu: Could not set up host forwarding rule");
  process.exitCode = 1;
} else {
  console.log("args " + JSON.stringify(args));
  console.log("rst:0x1 (POWERON_RESET)\\nI (5) boot: ready");
  if (args.at(-1).startsWith("say ")) console.log(args.at(-1).slice(4));
  process.on("SIGTERM", () => process.exit(0));
  setInterval(() => {}, 1000);
}
`;

before(async () => {
  sdk.program("qemu-system-xtensa", program("esp32                Espressif ESP32 machine"));
  const plans = [
    { name: "factory", folder: join(ROOT, "factory"), app: "lws-setup", kind: SETUP, slot: "factory" },
    { name: "ota", folder: join(ROOT, "ota"), app: "lws-demos", kind: APPLICATION, slot: "ota_0" },
  ];
  const prepared = { from: { version: "1.0", unixtime: 0, minimum: "0" }, plans };
  const toolchain = findToolchain(esp32, sdk.env());
  for (const plan of plans) await buildForChip(toolchain, plan, { target: esp32, prepared, out: sdk.out, print() {} });
});

/** @param {string} image */
const flashOf = (image) => flashImage(planFlash(emulatedFiles(esp32, image, { qemu: false, out: sdk.out })));

test("the flash is what a programmer would leave", () => {
  const setup = flashOf("factory");
  assert.equal(setup.length, 0x400000);
  assert.equal(verifyImage(setup.subarray(0x1000), 0).problem, "");
  assert.equal(readTable(setup.subarray(0x8000, 0x9000)).length, 5);
  assert.equal(verifyImage(setup.subarray(0x20000), 0).problem, "");
  assert.equal(readOtadata(setup.subarray(0xf000, 0x11000)), 0);
  assert.ok(setup.subarray(0x1f0000).every((byte) => byte === 0xff));
  const application = flashOf("ota");
  assert.equal(verifyImage(application.subarray(0x1f0000), 0).problem, "");
  assert.equal(readOtadata(application.subarray(0xf000, 0x11000)), 1);
});

test("ports are led to loopback alone, and the serial line comes as lines", async () => {
  const flash = join(sdk.folder, "flash.bin");
  writeFileSync(flash, flashOf("factory"));
  const forwards = /** @type {const} */ ([
    { protocol: "tcp", port: 80 },
    { protocol: "udp", port: 53 },
  ]);
  const emulator = new Emulator({ target: esp32, program: qemu, flash, portBase: 9000, forwards: [...forwards] });
  const [, text] = await emulator.waitForLine(/^args (.*)/);
  const args = JSON.parse(text);
  const nic = args[args.indexOf("-nic") + 1];
  assert.equal(nic, "user,model=open_eth,hostfwd=tcp:127.0.0.1:9080-:80,hostfwd=udp:127.0.0.1:9053-:53");
  assert.ok(args.includes(`file=${flash},if=mtd,format=raw`));
  assert.equal(readFileSync(`${flash}.efuse`).length, 124);
  assert.equal(emulator.url(443, "https"), "https://127.0.0.1:9443");
  await emulator.waitForLine(/boot: ready/);
  await assert.rejects(emulator.waitForLine(/never/, { timeout: 20 }), /within 20 ms:\n.*args[\s\S]*boot: ready/);
  const ended = assert.rejects(emulator.waitForLine(/never/), /before QEMU ended/);
  await emulator.close();
  await ended;
  assert.equal(emulator.exit, 0);
});

test("a suite of tests ends the emulator, with a code", async () => {
  const flash = join(sdk.folder, "tests.bin");
  writeFileSync(flash, flashOf("factory"));
  const run = async (/** @type {string} */ line, tests = true) => {
    const more = [`say ${line}`];
    const emulator = new Emulator({ target: esp32, program: qemu, flash, portBase: 9000, forwards: [], more });
    /** @type {string[]} */
    const shown = [];
    if (!tests) emulator.waitForLine(/^N .*failed/).then(() => process.emit("SIGINT"));
    const code = await watch(emulator, { tests, print: (text) => shown.push(text) });
    assert.ok(shown.includes(line));
    return code;
  };
  assert.equal(await run("N (9) app: unit: 245 passed, 0 failed"), 0);
  assert.equal(await run("N (9) app: unit: 244 passed, 1 failed"), 1);
  assert.equal(await run("rst:0xc (SW_CPU_RESET),boot:0x12"), 1);
  assert.equal(await run("N (9) app: unit: 1 passed, 7 failed", false), 0);
});

test("what is no emulator of the chip is told, with what installs it", () => {
  const none = join(sdk.folder, "none");
  assert.throws(
    () => findEmulator(esp32, none),
    /none can't be run; that of Espressif is needed: .*install qemu-xtensa/,
  );
  writeFileSync(none, program("lx60 Tensilica"));
  chmodSync(none, 0o755);
  assert.throws(() => findEmulator(esp32, none), /none has no machine esp32; that of Espressif is needed/);
  assert.throws(() => findEmulator(targetNamed("esp32s3")), /^Error: there is no emulator of the esp32s3$/);
  assert.equal(findEmulator(esp32, qemu), qemu);
});

/** @param {string[]} args @param {string} [path] */
const command = (args, path = sdk.bin) => ({
  args: ["tools/qemu.mjs", ...args],
  options: { cwd: ROOT, env: { PATH: path } },
});

test("the command ends with one sentence and code 1", () => {
  for (const [words, path, sentence] of /** @type {[string[], string, RegExp][]} */ ([
    [[], "/nowhere", /qemu-system-xtensa is not on PATH; that of Espressif is needed: .*/],
    [["--chip", "esp32c3"], sdk.bin, /qemu-system-riscv32 is not on PATH; .*/],
    [["--forward", "70000"], sdk.bin, /--forward 70000: it is a port, perhaps behind tcp: or udp:/],
    [["--port-base", "x"], sdk.bin, /--port-base x: that is no number/],
    [
      ["--image", "other"],
      sdk.bin,
      /there is no build\/esp32\/esp32-qemu\/other\/.*: npm run build:esp32 -- --qemu --image other .*/,
    ],
  ])) {
    const { args, options } = command(words, path);
    const { status, stderr } = spawnSync(process.execPath, args, { ...options, encoding: "utf8" });
    assert.equal(status, 1, words.join(" "));
    assert.match(stderr, new RegExp(`^lws-xs: error: ${sentence.source}\n$`));
  }
});

test("tests of a device that can't be run are told, too", () => {
  for (const [words, sentence] of /** @type {[string[], RegExp][]} */ ([
    [["sea"], /there are no tests sea; there are seam, setup, application, update, stress, http, ws, files, corpus/],
    [["--qemu", "--address", "a"], /--qemu or --address, not both/],
    [["--qemu", "--chip", "esp32c3"], /qemu-system-riscv32 is not on PATH; .*/],
  ])) {
    const args = ["tools/test-device.mjs", ...words];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      env: { PATH: sdk.bin },
      encoding: "utf8",
    });
    assert.equal(status, 1, words.join(" "));
    assert.match(stderr, new RegExp(`^lws-xs: error: ${sentence.source}\n$`));
  }
});

test("an emulator that does not begin", async () => {
  const flash = join(sdk.folder, "other.bin");
  writeFileSync(flash, flashOf("factory"));
  const broken = new Emulator({ target: esp32, program: qemu, flash, portBase: 9000, forwards: [], more: ["-broken"] });
  await once(broken, "off");
  assert.deepEqual([broken.exit, broken.complaint], [1, "qemu: Could not set up host forwarding rule"]);
  await assert.rejects(broken.waitForLine(/x/), /before QEMU ended: qemu: Could not/);
  await broken.close();
  const other = new Emulator({ target: esp32, program: qemu, flash, portBase: 9000, forwards: [], more: ["-broken"] });
  await assert.rejects(watch(other), { message: "QEMU ended (1): qemu: Could not set up host forwarding rule" });
});
