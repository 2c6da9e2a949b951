// @ts-check
/** One builder at a time in `build/`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BUILD } from "./paths.mjs";
import { say } from "./run.mjs";

const FILE = join(BUILD, ".lock");

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

function tryLock() {
  try {
    writeFileSync(FILE, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
  try {
    const owner = Number(readFileSync(FILE, "utf8"));
    if (owner > 0 && !isAlive(owner)) rmSync(FILE, { force: true });
  } catch {
    // The owner has just let go of it.
  }
  return false;
}

/**
 * Runs `work` while no other process of this kind does.
 * @template T
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function locked(work) {
  mkdirSync(BUILD, { recursive: true });
  for (let waited = 0; !tryLock(); waited++) {
    if (waited === 5) say("waiting for another build …");
    await delay(100);
  }
  const release = () => rmSync(FILE, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}
