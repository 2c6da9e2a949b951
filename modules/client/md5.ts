/** MD5 (RFC 1321), for servers that know nothing better. It proves nothing to anybody any more. */
import { Bytes } from "lws/platform/bytes";

/** How far each step turns, four by four for the four rounds. */
const turns = "07121722050914200411162306101521";

function turnOf(step: number): number {
  const at = 8 * (step >> 4) + 2 * (step & 3);
  return Number(turns.slice(at, at + 2));
}

/** One block of 64 bytes at `from`. */
function digestBlock(state: Uint32Array, view: DataView, from: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let step = 0; step < 64; step++) {
    let mixed: number;
    let word: number;
    if (step < 16) {
      mixed = (b & c) | (~b & d);
      word = step;
    } else if (step < 32) {
      mixed = (d & b) | (~d & c);
      word = 5 * step + 1;
    } else if (step < 48) {
      mixed = b ^ c ^ d;
      word = 3 * step + 5;
    } else {
      mixed = c ^ (b | ~d);
      word = 7 * step;
    }
    const constant = Math.floor(Math.abs(Math.sin(step + 1)) * 0x100000000);
    const sum = (a + mixed + constant + view.getUint32(from + 4 * (word & 15), true)) | 0;
    const turn = turnOf(step);
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
}

/** The hash of `text` in UTF-8. */
export function md5(text: string): ArrayBuffer {
  const length = Bytes.size(text);
  const padded = new Uint8Array((length + 72) & ~63);
  const view = new DataView(padded.buffer);
  Bytes.put(text, padded, 0);
  padded[length] = 0x80;
  view.setUint32(padded.length - 8, length << 3, true);
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  for (let from = 0; from < padded.length; from += 64) digestBlock(state, view, from);
  const hash = new ArrayBuffer(16);
  const out = new DataView(hash);
  for (let i = 0; i < 4; i++) out.setUint32(4 * i, state[i] as number, true);
  return hash;
}
