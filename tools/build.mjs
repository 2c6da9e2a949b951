// @ts-check
/** npm run build: compiles the firmware and packs its images into build/images. */
import { parseArgs } from "node:util";
import { buildImages, buildSome } from "./lib/images.mjs";
import { locked } from "./lib/lock.mjs";
import { installPackages } from "./lib/npm.mjs";
import { main, say } from "./lib/run.mjs";

const HELP = `node tools/build.mjs [NAME …]

Compiles the firmware and packs all images into build/images, if anything has changed. With names (factory, ota, or one of the folders
in test/images), packs only those, each compiled from no more than what it imports.
`;

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  await locked(async () => {
    await installPackages();
    if (positionals.length > 0) await buildSome(positionals);
    else if (!(await buildImages())) say("images are up to date");
  });
});
