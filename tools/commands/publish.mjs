// @ts-check
/** lws-xs publish. */
import { locked } from "../lib/lock.mjs";
import { installPackages } from "../lib/npm.mjs";
import { FLAG, parseOptions, TEXT, TEXTS } from "../lib/options.mjs";
import { publish } from "../lib/publish.mjs";
import { Complaint, say } from "../lib/run.mjs";

const HELP = `lws-xs publish --out FOLDER [switches]

Makes or renews a folder for a web server: images, a signed manifest that units look at, and a page for people. What is not named stays as
it was published; without --javascript a new application ends the JavaScript parts of the one before.

  --app FILE           application image
  --factory FILE       setup image
  --javascript FILE    JavaScript part; may be given several times, once for each image that they go over
  --bootloader FILE    boot loader of the chip: with it the page flashes blank chips
  --key FILE           private key that signs the manifest; if not given, that in the file which LWS_XS_KEY names, or
                       keys/development.pem
  --force              publish what is older than what is there, or what units in the field would not trust
`;

/** @param {string[]} args */
export async function run(args) {
  const { values, positionals } = parseOptions(args, {
    ...{ out: TEXT, app: TEXT, factory: TEXT, javascript: TEXTS, bootloader: TEXT, key: TEXT, force: FLAG },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length > 0) throw new Complaint(`what is ${positionals[0]}? see --help`);
  if (!values.out) throw new Complaint("--out is missing");
  await locked(installPackages);
  const { payload, removed } = publish({ ...values, out: values.out });
  const { app, factory, javascript = [] } = payload;
  for (const section of [app, factory, ...javascript]) if (section) say(`${section.file}: ${section.size} bytes`);
  for (const name of removed) say(`${name}: removed, two versions old`);
  return 0;
}
