// @ts-check
/** Running commands and telling about it. */
import { spawn, spawnSync } from "node:child_process";
import { ROOT } from "./paths.mjs";

/** An error for the person at the keyboard: its message is all that is shown. */
export class Complaint extends Error {}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`lws-xs: ${line}\n`);
}

/** Milliseconds after which a long step says that it is still at it. */
const HEARTBEAT = 10_000;

/**
 * Announces a piece of work, does it, and says how long it takes.
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const start = Date.now();
  const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
  say(`${what} …`);
  const heartbeat = setInterval(() => say(`${what} … ${seconds()} s`), HEARTBEAT);
  try {
    const result = await work();
    say(`${what}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * Runs a command. Its output is kept, and shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options] quiet: a failure shows no output either
 * @returns {Promise<string>} standard output
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
      all += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      all += text;
    });
    child.on("error", (error) => reject(new Complaint(`can't run ${command}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) {
        resolve(out);
        return;
      }
      if (!options.quiet) process.stderr.write(all);
      reject(new Complaint(`${command} ${args.join(" ")} failed (${signal ?? `exit code ${code}`})`));
    });
  });
}

/**
 * True when the command can be run and succeeds.
 * @param {string} command
 * @param {string[]} args
 */
export function succeeds(command, args) {
  return spawnSync(command, args, { cwd: ROOT, stdio: "ignore" }).status === 0;
}

/**
 * Standard output of a short command, trimmed; undefined when it fails.
 * @param {string} command
 * @param {string[]} args
 */
export function output(command, args) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/**
 * Runs the body of a command line tool: a {@link Complaint} ends it with one line, any other error with its stack.
 * @param {() => Promise<number | void>} body
 */
export function main(body) {
  body().then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error) => {
      say(error instanceof Complaint ? `error: ${error.message}` : (error?.stack ?? String(error)));
      process.exitCode = 1;
    },
  );
}
