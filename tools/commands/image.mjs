// @ts-check
/** lws-xs image: `npm run build` packs and signs the images of the project; this looks into them and makes others by hand. */
import { Complaint } from "../lib/run.mjs";
import { extract, info, verify } from "./image-read.mjs";
import { flash, js, keygen, pack, sign } from "./image-write.mjs";

const HELP = `lws-xs image COMMAND

  info FILE [--json]      what an image and its trailer say of it, and what it contains
  verify FILE [--key FILE …] [--chip N]
                          checks it as a device does that is about to install it; exit code 1 and the reason if it would refuse
  extract FILE NAME [--out FILE]
                          the contents of one module or resource, to standard output if no file is given
  keygen --out FILE [--public FILE]
                          makes a key that signs, and tells its id; keep the file where nobody else can read it
  sign FILE [--out FILE] [--key FILE]
                          puts a signed trailer behind an image, in place of one that is there; without --out in the file itself
  pack --out FILE [--kind setup|application] [--app NAME] [--version TEXT] [--minimum VERSION] [--model NAME] [--builder NAME]
       [--unixtime N] [--chip N] [--module SPECIFIER=FILE …] [--resource PATH=FILE …] [--key FILE | --unsigned]
                          packs JavaScript and files as they are
  js --base FILE --image FILE --out FILE [--key FILE | --unsigned]
                          makes a JavaScript part: what of --image is not in --base, to be laid over it
  flash --out FILE [--factory FILE] [--ota_0 FILE]
                          a whole flash chip: partition table, images, otadata that selects ota_0 if there is one

--key is a file with a private key in PEM; for verify a public one will do. If it is not given: the file that LWS_XS_KEY names, or
keys/development.pem. --chip is 0x5658, the virtual device, if it is not given; 0 is the ESP32.
`;

/** @type {Record<string, (args: string[]) => number>} */
const COMMANDS = { info, verify, extract, keygen, sign, pack, js, flash };

/** @param {string[]} args */
export async function run([name = "", ...args]) {
  if (name === "" || name === "--help" || name === "-h" || args.includes("--help") || args.includes("-h")) {
    process.stdout.write(HELP);
    return name === "" ? 1 : 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) throw new Complaint(`unknown command image ${name}; see --help`);
  return COMMANDS[name](args);
}
