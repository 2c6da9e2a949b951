/** Sessions that go on where another one has stopped, and those that must not. */
import type { TlsConfig, TlsIdentity } from "lws/tls/tls";
import { equal } from "./harness";
import { client, identity, pem, server, talk, tidy } from "./tls-pair";

/** Connects and reads; returns whether it was resumed, and what to resume with. */
function visit(ours: TlsConfig, theirs: TlsConfig, own: TlsIdentity, name: string, saved?: ArrayBuffer) {
  const pair = talk(ours, theirs, own, name, saved);
  pair.shake();
  pair.settle();
  equal(pair.client.error + pair.server.error, "");
  const resumed = pair.client.session.resumed;
  equal(pair.server.session.resumed, resumed);
  const next = pair.client.session.save();
  equal(pair.client.session.save(), undefined);
  pair.client.write(new Uint8Array(10), 10);
  equal(
    pair.server.read(() => 100),
    10,
  );
  pair.close();
  return { resumed, next };
}

for (const newest of [12, 13]) {
  tidy(`1.${newest - 10}: a session is resumed, and that one again`, () => {
    const [ours, theirs, own] = [client({ newest, tickets: 1 }), server({ newest, tickets: 100 }), identity("first")];
    const first = visit(ours, theirs, own, "first.lan");
    equal(first.resumed, false);
    const second = visit(ours, theirs, own, "first.lan", first.next);
    equal(second.resumed, true);
    if (second.next) equal(visit(ours, theirs, own, "first.lan", second.next).resumed, true);
    for (const each of [ours, theirs, own]) each.close();
  });

  tidy(`1.${newest - 10}: never with another identity, name, or set of authorities`, () => {
    const options = { newest, tickets: 1 };
    const [ours, theirs, own] = [client(options), server({ newest, tickets: 100 }), identity("first")];
    const twin = identity("first");
    const wider = client({ ...options, authorities: [pem("root.pem"), pem("clients.pem")] });
    const saved = visit(ours, theirs, own, "first.lan").next;
    equal(saved !== undefined, true);
    equal(visit(ours, theirs, twin, "first.lan", saved).resumed, false, "identity");
    equal(visit(ours, theirs, own, "192.168.4.1", saved).resumed, false, "name");
    equal(visit(wider, theirs, own, "first.lan", saved).resumed, false, "authorities");
    equal(visit(ours, theirs, own, "first.lan", new ArrayBuffer(5)).resumed, false, "too short");
    equal(visit(ours, theirs, own, "first.lan", (saved as ArrayBuffer).slice(0, 40)).resumed, false, "cut off");
    equal(visit(ours, theirs, own, "first.lan", saved).resumed, true);
    for (const each of [ours, theirs, own, twin, wider]) each.close();
  });

  tidy(`1.${newest - 10}: not where clients are asked who they are, nor where there are no tickets`, () => {
    const card = identity("client");
    const ours = client({ newest, tickets: 1, identity: card });
    const [theirs, none, strict, own] = [
      server({ newest, tickets: 100 }),
      server({ newest }),
      identity("first", true),
      identity("first"),
    ];
    equal(visit(ours, theirs, strict, "first.lan").next, undefined);
    const saved = visit(ours, theirs, own, "first.lan").next;
    equal(visit(ours, theirs, strict, "first.lan", saved).resumed, false);
    equal(visit(ours, none, own, "first.lan", saved).next, undefined);
    for (const each of [card, ours, theirs, none, strict, own]) each.close();
  });
}
