// @ts-check
/** npm run build:esp32: images for a chip, linked by the Moddable SDK. */
import { buildForChip, checkManifest, imageFolder } from "./lib/esp32/build.mjs";
import { targetNamed } from "./lib/esp32/targets.mjs";
import { findToolchain } from "./lib/esp32/toolchain.mjs";
import { prepareForChip } from "./lib/images.mjs";
import { locked } from "./lib/lock.mjs";
import { installPackages } from "./lib/npm.mjs";
import { FLAG, parseOptions, TEXT, TEXTS } from "./lib/options.mjs";
import { shown } from "./lib/paths.mjs";
import { Complaint, main, say } from "./lib/run.mjs";

const HELP = `npm run build:esp32 -- [switches]

Builds images for a chip with the Moddable SDK 8.2 and ESP-IDF 6.0, which MODDABLE and IDF_PATH name, into build/esp32/CHIP/IMAGE, and
tells how much of its slot each takes. docs/flashing.md says how to install both.

  --image NAME       factory, ota, or one of test/images that has a manifest; may be given several times; if not given, factory and ota
  --chip NAME        esp32, esp32c3 or esp32s3; if not given, esp32
  --qemu             for the emulator: with its Ethernet instead of Wi-Fi, into build/esp32/CHIP-qemu/IMAGE
  --key FILE, --next-key FILE, --minimum VERSION, --allow-unsigned
                     as for npm run build
`;

main(async () => {
  const { values, positionals } = parseOptions(process.argv.slice(2), {
    ...{ image: TEXTS, chip: TEXT, qemu: FLAG, key: TEXT, "next-key": TEXT, minimum: TEXT, "allow-unsigned": FLAG },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals.length > 0) throw new Complaint(`what is ${positionals[0]}? see --help`);
  const { image = ["factory", "ota"], chip, qemu, key, "next-key": nextKey, minimum } = values;
  const target = targetNamed(chip);
  const toolchain = findToolchain(target);
  await locked(async () => {
    await installPackages();
    const prepared = await prepareForChip(image, { key, nextKey, minimum, allowUnsigned: values["allow-unsigned"] });
    for (const plan of prepared.plans) checkManifest(plan);
    for (const plan of prepared.plans) await buildForChip(toolchain, plan, { target, qemu, prepared });
  });
  say(`all of it is in ${shown(imageFolder(target, qemu))}`);
});
