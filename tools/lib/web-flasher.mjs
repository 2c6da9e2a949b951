// @ts-check
/** The page in a published folder: what there is to download, and ESP Web Tools, which flashes chips from the browser. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHIPS } from "./chips.mjs";
import { readInput } from "./options.mjs";
import { writeOtadata } from "./otadata.mjs";
import { partition, projectPartitions, TABLE_OFFSET, writeTable } from "./partitions.mjs";
import { ROOT } from "./paths.mjs";
import { Complaint } from "./run.mjs";

const PACKAGE = join(ROOT, "node_modules", "esp-web-tools");
const BOOTLOADER = "bootloader.bin";
const TABLE = "partitions.bin";
const OTADATA = "otadata.bin";

/** @typedef {import("./publish.mjs").Payload} Payload */

/**
 * Files of the page by name, in the order in which they are to be written.
 * @param {{ payload: Payload, bootloader?: string }} options
 * @returns {Map<string, Buffer>}
 */
export function flasherFiles({ payload, bootloader }) {
  const { app, factory } = payload;
  const chip = CHIPS[(factory ?? app)?.chip ?? -1];
  if (bootloader && !chip) throw new Complaint("--bootloader is for images of a chip that ESP Web Tools can flash");
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  let script = "";
  if (chip && bootloader && factory) {
    const partitions = projectPartitions();
    const at = (/** @type {string} */ label) => partition(partitions, label).offset;
    files.set(BOOTLOADER, readInput(bootloader));
    files.set(TABLE, writeTable(partitions));
    files.set(OTADATA, writeOtadata(app ? 1 : 0));
    const tools = webTools();
    for (const [name, bytes] of tools.files) files.set(`${tools.folder}/${name}`, bytes);
    script = `${tools.folder}/install-button.js`;
    const parts = [
      { path: BOOTLOADER, offset: chip.bootloader },
      { path: TABLE, offset: TABLE_OFFSET },
      { path: OTADATA, offset: at("otadata") },
      { path: factory.file, offset: at("factory") },
      ...(app ? [{ path: app.file, offset: at("ota_0") }] : []),
    ];
    const { app: name, version } = app ?? factory;
    const builds = [{ chipFamily: chip.family, parts }];
    files.set("flasher.json", json({ name, version, new_install_prompt_erase: true, builds }));
  }
  files.set("index.html", Buffer.from(page(payload, script)));
  return files;
}

/** @param {object} value */
const json = (value) => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);

/** ESP Web Tools as they are published for browsers, with their licence. */
function webTools() {
  const web = join(PACKAGE, "dist", "web");
  if (!existsSync(web)) throw new Complaint("esp-web-tools is not installed: run npm ci");
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  const files = readdirSync(web).map((name) => /** @type {const} */ ([name, readFileSync(join(web, name))]));
  files.push(["LICENSE", readFileSync(join(PACKAGE, "LICENSE"))]);
  return { folder: `esp-web-tools-${version}`, files };
}

/** @param {string | number} text */
const escaped = (text) => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** @param {import("./release.mjs").Section} section @param {string} what */
function row(section, what) {
  const { app, version, date, size, file, sha256 } = section;
  return `<tr><td>${what}<td>${escaped(app)}<td>${escaped(version)}<td>${escaped(date)}
<td><a href="${escaped(file)}" download>${Math.ceil(size / 1024)} kB</a><td><code title="${sha256}">${sha256.slice(0, 16)}…</code>\n`;
}

/** @param {Payload} payload @param {string} script of ESP Web Tools, or "" where there is nothing to flash */
function page(payload, script) {
  const { app, factory, javascript = [], model } = payload;
  const rows = [
    app ? row(app, "application") : "",
    factory ? row(factory, "setup") : "",
    ...javascript.map((part) => row(part, "JavaScript part")),
  ].join("");
  const title = `${escaped((app ?? factory)?.app ?? model)} for ${escaped(model)}`;
  const button = `<esp-web-install-button manifest="flasher.json">
<button slot="activate">Connect and install</button>
<p slot="unsupported">This browser has no Web Serial: take Chrome, Edge or Opera on a computer.</p>
<p slot="not-allowed">Browsers reach the serial port from pages that come by https, or from this computer itself.</p>
</esp-web-install-button>
<p>Connect the unit by USB, then install. Afterwards the page can put it on a network, or join its own: <b>config-${escaped(model)}-…</b></p>`;
  const nothing = `<p>Units that are set up to look here update themselves. To flash a chip from this page it has to be published with
a boot loader and a setup image for it.</p>`;
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
.table { overflow-x: auto }
table { border-collapse: collapse; white-space: nowrap }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; border-bottom: 1px solid #8886 }
button { font: inherit; padding: .6rem 1.2rem; border: 0; border-radius: .4rem; background: #0b63c5; color: #fff; cursor: pointer }
</style>
<main>
<h1>${title}</h1>
${script ? button : nothing}
<h2>Images</h2>
<div class="table" tabindex="0" role="region" aria-label="Images">
<table>
<thead><tr><th>What<th>Name<th>Version<th>Made<th>File<th>SHA-256</thead>
<tbody>
${rows}</tbody>
</table>
</div>
</main>
${script ? `<script type="module" src="${escaped(script)}"></script>\n` : ""}</html>
`;
}
