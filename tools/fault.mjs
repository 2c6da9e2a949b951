// @ts-check
/** npm run fault [-- --cuts N] [--flow NAME]: cuts the power all over whatever writes to flash, and looks at what comes up then. */
import { parseArgs } from "node:util";
import { Complaint, main } from "./lib/run.mjs";
import { setUp } from "./lib/setup.mjs";

const HELP = `npm run fault [-- --cuts N] [--flow NAME [--at N]]

Counts the flash operations of every flow that writes to flash, then repeats it with the power cut in the middle of operation 1, 2, …: each
time the device has to come up with a working image and with the old settings or the new ones, and the flow has to end well when it is done
again. Ends with a line "N passed, 0 failed".

  --cuts N     N cuts in all, more in longer flows, evenly within each; without it the power is cut at every operation
  --flow NAME  only the flows whose name begins with NAME
  --at N       only the cut at operation N
`;

/** Failures that are shown whole. */
const SHOWN = 3;

/** @param {string} text @param {string} name */
function count(text, name) {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Complaint(`--${name} takes a number from 1`);
  return Number(text);
}

main(async () => {
  const { values } = parseArgs({
    options: {
      cuts: { type: "string" },
      flow: { type: "string", default: "" },
      at: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const cuts = values.cuts === undefined ? undefined : count(values.cuts, "cuts");
  const at = values.at === undefined ? undefined : count(values.at, "at");
  await setUp({ tests: true });
  const { FLOWS } = await import("../test/fault/flows/all.mjs");
  const { campaign, HEADING, tableLine, totals } = await import("../test/lib/cut-campaign.mjs");
  const flows = FLOWS.filter(({ name }) => name.startsWith(values.flow));
  if (flows.length === 0)
    throw new Complaint(`there is no flow ${values.flow}; there are ${FLOWS.map(({ name }) => name).join(", ")}`);
  const print = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
  print(HEADING);
  const rows = await campaign(flows, { cuts, at, onRow: (row) => print(tableLine(row)) });
  const { passed, failed, errors } = totals(rows);
  for (const { message } of errors.slice(0, SHOWN)) print(`\nFAILED ${message}`);
  for (const { message } of errors.slice(SHOWN)) print(`\nFAILED ${message.split("\n", 1)[0]}`);
  print(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
});
