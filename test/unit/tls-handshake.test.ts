/** Handshakes that succeed, in every cut, and what they agree on. */
import { TlsConfig, TlsIdentity, TlsSession } from "lws/tls/tls";
import { equal, throws } from "./harness";
import { client, identity, pem, pieces, server, Talk, talk, tidy, whole } from "./tls-pair";

for (const newest of [12, 13]) {
  for (const [words, cut] of [
    ["at once", whole],
    ["byte by byte", () => 1],
    ["in pieces", pieces(300)],
  ] as const) {
    for (const name of ["first", "second", "large"]) {
      tidy(`1.${newest - 10} with ${name}.lan, ${words}`, () => {
        const [ours, theirs, own] = [client({ newest }), server({ newest }), identity(name)];
        const pair = talk(ours, theirs, own, `${name}.lan`);
        pair.shake(cut);
        equal(pair.client.error + pair.server.error, "");
        equal(pair.client.isDone && pair.server.isDone, true);
        equal(pair.client.session.version, `TLSv1.${newest - 10}`);
        equal(pair.server.session.version, `TLSv1.${newest - 10}`);
        equal(pair.client.session.cipher, pair.server.session.cipher);
        equal(pair.client.session.peer, `CN=${name}.lan`);
        equal(pair.server.session.peer, undefined);
        equal(pair.client.session.resumed, false);
        pair.close();
        for (const each of [ours, theirs, own]) each.close();
      });
    }
  }

  tidy(`1.${newest - 10}: the name chooses the identity; an unknown one ends it`, () => {
    const [ours, theirs, first, second] = [
      client({ newest }),
      server({ newest }),
      identity("first"),
      identity("second"),
    ];
    const asked: string[] = [];
    const onServerName = (name: string) => {
      asked.push(name);
      return name === "second.lan" ? second : name === "third.lan" ? undefined : first;
    };
    for (const [name, code] of [
      ["SECOND.lan", ""],
      ["first.lan", ""],
      ["192.168.4.1", ""],
      ["third.lan", "TLS_UNKNOWN_NAME"],
    ] as const) {
      const pair = new Talk(new TlsSession(ours, name), new TlsSession(theirs, { onServerName }));
      pair.shake();
      equal(pair.server.error, code, name);
      equal(pair.client.error, code === "" ? "" : "TLS_ALERT", name);
      pair.close();
    }
    equal(asked.join(), "second.lan,first.lan,,third.lan");
    for (const each of [ours, theirs, first, second]) each.close();
  });

  tidy(`1.${newest - 10}: application protocols`, () => {
    const own = identity("first");
    for (const [wanted, agreed] of [
      ["h2,http/1.1", "http/1.1"],
      ["http/1.1", "http/1.1"],
      ["", undefined],
      ["h2", "TLS_NO_COMMON"],
    ] as const) {
      const [ours, theirs] = [client({ newest, alpn: wanted }), server({ newest, alpn: "http/1.1,mqtt" })];
      const pair = talk(ours, theirs, own);
      pair.shake();
      if (agreed === "TLS_NO_COMMON") {
        equal(pair.server.error, agreed);
        equal(pair.client.error, "TLS_ALERT");
      } else {
        equal(pair.client.session.alpn, agreed);
        equal(pair.server.session.alpn, agreed);
      }
      pair.close();
      ours.close();
      theirs.close();
    }
    own.close();
  });

  tidy(`1.${newest - 10}: a client shows who it is`, () => {
    const [card, other, own] = [identity("client"), identity("own"), identity("first", true)];
    const theirs = server({ newest, tickets: 100 });
    for (const [shown, code] of [
      [card, ""],
      [other, "TLS_SELF_SIGNED"],
      [undefined, "TLS_NO_CERTIFICATE"],
    ] as const) {
      const ours = client({ newest, identity: shown });
      const pair = talk(ours, theirs, own);
      pair.shake(pieces(200));
      pair.settle();
      equal(pair.server.error, code);
      if (code === "") equal(pair.server.session.peer, "CN=Client One");
      else equal(pair.client.error, "TLS_ALERT");
      pair.close();
      ours.close();
    }
    for (const each of [card, other, own, theirs]) each.close();
  });
}

tidy("versions that do not meet", () => {
  const [ours, theirs, own] = [client({ newest: 12 }), server(), identity("first")];
  const pair = talk(ours, theirs, own);
  pair.shake();
  equal(pair.server.session.version, "TLSv1.2");
  pair.close();
  for (const each of [ours, theirs, own]) each.close();
});

tidy("an exception of the target comes out, and nothing else works any more", () => {
  const [ours, theirs] = [client(), server()];
  const onServerName = (): undefined => {
    throw new Error("mine");
  };
  const pair = new Talk(new TlsSession(ours, "first.lan"), new TlsSession(theirs, { onServerName }));
  pair.shake();
  equal(pair.server.error, "mine");
  equal(pair.client.error, "TLS_ALERT");
  throws(() => pair.server.turn(whole) || pair.server.session.step(new Uint8Array(9), 0, 9), "TLS_PROTOCOL");
  pair.close();
  ours.close();
  theirs.close();
});

tidy("a session that its own target closes", () => {
  const [ours, theirs, own] = [client(), server(), identity("first")];
  const session: TlsSession = new TlsSession(theirs, {
    onServerName: () => {
      session.close();
      return own;
    },
  });
  const pair = new Talk(new TlsSession(ours, "first.lan"), session);
  throws(() => pair.shake(), "closed");
  pair.close();
  for (const each of [ours, theirs, own]) each.close();
});

tidy("an identity and a configuration live as long as a session needs them", () => {
  const [ours, theirs, own] = [client(), server(), identity("first")];
  const session = new TlsSession(theirs, {
    onServerName: () => {
      own.close();
      return undefined;
    },
  });
  const pair = new Talk(new TlsSession(ours, "first.lan"), session);
  ours.close();
  theirs.close();
  pair.shake();
  equal(pair.server.error, "TLS_UNKNOWN_NAME");
  pair.close();
});

tidy("what can't be", () => {
  throws(() => new TlsConfig({ server: false }), "TLS_UNKNOWN_CA");
  throws(() => new TlsConfig({ server: false, authorities: [pem("first.key")] }), "CERT_MALFORMED");
  throws(() => new TlsIdentity(pem("first.pem"), pem("second.key")), "KEY_MISMATCH");
  throws(() => new TlsIdentity(pem("first.key"), pem("first.key")), "CERT_MALFORMED");
  throws(() => new TlsIdentity(pem("first.pem"), pem("first.pem")), "KEY_MALFORMED");
  throws(
    () => new TlsIdentity(pem("first.pem"), pem("first.key"), [pem("root.pem"), pem("first.key")]),
    "CERT_MALFORMED",
  );
  const config = client();
  throws(() => new TlsSession(config, ""), "BAD_OPTION");
  const session = new TlsSession(config, "first.lan");
  const bytes = new Uint8Array(10);
  throws(() => session.step(bytes, 0, 11), "RangeError");
  throws(() => session.read(bytes, 0, 10), "handshake");
  throws(() => session.write(bytes, 0, 10, bytes, 0, 10), "handshake");
  session.close();
  session.close();
  throws(() => session.step(bytes, 0, 10), "closed");
  throws(() => new TlsSession(session as unknown as TlsConfig, "first.lan"), "closed");
  config.close();
  config.close();
  throws(() => new TlsSession(config, "first.lan"), "closed");
});
