// @ts-check
/** The JavaScript part of an application on a device: what it replaces, adds and removes, and how it goes when it does not hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MODULE, PRELOADED, REMOVED, RESOURCE } from "../../tools/lib/archive.mjs";
import { assembleFlash } from "../../tools/lib/flash.mjs";
import { readImage } from "../../tools/lib/image.mjs";
import { withDevice } from "../lib/chip.mjs";
import { fetch } from "../lib/fetch.mjs";
import { areaOffset, install, partOver, wordsOf } from "../lib/overlay.mjs";
import { image } from "../lib/upload.mjs";

const echo = image("echo");
const base = readImage(echo);

/** Text of one of the application's modules. @param {string} name */
function moduleText(name) {
  const entry = base.entries.find((each) => each.name === name);
  if (!entry) throw new Error(`no module ${name}`);
  return entry.data.toString("utf8");
}

/** The application's own module, with more at its front. @param {string} more */
const app = (more) => ({ kind: MODULE, name: "app", data: Buffer.from(more + moduleText("app")) });

/** @param {string} name @param {string} text */
const page = (name, text) => ({ kind: RESOURCE, name: `www/${name}`, data: Buffer.from(text) });

/** @param {string} name @returns {import("../../tools/lib/archive.mjs").Entry} */
const removed = (name) => ({ kind: REMOVED, name, data: Buffer.alloc(0) });

/** A chip with the application and parts. @param {Partial<Record<"A" | "B", [sequence: number, part: Buffer]>>} parts */
function chipWith(parts) {
  const flash = assembleFlash({ factory: image("factory"), ota_0: echo });
  for (const [area, [sequence, part]] of Object.entries(parts))
    install(flash, /** @type {"A" | "B"} */ (area), sequence, part);
  return flash;
}

const STOPS = 'import { Chip as C } from "lws/platform/chip"; C.restart();\n';

test("a part replaces, adds and removes modules and resources", async () => {
  const part = partOver(echo, [
    app(
      'import { greeting } from "greeting"; import { Chip as C } from "lws/platform/chip"; C.log(`N part: ${greeting}`);\n',
    ),
    {
      kind: MODULE,
      name: "greeting",
      data: Buffer.from(
        'import Resource from "Resource"; import { Boot } from "lws/platform/flash"; import { Echo } from "plugins/lws-echo";\n' +
          'const has = (name) => Resource.exists("www/" + name);\n' +
          "export const greeting = `${Boot.overlay} ${Boot.pending} ${has('index.html')} ${has('index.html.gz')} ${has('new.txt')} ${Echo.protocol}`;\n",
      ),
    },
    // Replaces a preloaded module; nothing in the application has this one's words.
    {
      kind: PRELOADED,
      name: "plugins/lws-echo",
      data: Buffer.from(
        moduleText("plugins/lws-echo").replace(/static protocol = "[^"]*"/, 'static protocol = "part-echo"'),
      ),
    },
    page("index.html", "<p>of the part"),
    page("new.txt", "new"),
    removed("www/index.html.gz"),
    removed("lws/core/absent"),
  ]);
  await withDevice({ flash: chipWith({ A: [1, part] }) }, async (device) => {
    await device.powerOn();
    await device.waitForLine(/boot: JavaScript part 1 at offset 0x340000/);
    await device.waitForLine(new RegExp(`part: ${areaOffset("A")} true true false true part-echo$`));
    await device.waitForAddress("access point");
    const answer = await fetch(device.apUrl());
    assert.deepEqual([answer.headers.get("content-encoding"), await answer.text()], [null, "<p>of the part"]);
    assert.equal(await (await fetch(`${device.apUrl()}/new.txt`)).text(), "new");
    assert.match(wordsOf(device.partition("ota_0"), "A"), /^pending/);
  });
});

test("what a part removes is not found in the application", async () => {
  const part = partOver(echo, [removed("www/index.html"), removed("www/index.html.gz")]);
  await withDevice({ flash: chipWith({ B: [1, part] }) }, async (device) => {
    await device.powerOn();
    await device.waitForAddress("access point");
    assert.equal((await fetch(device.apUrl())).status, 404);
  });
  // An application that lost a module that it imports can't run: the next boot does without the part.
  const broken = partOver(echo, [removed("app")]);
  await withDevice({ flash: chipWith({ B: [1, broken] }) }, async (device) => {
    await device.powerOn();
    await device.waitForLine(/imports "app", which the image does not hold/);
    await device.waitForLine(/the JavaScript part at 0x3a0000 has not proved itself: rolling back/);
    await device.waitForLine(/access point .* is at/);
    assert.equal((await fetch(device.apUrl())).status, 200);
  });
});

test("a part that does not hold gives way to the one before, and that to the bare application", async () => {
  const older = partOver(echo, [page("index.html", "<p>older"), removed("www/index.html.gz"), app(STOPS)]);
  const newer = partOver(echo, [page("index.html", "<p>newer"), app(STOPS)]);
  await withDevice({ flash: chipWith({ A: [7, newer], B: [6, older] }) }, async (device) => {
    await device.powerOn();
    await device.waitForLine(/the JavaScript part at 0x3a0000 has not proved itself/);
    const said = device.lines.flatMap((line) => /JavaScript part(?: \d+)? at (?:offset )?0x\w+/.exec(line) ?? []);
    assert.deepEqual(said, [
      "JavaScript part 7 at offset 0x340000",
      "JavaScript part at 0x340000",
      "JavaScript part 6 at offset 0x3a0000",
      "JavaScript part at 0x3a0000",
    ]);
    await device.waitForLine(/access point .* is at/);
    assert.match(await (await fetch(device.apUrl())).text(), /echo/i);
    const slot = device.partition("ota_0");
    assert.deepEqual([wordsOf(slot, "A"), wordsOf(slot, "B")], ["pending aborted", "pending aborted"]);
    const { running, reset } = await device.control("status");
    assert.deepEqual([running, reset], ["ota_0", "restart"]);
  });
});
