// @ts-check
/** Published folders: a manifest that others can verify, files that are what it says, and nothing that units would not take. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { flattenedVerify, importSPKI } from "jose";
import { RESOURCE } from "../../tools/lib/archive.mjs";
import { ESP32_CHIP, SETUP, writeImage } from "../../tools/lib/image.mjs";
import { makePart } from "../../tools/lib/javascript-part.mjs";
import { keyId, publicKeyIn } from "../../tools/lib/keys.mjs";
import { readTable } from "../../tools/lib/partitions.mjs";
import { publish } from "../../tools/lib/publish.mjs";
import { readTrailer, signImage } from "../../tools/lib/trailer.mjs";
import { newKey, release, workshop } from "../lib/release.mjs";

const { folder, file } = workshop("publish");
after(() => rmSync(folder, { recursive: true }));

const ours = newKey();
const next = newKey();
const foreign = newKey();
const key = file(ours.pem, "pem");
const nextKey = file(next.pem, "pem");
const out = join(folder, "www");
const setup = { app: "lamp-setup", kind: SETUP };
/** @param {number} fill */
const text = (fill) => [{ kind: RESOURCE, name: "text", data: Buffer.alloc(1000, fill) }];

/** @param {string} version @param {import("../lib/release.mjs").Key[]} [keys] @param {number} [fill] */
const lamp = (version, keys = [ours], fill = 1) => file(release(keys, { version }, text(fill)));
/** @param {Partial<import("../../tools/lib/publish.mjs").PublishOptions>} options */
const put = (options) => publish({ out, key, ...options });
const bins = () =>
  readdirSync(out)
    .filter((name) => name.endsWith(".bin"))
    .sort();

beforeEach(() => rmSync(out, { recursive: true, force: true }));

