// @ts-check
/** npm run test:device and npm run seam: tests that come from outside, against a virtual device, an emulator, or a device that runs already. */
import { spawnSync } from "node:child_process";
import { findEmulator } from "./lib/esp32/emulator.mjs";
import { targetNamed } from "./lib/esp32/targets.mjs";
import { FLAG, parseOptions, TEXT } from "./lib/options.mjs";
import { ROOT } from "./lib/paths.mjs";
import { Complaint, main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

/** @type {Record<string, string[]>} */
const TESTS = {
  seam: ["test/seam/seam.test.mjs"],
  setup: ["test/device/setup.test.mjs"],
  application: ["test/device/application.test.mjs"],
  update: ["test/device/update.test.mjs"],
  stress: ["test/device/stress.test.mjs"],
  http: ["http", "http-syntax", "http-content"].map((name) => `test/system/${name}.test.mjs`),
  ws: ["ws", "ws-close"].map((name) => `test/system/${name}.test.mjs`),
  files: ["files", "ranges", "mounts"].map((name) => `test/system/${name}.test.mjs`),
  corpus: ["test/corpus.test.mjs", "test/ws-corpus.test.mjs"],
};
/** What is not run unless it is named: it wants images of its own, and thousands of connections. */
const LONG = ["http", "ws", "files", "corpus"];

const HELP = `npm run test:device -- [NAME …] [switches]

Runs tests that need no more of a device than its network: on virtual devices, if nothing else is said. Names, the first five if none is given:

  seam           what firmware relies on underneath (test/seam), whose log has to be test/seam/expected.txt
  setup          the setup image
  application    the application
  update         a new unit takes the application by upload, runs it, and goes back
  stress         the setup image under more connections than are comfortable
  http, ws       how both roles behave, with raw sockets and with other people's clients; the image is bench
  files          files and mounts; the image is files
  corpus         the cases of test/corpus, whole, byte by byte and in random cuts; the images are corpus and wscorpus

  --qemu         in QEMU, with what npm run build:esp32 -- --qemu has made of factory, ota and seam, or of those images
  --chip NAME    esp32 or esp32c3; if not given, esp32
  --address A    a device that runs at this address already, perhaps with what is added to its ports, as in 127.0.0.1:8000; setup, application or stress
  --log          shows the console of the seam
`;

/** @param {{ qemu?: boolean, chip?: string, address?: string }} values */
async function place({ qemu, chip, address }) {
  if (qemu && address) throw new Complaint("--qemu or --address, not both");
  if (address) return address;
  if (!qemu) {
    await setUp();
    return "";
  }
  const target = targetNamed(chip);
  findEmulator(target);
  return `qemu ${target.name}`;
}

main(async () => {
  const { values, positionals } = parseOptions(process.argv.slice(2), {
    ...{ qemu: FLAG, chip: TEXT, address: TEXT, log: FLAG },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(TESTS).filter((name) => !LONG.includes(name));
  const files = names.flatMap((name) => {
    if (Object.hasOwn(TESTS, name)) return TESTS[name];
    throw new Complaint(`there are no tests ${name}; there are ${Object.keys(TESTS).join(", ")}`);
  });
  const env = {
    ...process.env,
    LWS_XS_DEVICE: await place(values),
    ...(values.log && { LWS_XS_SEAM_LOG: "1" }),
  };
  const args = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  return spawnSync(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;
});
