/** What a client refuses, each with its own error. */
import { equal } from "./harness";
import { client, identity, server, talk, tidy } from "./tls-pair";

for (const newest of [12, 13]) {
  for (const [name, host, code] of [
    ["first", "second.lan", "TLS_WRONG_NAME"],
    ["first", "192.168.4.2", "TLS_WRONG_NAME"],
    ["own", "first.lan", "TLS_SELF_SIGNED"],
    ["strange", "first.lan", "TLS_UNKNOWN_CA"],
    ["expired", "first.lan", "TLS_EXPIRED"],
    ["future", "first.lan", "TLS_NOT_YET_VALID"],
  ] as const) {
    tidy(`1.${newest - 10}: ${name} for ${host} is ${code}`, () => {
      const [ours, theirs, own] = [client({ newest }), server({ newest }), identity(name)];
      const pair = talk(ours, theirs, own, host);
      pair.shake();
      equal(pair.client.error, code);
      equal(pair.server.error, "TLS_ALERT");
      pair.close();
      for (const each of [ours, theirs, own]) each.close();
    });
  }

  tidy(`1.${newest - 10}: certificates for another use`, () => {
    const [ours, theirs] = [client({ newest }), server({ newest })];
    const [own, other, asking] = [identity("usage"), identity("misused"), identity("first", true)];
    const wrong = talk(ours, theirs, own);
    wrong.shake();
    equal(wrong.server.error, "TLS_NO_COMMON", "a server does not use it");
    equal(wrong.client.error, "TLS_ALERT");
    wrong.close();
    const theirs2 = client({ newest, identity: other });
    const misused = talk(theirs2, theirs, asking);
    misused.shake();
    misused.settle();
    equal(misused.server.error, "TLS_WRONG_USAGE");
    equal(misused.client.error, "TLS_ALERT");
    misused.close();
    for (const each of [ours, theirs, own, other, asking, theirs2]) each.close();
  });
}
