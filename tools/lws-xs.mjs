#!/usr/bin/env node
// @ts-check
/** The command `lws-xs`: images, publishing, flashing, policies. */
import { main } from "./lib/run.mjs";

/** @type {Record<string, () => Promise<{ run: (args: string[]) => Promise<number> }>>} */
const COMMANDS = {
  image: () => import("./commands/image.mjs"),
  publish: () => import("./commands/publish.mjs"),
  flash: () => import("./commands/flash.mjs"),
  policy: () => import("./commands/policy.mjs"),
};

const HELP = `lws-xs COMMAND

  image      makes images, signs them and looks into them
  publish    makes a folder for a web server: what units update themselves from, and a page that flashes chips
  flash      writes images and settings to a chip on a serial port
  policy     checks policies of Secure Streams, and makes of them what an image links

lws-xs COMMAND --help tells more.
`;

main(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return (await command()).run(args);
  process.stdout.write(HELP);
  return name === "--help" || name === "-h" ? 0 : 1;
});
