// @ts-check
/** `node examples/peer.mjs`: the other end of the examples, by itself, until Ctrl-C. `npm start -- --example NAME` starts it along. */
import { parseArgs } from "node:util";
import { Peer, PORTS } from "./peer/peer.mjs";

const { values } = parseArgs({ options: { address: { type: "string", default: "127.0.0.1" } } });
const peer = await Peer.start({ address: values.address, onLine: (line) => process.stdout.write(`peer: ${line}\n`) });
const places = Object.entries(PORTS).map(([name, port]) => `${name} ${port}`);
process.stdout.write(
  `peer: at ${values.address}: ${places.join(", ")}\npeer: a virtual device finds it by ${peer.switches.join(" ")}\n`,
);
