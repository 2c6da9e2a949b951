// @ts-check
/** What is wrong with a policy, place by place. */

/** @typedef {import("./json.mjs").Place} Place */
/** @typedef {{ line: number, column: number, path: string, text: string, isWarning: boolean }} Problem */

export class Report {
  /** @type {Problem[]} */
  problems = [];

  /** @param {Place} place @param {string} text */
  error({ line, column, path }, text) {
    this.problems.push({ line, column, path, text, isWarning: false });
  }

  /** @param {Place} place @param {string} text */
  warn({ line, column, path }, text) {
    this.problems.push({ line, column, path, text, isWarning: true });
  }

  get hasErrors() {
    return this.problems.some(({ isWarning }) => !isWarning);
  }
}

/** One line, as compilers have them. @param {Problem} problem @param {string} file */
export function lineOf({ line, column, path, text, isWarning }, file) {
  return `${file}:${line}:${column}: ${isWarning ? "warning: " : ""}${path === "" ? "" : `${path}: `}${text}`;
}

/** How many characters are to be changed, added or left out to make `b` of `a`. @param {string} a @param {string} b */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

/** ` (do you mean "…"?)`, or nothing, where no name is near. @param {string} name @param {Iterable<string>} known */
export function hint(name, known) {
  let best = "";
  let least = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const each of known) {
    const far = distance(name.toLowerCase(), each.toLowerCase());
    if (far >= least) continue;
    least = far;
    best = each;
  }
  return best === "" ? "" : ` (do you mean "${best}"?)`;
}
