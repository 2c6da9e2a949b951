// @ts-check
/**
 * A long text that nobody wrote: words made of syllables, the common ones often, in sentences, paragraphs and chapters. The same length
 * gives the same text, always.
 */

const ONSETS = [
  "b",
  "br",
  "d",
  "f",
  "g",
  "gl",
  "h",
  "k",
  "l",
  "m",
  "n",
  "p",
  "pr",
  "r",
  "s",
  "st",
  "t",
  "tr",
  "v",
  "w",
];
const VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou"];
const CODAS = ["", "", "", "l", "m", "n", "r", "s", "st", "nd"];
const VOCABULARY = 1200;
const WIDTH = 96;

/** Numbers from 0 up to and without 1, always the same ones (an LCG of Numerical Recipes). @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @template T @param {readonly T[]} list @param {() => number} next */
const pick = (list, next) => list[Math.floor(next() * list.length)];

/** @param {() => number} next */
function vocabulary(next) {
  /** @type {Set<string>} */
  const words = new Set();
  while (words.size < VOCABULARY) {
    // Common words are short.
    const syllables = 1 + Math.floor(next() * (1 + Math.min(words.size / 150, 2.5)));
    let word = "";
    for (let i = 0; i < syllables; i++) word += pick(ONSETS, next) + pick(VOWELS, next);
    words.add(word + pick(CODAS, next));
  }
  return [...words];
}

/** Lines no longer than {@link WIDTH}. @param {string} text */
function wrap(text) {
  return text.replace(new RegExp(`(.{1,${WIDTH}})(?: |$)`, "g"), "$1\n");
}

/**
 * An HTML page of at least `length` bytes, and less than a chapter more.
 * @param {number} length
 */
export function longPage(length) {
  const next = numbers(1);
  const words = vocabulary(next);
  const word = () => words[Math.floor(VOCABULARY * next() ** 3)];
  // People say much in the same few ways: most of a sentence comes out of a stock of phrases.
  const phrases = Array.from({ length: 600 }, () => Array.from({ length: 2 + Math.floor(next() * 5) }, word).join(" "));
  const phrase = () => (next() < 0.25 ? word() : phrases[Math.floor(phrases.length * next() ** 2)]);
  const sentence = () => {
    const text = Array.from({ length: 2 + Math.floor(next() * 4) }, phrase).join(next() < 0.2 ? ", " : " ");
    return `${text[0].toUpperCase()}${text.slice(1)}.`;
  };
  const paragraph = () => `<p>${Array.from({ length: 3 + Math.floor(next() * 5) }, sentence).join(" ")}</p>`;
  let page =
    '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>A long text</title>\n<h1>A long text</h1>\n';
  for (let chapter = 1; page.length < length; chapter++) {
    page += `<h2>${chapter}. ${sentence().slice(0, -1)}</h2>\n`;
    for (let i = 0; i < 40; i++) page += wrap(paragraph());
  }
  return `${page}</html>\n`;
}
