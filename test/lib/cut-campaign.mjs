// @ts-check
/** Many cuts over many flows, on two devices at a time. */
import { CutMachine } from "./cuts.mjs";

/** @typedef {import("./cuts.mjs").Flow} Flow */
/** @typedef {import("./cuts.mjs").Outcome} Outcome */

/**
 * What came of a flow. seconds: of work, not of waiting for other flows.
 * @typedef {{ name: string, operations: number, outcomes: Outcome[], seconds: number }} Row
 */

/** @typedef {{ flow: Flow, row: Row, scene: import("./cuts.mjs").Scene, cuts: number[] }} Plan */

/** Devices are mostly busy, and no machine that this runs on has fewer cores. */
const WORKERS = 2;
/** Each flow gets as many, if it is that long, however few there are in all. */
const LEAST = 5;
/** By how many operations the length of a flow may vary. */
const VARIES = 6;

/**
 * Shares cuts out among flows in proportion to the roots of their lengths: what makes a flow long is one step over and over.
 * @param {number[]} lengths
 * @param {number} cuts in all
 * @returns {number[]} at least {@link LEAST} for each where there are enough, and never more than its length
 */
export function shares(lengths, cuts) {
  const roots = lengths.map(Math.sqrt);
  const sum = roots.reduce((a, b) => a + b, 0);
  const least = Math.max(1, Math.min(LEAST, Math.floor(cuts / lengths.length)));
  const given = lengths.map((length) => Math.min(length, least));
  // What is left goes, one by one, to who has got least of what is due.
  for (let left = cuts - given.reduce((a, b) => a + b, 0); left > 0; left--) {
    const due = lengths.map((length, i) => (given[i] < length ? (roots[i] * cuts) / sum - given[i] : -Infinity));
    const most = Math.max(...due);
    if (most === -Infinity) break;
    given[due.indexOf(most)]++;
  }
  return given;
}

/** So many numbers from 1 to `length`, evenly, both ends among them. @param {number} length @param {number} count */
export function evenly(length, count) {
  if (count <= 1) return count === 1 ? [length] : [];
  return Array.from({ length: count }, (_, i) => 1 + Math.round((i * (length - 1)) / (count - 1)));
}

/** @param {Outcome} outcome */
const isTooLate = ({ state, error }) => state === undefined && error === undefined;

/** Works through a list, {@link WORKERS} at a time. @template T @param {T[]} jobs @param {(job: T, worker: number) => Promise<void>} work */
async function together(jobs, work) {
  const queue = jobs.values();
  const worker = async (/** @type {number} */ id) => {
    for (const job of queue) await work(job, id);
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, id) => worker(id)));
}

/**
 * @param {Flow[]} flows
 * @param {{ cuts?: number | undefined, at?: number | undefined, onRow?: (row: Row) => void }} [options] cuts: how many in all; default: at every
 *   operation. at: the one cut of each flow
 * @returns {Promise<Row[]>}
 */
export async function campaign(flows, { cuts, at, onRow } = {}) {
  /** @type {Row[]} */ const rows = [];
  /** @type {Plan[]} */ const plans = [];
  /** @type {Map<string, CutMachine>} */ const machines = new Map();
  try {
    await together(flows, async (flow) => {
      const started = Date.now();
      /** @type {Row} */ const row = { name: flow.name, operations: 0, outcomes: [], seconds: 0 };
      rows.push(row);
      try {
        const scene = await flow.prepare();
        plans.push({ flow, row, scene, cuts: [] });
        const machine = new CutMachine(flow, scene);
        machines.set(`${flow.name} 0`, machine);
        row.operations = await machine.count();
      } catch (cause) {
        const error = new Error(`${flow.name}, without any cut: ${cause}`, { cause });
        row.outcomes.push({ n: 0, error });
        onRow?.(row);
      }
      row.seconds = (Date.now() - started) / 1000;
    });
    plans.sort((a, b) => flows.indexOf(a.flow) - flows.indexOf(b.flow));
    const lengths = plans.map(({ row }) => row.operations);
    const given = shares(lengths, cuts ?? lengths.reduce((a, b) => a + b, 0));
    plans.forEach((plan, i) => {
      if (lengths[i] > 0) plan.cuts = at === undefined ? evenly(lengths[i], given[i]) : [at];
    });
    const jobs = plans.flatMap((plan) => plan.cuts.map((n) => ({ plan, n })));
    await together(jobs, async ({ plan, n }, worker) => {
      const { flow, scene, row } = plan;
      const key = `${flow.name} ${worker}`;
      const machine = machines.get(key) ?? new CutMachine(flow, scene);
      machines.set(key, machine);
      const started = Date.now();
      let outcome = await machine.cut(n);
      // Lengths vary a little: what came when all was over is tried earlier.
      for (let early = n - 1; isTooLate(outcome) && at === undefined && early > 0 && early >= n - VARIES; early--)
        outcome = await machine.cut(early);
      row.outcomes.push(outcome);
      row.seconds += (Date.now() - started) / 1000;
      if (row.outcomes.length === plan.cuts.length) onRow?.(row);
    });
    return rows;
  } finally {
    for (const machine of machines.values()) await machine.close();
    for (const { scene } of plans) scene.close?.();
  }
}

const COLUMNS = ["operations", "cuts", "old", "between", "new", "failed", "seconds"];

/** The first line of the table. */
export const HEADING = line("", COLUMNS);

/** A line of the table. @param {Row} row */
export function tableLine({ name, operations, outcomes, seconds }) {
  const count = (/** @type {string} */ state) => outcomes.filter((outcome) => outcome.state === state).length;
  const { passed, failed } = totals([{ outcomes }]);
  const cells = [operations, passed + failed, count("old"), count("between"), count("new"), failed, seconds.toFixed(1)];
  return line(name, cells.map(String));
}

/** @param {string} name @param {string[]} cells */
function line(name, cells) {
  return `${name.padEnd(26)}${cells.map((cell, i) => cell.padStart(COLUMNS[i].length + 2)).join("")}`;
}

/** A cut that came when the flow was over counts for nothing. @param {{ outcomes: Outcome[] }[]} rows */
export function totals(rows) {
  const all = rows.flatMap(({ outcomes }) => outcomes);
  const errors = all.flatMap(({ error }) => error ?? []);
  return { passed: all.filter(({ state }) => state !== undefined).length, failed: errors.length, errors };
}
