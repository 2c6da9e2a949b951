/** Native memory that runs out, anywhere: a named error, and all of it back. */
import { Chip } from "lws/platform/chip";
import { Inflate } from "lws/platform/deflate";
import type { TlsConfig, TlsIdentity } from "lws/tls/tls";
import { equal } from "./harness";
import { client, identity, server, talk, tidy } from "./tls-pair";

const sample = new Uint8Array(1000);

/** Takes native memory until `left` bytes or little more are free. */
function fill(left: number): Inflate[] {
  const taken: Inflate[] = [];
  for (let bits = 15; bits >= 8; ) {
    const { native, nativeLimit } = Chip.heap();
    if (nativeLimit - native < left + 1400 + (1 << bits)) bits--;
    else taken.push(new Inflate(bits));
  }
  return taken;
}

/** What a connection ends with: "" if nothing was wrong. */
function attempt(ours: TlsConfig, theirs: TlsConfig, own: TlsIdentity): string {
  let pair: ReturnType<typeof talk> | undefined;
  try {
    pair = talk(ours, theirs, own);
    pair.shake();
    pair.settle();
    if (pair.client.error === "") pair.client.write(sample, sample.length);
    if (pair.server.error === "") pair.server.read(() => 100);
    return `${pair.client.error} ${pair.server.error}`.trim();
  } catch (error) {
    return (error as Error).message;
  } finally {
    pair?.close();
  }
}

for (const newest of [12, 13]) {
  tidy(`1.${newest - 10}: memory runs out at any point`, () => {
    const card = identity("client");
    const ours = client({ newest, tickets: 1, identity: card });
    const [theirs, own] = [server({ newest, tickets: 100 }), identity("second", true)];
    let failed = 0;
    for (let left = 1500; left < 90_000; left += 1700) {
      const taken = fill(left);
      const error = attempt(ours, theirs, own);
      for (const each of taken) each.close();
      equal(/^(?:(?:TLS_[A-Z_]+|closed|handshake)(?: |$))*$/.test(error), true, `${left}: ${error}`);
      if (error !== "") failed++;
    }
    equal(failed > 10, true, `${failed} failed`);
    for (const each of [card, ours, theirs, own]) each.close();
  });
}
