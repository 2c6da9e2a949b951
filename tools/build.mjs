// @ts-check
/** npm run build: compiles the firmware and packs its images into build/images. */
import { parseArgs } from "node:util";
import { buildImages, buildSome } from "./lib/images.mjs";
import { locked } from "./lib/lock.mjs";
import { installPackages } from "./lib/npm.mjs";
import { main, say } from "./lib/run.mjs";

const HELP = `npm run build -- [NAME …] [switches]

Compiles the firmware, packs all images into build/images and signs them, if anything has changed. With names (factory, ota, or one of
the folders in test/images), packs only those, each compiled from no more than what it imports.

  --key FILE         private key that signs, and whose public half units are to trust; if not given, that in the file which LWS_XS_KEY
                     names, or keys/development.pem, which the first build makes; a public key leaves them unsigned
  --next-key FILE    a second key that units are to trust: the one that will sign when the first has gone
  --minimum VERSION  units that have run these images well take nothing older than this
  --allow-unsigned   units take images that nobody has signed; for development only
`;

main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      key: { type: "string" },
      "next-key": { type: "string" },
      minimum: { type: "string" },
      "allow-unsigned": { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { key, "next-key": nextKey, minimum, "allow-unsigned": allowUnsigned } = values;
  const trust = { key, nextKey, minimum, allowUnsigned };
  await locked(async () => {
    await installPackages();
    if (positionals.length > 0) await buildSome(positionals, trust);
    else if (!(await buildImages(trust))) say("images are up to date");
  });
});
