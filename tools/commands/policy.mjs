// @ts-check
/** lws-xs policy: checks policies of Secure Streams, and makes of them what an image links. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseOptions, readInput, TEXT } from "../lib/options.mjs";
import { checkPolicy } from "../lib/policy/check.mjs";
import { moduleOf, resourcesOf } from "../lib/policy/emit.mjs";
import { pack, TEXT_LIMIT } from "../lib/policy/pack.mjs";
import { lineOf } from "../lib/policy/report.mjs";
import { rulesModule } from "../lib/policy/rules.mjs";
import { policySchema } from "../lib/policy/schema.mjs";
import { Complaint, say } from "../lib/run.mjs";

const HELP = `lws-xs policy COMMAND

  check FILE …            what is wrong in each, by line and column; exit code 1 if there are errors
  compile FILE --out FOLDER
                          FOLDER/policy.ts, a module that an image imports, and the certificates as FOLDER/policy/NAME.der, which its
                          manifest names under "data" as "policy/*"
  pack FILE --out FILE    the policy as devices fetch it: without blanks, certificates in it
  schema                  the JSON schema, on standard output
  rules                   the same as a module for firmware that reads policies itself, on standard output

Certificates are base64, PEM, or { "file": NAME } beside the policy.
`;

/** @param {string} file @returns {{ policy: import("../lib/policy/check.mjs").Policy, text: string }} with what is wrong on standard error */
function read(file) {
  const bytes = readInput(file);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Complaint(`${file} is not UTF-8`);
  }
  const policy = checkPolicy(text, resolve(file));
  for (const problem of policy.report.problems) process.stderr.write(`${lineOf(problem, file)}\n`);
  return { policy, text };
}

/** @param {string} file @param {string} out */
function packTo(file, out) {
  const { policy, text } = read(file);
  if (policy.report.hasErrors) return 1;
  const packed = pack(policy, text);
  const size = Buffer.byteLength(packed);
  writeFileSync(out, packed);
  say(`${out}: ${policy.s.size} stream types, ${size} bytes`);
  if (size > TEXT_LIMIT) say(`devices take ${TEXT_LIMIT} bytes, unless their image says otherwise`);
  return 0;
}

/** @param {string} file @param {string} folder */
function compile(file, folder) {
  const { policy } = read(file);
  if (policy.report.hasErrors) return 1;
  const certificates = join(folder, "policy");
  mkdirSync(certificates, { recursive: true });
  const resources = resourcesOf(policy);
  // A certificate that has left the policy must not stay in the image.
  for (const name of readdirSync(certificates)) {
    if (name.endsWith(".der") && !resources.has(name)) rmSync(join(certificates, name));
  }
  for (const [name, der] of resources) writeFileSync(join(certificates, name), der);
  writeFileSync(join(folder, "policy.ts"), moduleOf(policy, basename(file)));
  say(`${join(folder, "policy.ts")}: ${policy.s.size} stream types, ${resources.size} certificates and keys`);
  return 0;
}

/** @param {string[]} args @returns {Promise<number>} exit code */
export async function run(args) {
  const { values, positionals } = parseOptions(args, { out: { ...TEXT, short: "o" } });
  const [command, ...files] = positionals;
  if (values.help || !command) {
    process.stdout.write(HELP);
    return values.help ? 0 : 1;
  }
  switch (command) {
    case "check":
      if (files.length === 0) throw new Complaint("which file? see --help");
      return files.map((file) => read(file).policy.report.hasErrors).includes(true) ? 1 : 0;
    case "compile":
      if (files.length !== 1) throw new Complaint("which file? see --help");
      if (!values.out) throw new Complaint("--out is missing");
      return compile(files[0], values.out);
    case "pack":
      if (files.length !== 1) throw new Complaint("which file? see --help");
      if (!values.out) throw new Complaint("--out is missing");
      return packTo(files[0], values.out);
    case "schema":
      process.stdout.write(`${JSON.stringify(policySchema(), undefined, 2)}\n`);
      return 0;
    case "rules":
      process.stdout.write(rulesModule());
      return 0;
    default:
      throw new Complaint(`unknown command ${command}; see --help`);
  }
}
