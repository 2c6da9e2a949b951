/** Chip: identity, entropy, figures, the word that survives a restart. */
import { Chip } from "lws/platform/chip";
import { attempt, type Suite, say } from "./suite";

function sum(bytes: Uint8Array): number {
  let total = 0;
  for (const byte of bytes) total += byte;
  return total;
}

export function addChipCases(suite: Suite): void {
  suite.add("chip: who it is", () => {
    say(`12 digits: ${/^[0-9A-F]{12}$/.test(Chip.mac)}`);
    say(`an id of 16 bits: ${Number.isInteger(Chip.id) && Chip.id >= 0 && Chip.id < 0x10000}`);
  });

  suite.add("chip: random bytes fill their range and nothing else", () => {
    const bytes = new Uint8Array(64);
    Chip.random(bytes, 16, 48);
    say(`before and behind: ${sum(bytes.subarray(0, 16))} ${sum(bytes.subarray(48))}`);
    const first = String(bytes.subarray(16, 48));
    Chip.random(bytes, 16, 48);
    say(`again the same: ${first === String(bytes.subarray(16, 48))}`);
    Chip.random(bytes, 64, 64);
    say(attempt(() => Chip.random(bytes, 60, 65)));
    say(attempt(() => Chip.random(bytes, 5, 4)));
    say(attempt(() => Chip.random(bytes, -1, 4)));
  });

  suite.add("chip: the word", () => {
    for (const word of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xb00bcafe]) {
      Chip.rtc = word;
      say(`${word} is ${Chip.rtc}`);
    }
    Chip.rtc = -2;
    say(`-2 is ${Chip.rtc}`);
    Chip.rtc = 0;
  });

  suite.add("chip: figures", () => {
    const { slots, chunks, limit, native, nativeLimit } = Chip.heap();
    say(`of JavaScript: ${slots > 0 && chunks > 0 && limit > 50_000}`);
    say(`of others: ${native >= 0 && native < nativeLimit && nativeLimit > 50_000}`);
  });
}
