// @ts-check
/** The command lws-xs as people call it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { run as image } from "../../tools/commands/image.mjs";
import { run as publish } from "../../tools/commands/publish.mjs";
import { imageFile } from "../../tools/lib/images.mjs";
import { ROOT } from "../../tools/lib/paths.mjs";
import { Complaint } from "../../tools/lib/run.mjs";
import { newKey, workshop } from "../lib/release.mjs";

const { folder, file } = workshop("command");
after(() => rmSync(folder, { recursive: true }));
const at = (/** @type {string} */ name) => join(folder, name);
const key = file(newKey().pem, "pem");
const execute = promisify(execFile);

/** Standard output of the command. @param {string[]} args */
async function lws(...args) {
  const env = { ...process.env, LWS_XS_KEY: key };
  return (await execute(process.execPath, ["tools/lws-xs.mjs", ...args], { cwd: ROOT, env })).stdout;
}

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const COMMANDS = { image, publish };

/** The same without a process of its own, which takes long. @param {RegExp} sentence @param {string[]} args */
async function refused(sentence, ...[name, ...args]) {
  await assert.rejects(COMMANDS[name](args), (error) => {
    assert.ok(error instanceof Complaint);
    assert.match(error.message, sentence);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

test("a key, an image, its trailer and what is in it", async () => {
  const [, id = ""] =
    /key ([0-9a-f]{16})\n$/.exec(
      await lws("image", "keygen", "--out", at("release.pem"), "--public", at("release.pub")),
    ) ?? [];
  assert.equal(statSync(at("release.pem")).mode & 0o777, 0o600);
  const text = file("export default 1;\n", "js");
  const about = ["--app", "lamp", "--version", "1.2.3-4-gab", "--minimum", "1.1", "--model", "m", "--unixtime", "7"];
  await lws("image", "pack", "--out", at("a.bin"), ...about, "--module", `main=${text}`, "--resource", `www/a=${text}`);
  await assert.rejects(lws("image", "verify", at("a.bin"), "--key", at("release.pem")), (/** @type {any} */ error) => {
    assert.equal(error.code, 1);
    assert.match(error.stderr, /^lws-xs: error: \S+a\.bin: the image is signed by another key: [0-9a-f]{16}\n$/);
    return true;
  });
  await lws("image", "sign", at("a.bin"), "--key", at("release.pem"));
  assert.match(
    await lws("image", "verify", at("a.bin"), "--key", key, "--key", at("release.pub")),
    new RegExp(`valid, version 1.2.3-4-gab, signed by ${id}, ${statSync(at("a.bin")).size} bytes\n$`),
  );
  const { contents, ...said } = JSON.parse(await lws("image", "info", at("a.bin"), "--json"));
  assert.deepEqual(
    [said.app, said.kind, said.numbers, said.minimum, said.model, said.unixtime, said.signedBy],
    ["lamp", 2, "1.2.3.4", "1.1.0.0", "m", 7, id],
  );
  assert.deepEqual(contents, [
    { kind: "module", name: "main", bytes: 18 },
    { kind: "resource", name: "www/a", bytes: 18 },
  ]);
  assert.equal(await lws("image", "extract", at("a.bin"), "main"), "export default 1;\n");
});

test("a built image becomes a part, a flash chip and a folder", async () => {
  const [echo, bench] = ["echo", "bench"].map(imageFile);
  await refused(
    /the base is of app echo, the image of bench/,
    "image",
    "js",
    "--base",
    echo,
    "--image",
    bench,
    "--out",
    at("x"),
  );
  await lws("image", "flash", "--factory", imageFile("factory"), "--ota_0", echo, "--out", at("flash.bin"));
  const slot = readFileSync(at("flash.bin")).subarray(0x1f0000);
  assert.deepEqual(slot.subarray(0, statSync(echo).size), readFileSync(echo));
  await refused(/does not trust the key/, "publish", "--out", at("www"), "--app", echo, "--key", at("release.pem"));
  assert.equal(existsSync(at("www")), false);
});

test("what is wrong is said in one sentence", async () => {
  await Promise.all([
    refused(/there is no file nowhere/, "image", "info", "nowhere"),
    refused(/magic/, "image", "info", "package-lock.json"),
    refused(/which file/, "image", "verify"),
    refused(/unknown command image paint/, "image", "paint"),
    refused(/exists already/, "image", "keygen", "--out", key),
    refused(/"main" is not NAME=FILE/, "image", "pack", "--out", at("y"), "--module", "main"),
    refused(/longer than 15 bytes/, "image", "pack", "--out", at("y"), "--model", "m".repeat(16)),
    refused(/above 65535/, "image", "pack", "--out", at("y"), "--version", "1.70000"),
    refused(/--chip zwei: that is no number/, "image", "pack", "--out", at("y"), "--chip", "zwei"),
    refused(/can't write/, "image", "pack", "--out", at("no/such/folder")),
    refused(/--out is missing/, "publish"),
    refused(/unknown option '--gpg'/, "publish", "--gpg"),
  ]);
});
