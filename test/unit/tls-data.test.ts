/** Plaintext through an established session, its end, and the memory it takes. */
import { Chip } from "lws/platform/chip";
import { equal, throws } from "./harness";
import { type Cut, client, identity, pieces, server, talk, tidy, whole } from "./tls-pair";

const sample = new Uint8Array(12000).map((_, at) => (at * at) >> 4);

/** Most native bytes of an idle session. */
const idleBudget = 1700;

for (const newest of [12, 13]) {
  const cuts: readonly (readonly [string, Cut])[] = [
    ["at once", whole],
    ["byte by byte", () => 1],
    ["in pieces", pieces(3000)],
  ];
  for (const [words, cut] of cuts) {
    tidy(`1.${newest - 10}: data both ways, ${words}`, () => {
      const [ours, theirs, own] = [client({ newest }), server({ newest }), identity("first")];
      const pair = talk(ours, theirs, own);
      pair.shake(cut);
      for (const length of [1, 2047, 2048, 2049, sample.length]) {
        for (const side of [pair.client, pair.server]) {
          let at = 0;
          side.write(sample, length);
          side.peer?.read(cut, (bytes, count) => {
            for (let i = 0; i < count; i++) equal(bytes[i], sample[at + i], `byte ${at + i}`);
            at += count;
          });
          equal(at, length, "bytes");
        }
      }
      pair.client.write(sample, 100);
      pair.client.end();
      equal(pair.server.read(cut), -1);
      equal(pair.server.session.pending, false);
      pair.server.write(sample, 5);
      pair.server.end();
      equal(pair.client.read(cut), -1);
      pair.close();
      for (const each of [ours, theirs, own]) each.close();
    });
  }

  tidy(`1.${newest - 10}: an idle session has next to nothing`, () => {
    const [ours, theirs] = [client({ newest }), server({ newest })];
    const base = Chip.heap().native;
    const own = identity("first");
    equal(Chip.heap().native - base < 4000, true, `identity ${Chip.heap().native - base}`);
    const pair = talk(ours, theirs, own);
    pair.shake();
    const before = Chip.heap().native;
    pair.client.session.close();
    const client1 = before - Chip.heap().native;
    const between = Chip.heap().native;
    pair.server.session.close();
    const server1 = between - Chip.heap().native;
    Chip.log(`N tls: idle 1.${newest - 10}: client ${client1}, server ${server1} bytes`);
    equal(client1 < idleBudget && server1 < idleBudget, true, `client ${client1}, server ${server1}`);
    for (const each of [ours, theirs, own]) each.close();
  });

  tidy(`1.${newest - 10}: what was changed on its way is refused`, () => {
    const [ours, theirs, own] = [client({ newest }), server({ newest }), identity("first")];
    const pair = talk(ours, theirs, own);
    pair.shake();
    pair.client.write(sample, 100);
    pair.server.wire[pair.server.to - 3] = (pair.server.wire[pair.server.to - 3] as number) ^ 1;
    throws(() => pair.server.read(whole), "TLS_PROTOCOL");
    throws(() => pair.server.write(sample, 1), "TLS_PROTOCOL");
    const out = new Uint8Array(100);
    const length = pair.server.session.take(out, 0, 100);
    equal(length > 0, true, "an alert");
    equal(pair.server.session.take(out, 0, 100), 0);
    throws(() => pair.client.session.receive(out, 0, length, new Uint8Array(10), 0, 10), "TLS_ALERT");
    pair.close();
    for (const each of [ours, theirs, own]) each.close();
  });

  tidy(`1.${newest - 10}: little room`, () => {
    const [ours, theirs, own] = [client({ newest }), server({ newest }), identity("first")];
    const pair = talk(ours, theirs, own);
    pair.shake();
    const out = new Uint8Array(80);
    const back = new Uint8Array(3);
    equal(pair.client.session.write(sample, 0, 10, out, 0, 64), 0);
    const made = pair.client.session.write(sample, 0, 100, out, 0, 80);
    equal(made >> 16, 16);
    equal(pair.server.session.receive(out, 0, made & 0xffff, back, 0, 3), 3);
    for (let left = 13; left > 0; left -= 3) {
      equal(pair.server.session.pending, true);
      equal(pair.server.session.read(back, 0, 3), Math.min(left, 3));
    }
    equal(pair.server.session.pending, false);
    equal(pair.server.session.read(back, 0, 3), 0);
    equal(pair.client.session.end(out, 0, 3), 3);
    const rest = 3 + pair.client.session.take(out, 3, 80);
    equal(pair.server.session.receive(out, 0, rest, back, 0, 3), -1);
    pair.close();
    for (const each of [ours, theirs, own]) each.close();
  });
}
