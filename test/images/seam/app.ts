/**
 * A test image: the suite of the seam. It runs in five lives, with a restart and then failures between them, and tells its log on the console;
 * `test/seam` has the other side and what the log has to be.
 */
import KeyValue from "embedded:storage/key-value";
import type { Context } from "lws/core/context";
import { Chip } from "lws/platform/chip";
import { Boot } from "lws/platform/flash";
import { addChipCases } from "seam/chip-cases";
import { addFlashCases } from "seam/flash-cases";
import { addFlowCases } from "seam/flow-cases";
import { Peer } from "seam/peer";
import { addStorageCases } from "seam/storage-cases";
import { Suite, say } from "seam/suite";
import { addTcpCases } from "seam/tcp-cases";
import { addTimerCases } from "seam/timer-cases";
import { addUdpCases } from "seam/udp-cases";
import Timer from "timer";
import WiFi from "wifi";

const SPACE = "seam";
/** A network without a passphrase: the name that an emulator's cable goes by. */
const NETWORK = "qemu";
const WORD = 0x12345678;

function life(): number {
  const store = KeyValue.open({ path: SPACE, format: "uint8", mode: "r+" });
  const present = store.read("life") ?? 0;
  store.write("life", present + 1);
  store.close();
  return present;
}

/** The first life: everything, and a restart that was asked for. */
async function first(): Promise<void> {
  const suite = new Suite();
  const peer = new Peer();
  addChipCases(suite);
  addTimerCases(suite);
  addStorageCases(suite);
  addFlashCases(suite);
  addTcpCases(suite, peer);
  addFlowCases(suite, peer);
  addUdpCases(suite, peer);
  WiFi.mode = 1;
  WiFi.connect({ ssid: NETWORK });
  await peer.meet();
  await suite.run();
  Chip.rtc = WORD;
  Chip.restart();
}

/** The second one: what is left of the first, and a failure. */
function second(): void {
  const store = KeyValue.open({ path: "seam-keys", format: "uint8", mode: "r" });
  say(`kept: ${[...store].sort()} ${store.read("one")}`);
  store.close();
  Timer.set(() => {
    say(`by now ${Boot.pending} "${Boot.state("ota_0")}"`);
    throw new Error("nobody catches this");
  }, 20);
}

/** The others: a callback that is no function is taken, and fails when its time has come. */
function last(callback: unknown): void {
  const timer = Timer.set(callback as () => void, 20);
  Timer.schedule(timer, 40);
  say("taken");
}

export default function start(_context: Context): void {
  const present = life();
  say(`=== life ${present}: ${Chip.resetReason}`);
  say(`${Boot.running} ${Boot.pending} "${Boot.state("ota_0")}", the word ${Chip.rtc}`);
  if (present === 0) first();
  else if (present === 1) second();
  else if (present === 2) last({});
  else if (present === 3) last(undefined);
  else say("=== end");
}
