// @ts-check
/** JavaScript parts: what is in them, laid over the base, is the other image; nothing else is in them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MODULE, REMOVED, RESOURCE } from "../../tools/lib/archive.mjs";
import { APPLICATION, JAVASCRIPT, readImage, SETUP, writeImage } from "../../tools/lib/image.mjs";
import { makePart } from "../../tools/lib/javascript-part.mjs";
import { readTrailer, signImage, verifyTrailer } from "../../tools/lib/trailer.mjs";
import { newKey } from "../lib/release.mjs";

const { key, point } = newKey();

/** @typedef {import("../../tools/lib/archive.mjs").Entry} Entry */

/** @param {Entry[]} entries @param {Partial<import("../../tools/lib/image.mjs").ImageInfo>} [info] */
const image = (entries, info) =>
  signImage(writeImage({ app: "lamp", version: "1.0.0", kind: APPLICATION, ...info }, entries), { key });
/** @param {string} name @param {string} text @param {number} [kind] */
const entry = (name, text, kind = MODULE) => ({ kind, name, data: Buffer.from(text) });

test("a part holds what is new or changed, and the names of what is gone", () => {
  const base = image([entry("a", "1"), entry("b", "1"), entry("gone", "1"), entry("www/x", "1", RESOURCE)]);
  const next = image([entry("b", "2"), entry("a", "1"), entry("new", "3"), entry("www/x", "1", RESOURCE)], {
    version: "1.0.1",
    unixtime: 5,
    minimum: "1.0",
  });
  const part = makePart(base, next, { key });
  const { entries, kind, version, unixtime, minimum, app } = readImage(part);
  assert.deepEqual([kind, version, unixtime, minimum, app], [JAVASCRIPT, "1.0.1", 5, [1, 0, 0, 0], "lamp"]);
  assert.deepEqual(entries, [entry("b", "2"), entry("new", "3"), entry("gone", "", REMOVED)]);
  assert.deepEqual(readTrailer(part)?.base, readTrailer(base)?.digest);
  assert.equal(verifyTrailer(part, [point]), "");
});

test("every part over its base is the image that it was made from", () => {
  const contents = fc.uniqueArray(
    fc.record({ name: fc.constantFrom("a", "b", "c", "d", "e"), text: fc.constantFrom("", "1", "2") }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(contents, contents, (before, after) => {
      const [base, next] = [before, after].map((list) => image(list.map(({ name, text }) => entry(name, text))));
      /** @type {Map<string, string>} */
      const found = new Map(before.map(({ name, text }) => [name, text]));
      let part;
      try {
        part = makePart(base, next);
      } catch (error) {
        assert.match(String(error), /contain the same/);
      }
      for (const { kind, name, data } of part ? readImage(part).entries : []) {
        if (kind === REMOVED) found.delete(name);
        else found.set(name, data.toString());
      }
      assert.deepEqual([...found].sort(), after.map(({ name, text }) => [name, text]).sort());
    }),
    { numRuns: 200 },
  );
});

test("two images that a part can't join are refused with a reason", () => {
  const base = image([entry("a", "1")]);
  const other = [entry("a", "2")];
  for (const [below, above, sentence] of /** @type {[Buffer, Buffer, RegExp][]} */ ([
    [base, image([entry("a", "1")], { version: "2" }), /contain the same/],
    [base.subarray(0, -256), image(other), /the base has no trailer/],
    [image([], { kind: SETUP }), image(other), /two application images/],
    [base, image(other, { kind: SETUP }), /two application images/],
    [base, image(other, { app: "radio" }), /the base is of app lamp, the image of radio/],
    [base, image(other, { model: "big" }), /of model lws, the image of big/],
    [base, image(other, { version: "0.9" }), /older \(0\.9\) than the base \(1\.0\.0\)/],
    [base, image([entry("a", "x".repeat(0x5f000))]), /would have \d+ bytes, and 389120 is the most/],
  ])) {
    assert.throws(() => makePart(below, above, { key }), { message: sentence });
  }
});
