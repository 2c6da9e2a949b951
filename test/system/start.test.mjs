// @ts-check
/** `npm start` as people and scripts use it. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { Device } from "../../tools/lib/device.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";

const run = promisify(execFile);
/** Milliseconds that a start may take when everything is built. */
const START = 3000;
/** Other tests run beside this one: so many starts may be slower than that. */
const SLOW_STARTS = 2;
const PATIENCE = 60_000;

/** @type {Started[]} */ const all = [];
after(() => Promise.all(all.map((started) => started.close())));

/** What `npm start` has started, with a folder and addresses of its own. */
class Started {
  output = "";
  /** Milliseconds until the address was told. */
  time = Number.NaN;
  /** @type {string} */ url = "";

  /** @param {number} portBase @param {string[]} [command] */
  constructor(portBase, [command, ...args] = ["npm", "start", "--"]) {
    // Never powered on: what it has prepared is used here.
    this.place = new Device({ flash: Buffer.alloc(0), portBase });
    const { folder, controlPath, apAddress, staAddress } = this.place;
    this.flashFile = join(folder, "new", "flash.bin");
    const files = ["--flash", this.flashFile, "--control", controlPath];
    const addresses = ["--ap-address", apAddress, "--sta-address", staAddress, "--port-base", String(portBase)];
    this.start = performance.now();
    // A process group of its own, as a terminal gives to each command.
    this.process = spawn(command, [...args, ...files, ...addresses], { cwd: ROOT, detached: true });
    this.ended = once(this.process, "close");
    all.push(this);
  }

  /** Resolves when the setup address has been told. @returns {Promise<this>} */
  ready() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no address:\n${this.output}`)), PATIENCE);
      const read = (/** @type {Buffer} */ data) => {
        this.output += data;
        const [, url] = /^ {2}Setup page: (\S+)\n/m.exec(this.output) ?? [];
        if (!url || this.url) return;
        this.time = performance.now() - this.start;
        this.url = url;
        clearTimeout(timer);
        resolve(this);
      };
      this.process.stdout.on("data", read);
      this.process.stderr.on("data", read);
      void this.ended.then(() => {
        clearTimeout(timer);
        reject(new Error(`npm start ended:\n${this.output}`));
      });
    });
  }

  /** Ctrl+C. Resolves with the exit code or signal. */
  async interrupt() {
    process.kill(-Number(this.process.pid), "SIGINT");
    const [code, signal] = await this.ended;
    return signal ?? code;
  }

  async close() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.interrupt();
    await this.place.close();
  }
}

test("npm start -- --help documents every switch", async () => {
  const { stdout } = await run("npm", ["start", "--", "--help"], { cwd: ROOT });
  const source = readFileSync(join(ROOT, "host", "main.c"), "utf8");
  const table = /struct option switches\[\] = \{(.*?)\n\};/s.exec(source)?.[1] ?? "";
  const names = Array.from(table.matchAll(/\{ "([a-z-]+)"/g), ([, name]) => name);
  assert.ok(names.length > 10, names.join(" "));
  for (const name of [...names, "image", "fresh", "build-only", "help"]) {
    // Its own line, with words that say what it does.
    assert.match(stdout, new RegExp(`^ +--${name}\\b.*? {2,}\\S.{8}`, "m"), name);
  }
});

test("a switch that there is not ends npm start with its name", async () => {
  const started = new Started(8000, ["npm", "start", "--", "--no-such-switch"]);
  await assert.rejects(started.ready(), /npm start ended:.*no-such-switch/s);
});

test("two devices side by side: each tells its address within 3 seconds, and curl gets the page there", async () => {
  const first = await new Started(8000).ready();
  const second = await new Started(9000).ready();
  assert.equal(first.url, `http://${first.place.apAddress}:8080/`);
  assert.equal(second.url, `http://${second.place.apAddress}:9080/`);
  let fastest = Math.min(first.time, second.time);
  for (let more = 0; fastest > START && more < SLOW_STARTS; more++)
    fastest = Math.min(fastest, (await new Started(8000).ready()).time);
  assert.ok(fastest <= START, `${Math.round(fastest)} ms`);
  for (const { url } of [first, second]) {
    const { stdout: page } = await run("curl", ["-sSLk", "--fail", url]);
    assert.match(page, /<html lang="en" data-page="setup">/);
    const secure = url.replace("http://", "https://").replace(/:(\d+)/, (_, port) => `:${Number(port) + 363}`);
    const packed = await run("curl", ["-sSki", "-H", "Accept-Encoding: gzip", secure], { encoding: "buffer" });
    const end = packed.stdout.indexOf("\r\n\r\n");
    assert.match(packed.stdout.toString("latin1", 0, end), /^Content-Encoding: gzip\r?$/im);
    assert.equal(gunzipSync(packed.stdout.subarray(end + 4)).toString(), page);
  }
});

test("Ctrl+C ends it, and the flash chip is there for the next time", async () => {
  const started = await new Started(8000, [process.execPath, "tools/start.mjs"]).ready();
  assert.equal(await started.interrupt(), 0, started.output);
  await assert.rejects(fetch(started.url));
  assert.ok(existsSync(started.flashFile));
});

test("Ctrl+C leaves nothing behind when npm stands between", async () => {
  const started = await new Started(8000).ready();
  await started.interrupt();
  assert.throws(() => process.kill(-Number(started.process.pid), 0), { code: "ESRCH" });
  assert.doesNotMatch(started.output, /npm (ERR|error)|Error:/);
  await assert.rejects(fetch(started.url));
});