test("the manifest is a JWS that others verify, and tells the truth about each file", async () => {
  const app = release([ours], { version: "1.2.3-4-gabc", minimum: "1.1" }, text(1));
  const part = makePart(app, release([ours], { version: "1.2.4" }, text(2)), { key: ours.key });
  put({ app: file(app), factory: file(release([ours], setup)), javascript: [file(part)] });
  const jws = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
  const pem = publicKeyIn(key).export({ type: "spki", format: "pem" }).toString();
  const { payload, protectedHeader } = await flattenedVerify(jws, await importSPKI(pem, "ES256"));
  assert.deepEqual(protectedHeader, { alg: "ES256", kid: keyId(ours.point).toString("hex") });
  assert.deepEqual(Object.keys(jws), ["payload", "protected", "signature"]);
  const { unixtime, ...manifest } = JSON.parse(Buffer.from(payload).toString());
  assert.ok(Math.abs(unixtime - Date.now() / 1000) < 10);
  const made = { date: "Sep 21 2026 14:13:20", unixtime: 1_790_000_000, chip: 0x5658 };
  const said = (/** @type {string} */ name) => {
    const bytes = readFileSync(join(out, name));
    return { ...made, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex"), file: name };
  };
  const base = readTrailer(app)?.digest.toString("hex") ?? "";
  assert.deepEqual(manifest, {
    schema: "lws2",
    model: "lws",
    app: { app: "lamp", version: "1.2.3-4-gabc", minimum: "1.1.0.0", ...said("lamp-1.2.3-4-gabc.bin") },
    factory: { app: "lamp-setup", version: "1.0.0", minimum: "0.0.0.0", ...said("lamp-setup-1.0.0.bin") },
    javascript: [
      { app: "lamp", version: "1.2.4", minimum: "0.0.0.0", ...said(`lamp-1.2.4-js-${base.slice(0, 8)}.bin`), base },
    ],
  });
  await assert.rejects(flattenedVerify({ ...jws, payload: `${jws.payload}A` }, await importSPKI(pem, "ES256")));
});

test("what is not named stays published; parts end with their application", () => {
  const app = release([ours], { version: "1.0.0" }, text(1));
  const part = file(makePart(app, release([ours], { version: "1.0.1" }, text(2)), { key: ours.key }));
  put({ app: file(app), factory: file(release([ours], setup)), javascript: [part] });
  const { payload } = put({ factory: file(release([ours], { ...setup, version: "1.1.0" })) });
  assert.deepEqual([payload.app?.version, payload.factory?.version, payload.javascript?.length], ["1.0.0", "1.1.0", 1]);
  assert.deepEqual(put({ app: lamp("1.1.0") }).payload.javascript, []);
});

test("files of the manifest before stay, older ones go, others are left alone", () => {
  put({ app: lamp("1.0.0") });
  writeFileSync(join(out, "notes.bin"), "not an image");
  const second = lamp("1.1.0");
  put({ app: second });
  put({ app: second });
  assert.deepEqual(bins(), ["lamp-1.0.0.bin", "lamp-1.1.0.bin", "notes.bin"]);
  assert.deepEqual(put({ app: lamp("1.2.0") }).removed, ["lamp-1.0.0.bin"]);
  assert.deepEqual(bins(), ["lamp-1.1.0.bin", "lamp-1.2.0.bin", "notes.bin"]);
  assert.deepEqual(
    readdirSync(out).filter((name) => name.endsWith(".new")),
    [],
  );
});

test("nothing older is published, unless it is forced", () => {
  put({ app: lamp("1.10.0") });
  assert.throws(() => put({ app: lamp("1.9.0") }), /1\.9\.0 is older than 1\.10\.0, which is published$/);
  assert.throws(() => put({ app: lamp("1.10.0", [ours], 2) }), /another 1\.10\.0 is published/);
  assert.equal(put({ app: lamp("1.9.0"), force: true }).payload.app?.version, "1.9.0");
  writeFileSync(join(out, "manifest.json"), "{}");
  assert.throws(() => put({ app: lamp("2.0.0") }), /is no update manifest/);
  put({ app: lamp("2.0.0"), force: true });
});

test("what units would not take is not published", () => {
  const part = makePart(release([ours], {}, text(1)), release([ours], {}, text(2)), { key: ours.key });
  const unsigned = signImage(release([ours]));
  const open = release([ours], {}, [{ kind: RESOURCE, name: "update/unsigned", data: Buffer.from("yes") }]);
  const trustless = signImage(writeImage({ app: "lamp", version: "1", kind: 2 }, []), { key: ours.key });
  for (const [options, sentence] of /** @type {[object, RegExp][]} */ ([
    [{}, /nothing to publish/],
    [{ app: file(unsigned) }, /not signed/],
    [{ app: file(unsigned.subarray(0, -256)) }, /no trailer/],
    [{ app: file(open) }, /development image/],
    [{ app: file(trustless) }, /trusts no keys/],
    [{ app: lamp("1.0.0", [foreign]) }, /does not trust the key [0-9a-f]{16}/],
    [{ app: file(release([ours], setup)) }, /not of the kind that --app takes/],
    [{ factory: lamp("1.0.0") }, /not of the kind that --factory takes/],
    [{ app: file(part) }, /not of the kind that --app takes/],
    [{ app: file("hello") }, /too short/],
    [{ app: join(folder, "absent") }, /there is no file/],
    [{ app: lamp("1.0.0"), factory: file(release([ours], { ...setup, model: "other" })) }, /for the model other/],
    [{ app: file(release([ours], { version: "1/2" })) }, /"1\/2" can't be part of a file's name/],
    [{ app: lamp("1.0.0"), javascript: [file(part), file(part)] }, /two images would be called/],
    [{ app: lamp("1.0.0"), bootloader: file("x") }, /--bootloader is for images of a chip/],
    [{ app: lamp("1.0.0"), key: join(folder, "absent.pem") }, /there is no key file/],
  ])) {
    assert.throws(() => put(options), { message: sentence });
    assert.equal(existsSync(out), false, String(sentence));
  }
});

test("a key is followed by another only through a version that trusts both", () => {
  put({ app: lamp("1.0.0") });
  const second = lamp("2.0.0", [next]);
  assert.throws(() => put({ app: second, key: nextKey }), /don't trust the key [0-9a-f]{16}; publish a version first/);
  put({ app: lamp("1.1.0", [ours, next]) });
  put({ app: second, key: nextKey });
  assert.equal(put({ app: lamp("2.1.0", [next]), key: nextKey }).payload.app?.version, "2.1.0");
});

test("a manifest that units would not read to its end is refused", () => {
  const parts = Array.from({ length: 15 }, (_, i) =>
    file(makePart(release([ours], {}, text(i)), release([ours], { version: "2" }, text(99)), { key: ours.key })),
  );
  assert.throws(() => put({ javascript: parts }), /would have \d+ bytes, and units read 4096/);
});

test("with a boot loader the page flashes blank chips", () => {
  const chip = { chip: ESP32_CHIP };
  const bootloader = file(Buffer.alloc(5000, 1));
  put({ app: file(release([ours], chip)), factory: file(release([ours], { ...setup, ...chip })), bootloader });
  const { builds, ...about } = JSON.parse(readFileSync(join(out, "flasher.json"), "utf8"));
  assert.deepEqual(about, { name: "lamp", version: "1.0.0", new_install_prompt_erase: true });
  assert.deepEqual(builds, [
    {
      chipFamily: "ESP32",
      parts: [
        { path: "bootloader.bin", offset: 4096 },
        { path: "partitions.bin", offset: 32768 },
        { path: "otadata.bin", offset: 0xf000 },
        { path: "lamp-setup-1.0.0.bin", offset: 0x20000 },
        { path: "lamp-1.0.0.bin", offset: 0x1f0000 },
      ],
    },
  ]);
  for (const { path } of builds[0].parts) assert.ok(existsSync(join(out, path)), path);
  assert.equal(readTable(readFileSync(join(out, "partitions.bin"))).length, 5);
  const page = readFileSync(join(out, "index.html"), "utf8");
  const [, script = ""] = /<script type="module" src="(.*?)">/.exec(page) ?? [];
  assert.ok(existsSync(join(out, script)));
});
