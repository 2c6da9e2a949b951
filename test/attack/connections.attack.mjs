// @ts-check
/** Connections that say little or nothing. The image is test/images/bench. */
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Attackers, atRest, fillPool, served, withstand } from "../lib/attack.mjs";
import { startBench } from "../lib/bench.mjs";

const HALF = "GET / HTTP/1.1\r\nHos";
const DURATION = 5000;

/** @type {Awaited<ReturnType<typeof startBench>>} */
let bench;
before(async () => {
  bench = await startBench();
  // Fills the pool of transactions, lets some wait for one, and makes what a full port needs.
  const first = new Attackers();
  for (let i = 0; i < 40; i++) first.open(bench.url, HALF);
  await served(bench.url, "/1k.txt");
  first.close();
  await fillPool(bench.url);
  await atRest(bench.device);
});
after(() => bench?.device.close());

const client = () => ({ url: bench.url, path: "/1k.txt" });

test("500 half-open headers, each of which comes back when it is closed", { timeout: 40_000 }, (t) =>
  withstand(bench.device, t, client(), async (attackers) => {
    for (let i = 0; i < 500; i++) attackers.insist(bench.url, HALF);
    await delay(DURATION);
    return `${attackers.lost} were closed in ${DURATION} ms`;
  }),
);

test("100 connections that say nothing, each of which comes back when it is closed", { timeout: 40_000 }, (t) =>
  withstand(bench.device, t, client(), async (attackers) => {
    for (let i = 0; i < 100; i++) attackers.insist(bench.url);
    await delay(DURATION);
    return `${attackers.lost} were closed in ${DURATION} ms`;
  }),
);
