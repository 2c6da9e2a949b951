// @ts-check
/** What the runners of all corpora have in common. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

/**
 * Plays every case in every mode: a suite for each file, a test for each case.
 * @template {{ title: string, line: number }} Case
 * @param {string} kind of corpus
 * @param {[name: string, cases: Case[]][]} corpus
 * @param {readonly (readonly [mode: string, port: number])[]} modes
 * @param {(it: Case, port: number) => Promise<void>} play
 */
export function runCorpus(kind, corpus, modes, play) {
  for (const [name, cases] of corpus) {
    describe(`corpus: ${kind}/${name}`, { concurrency: 3 }, () => {
      for (const it of cases) {
        test(it.title, async () => {
          for (const [mode, port] of modes) {
            await play(it, port).catch((error) => {
              error.message = `${mode}, line ${it.line}: ${error.message}`;
              throw error;
            });
          }
        });
      }
    });
  }
}

/**
 * Checks that there are enough cases, that each cites its rule, and that titles are unique within a file.
 * @param {[name: string, cases: { title: string, prose: string }[]][]} corpus
 * @param {number} least
 */
export function checkCorpus(corpus, least) {
  const all = corpus.flatMap(([, cases]) => cases);
  assert.equal(all.length >= least, true, `${all.length} cases`);
  for (const { title, prose } of all) assert.match(prose, /RFC \d{4} §\d/, title);
  for (const [name, cases] of corpus) {
    assert.equal(new Set(cases.map(({ title }) => title)).size, cases.length, name);
  }
}
