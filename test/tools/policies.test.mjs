// @ts-check
/** Policies that images link: what was made of each is what its source says now. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../tools/lib/paths.mjs";
import { checkPolicy } from "../../tools/lib/policy/check.mjs";
import { moduleOf, resourcesOf } from "../../tools/lib/policy/emit.mjs";
import { filesBelow } from "../../tools/lib/stamp.mjs";

const PLACES = ["factory", "ota", "examples", "test/images"].map((folder) => join(ROOT, folder));
const SOURCES = filesBelow(PLACES, (file) => basename(file) === "policy.json");

for (const source of SOURCES) {
  test(`${relative(ROOT, source)} and what was made of it`, () => {
    const folder = join(source, "..");
    const policy = checkPolicy(readFileSync(source, "utf8"), source);
    assert.equal(policy.report.hasErrors, false, "there are errors");
    const hint = `npx lws-xs policy compile ${relative(ROOT, source)} --out ${relative(ROOT, folder)}`;
    assert.equal(readFileSync(join(folder, "policy.ts"), "utf8"), moduleOf(policy, "policy.json"), hint);
    const ders = join(folder, "policy");
    const found = existsSync(ders) ? readdirSync(ders).filter((name) => name.endsWith(".der")) : [];
    const resources = resourcesOf(policy);
    assert.deepEqual(found.sort(), [...resources.keys()].sort(), hint);
    for (const [name, der] of resources) assert.ok(readFileSync(join(ders, name)).equals(der), `${name}: ${hint}`);
  });
}
