/** Bytes that are no TLS, and handshakes that stop anywhere: a named error, the right alert, and all memory back. */
import { TlsSession } from "lws/tls/tls";
import { equal } from "./harness";
import { ascii, bytes, list } from "./samples";
import { client, identity, pieces, server, talk, tidy } from "./tls-pair";

const room = new Uint8Array(2112);

/** What a session of a server says to bytes: its error, and the alert as numbers. */
function answer(input: Uint8Array, cut: number): string {
  const config = server();
  const own = identity("first");
  const session = new TlsSession(config, { onServerName: () => own });
  let error = "";
  try {
    session.step(room, 0, room.length);
    for (let at = 0; at < input.length; at += cut) {
      session.feed(input, at, Math.min(at + cut, input.length));
      while ((session.step(room, 0, room.length) & 7) === 1);
    }
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  const length = session.take(room, 0, room.length);
  const alert = list(room.slice(0, length));
  session.close();
  config.close();
  own.close();
  return `${error} ${alert}`;
}

/** The first bytes that a client sends. */
function hello(): Uint8Array {
  const config = client();
  const session = new TlsSession(config, "first.lan");
  let length = 0;
  for (let step = 1; step === 1; ) {
    const made = session.step(room, length, room.length);
    length += made >> 3;
    step = made & 7;
  }
  session.close();
  config.close();
  return room.slice(0, length);
}

const alert = (description: number) => `21,3,3,0,2,2,${description}`;
const unexpected = `TLS_PROTOCOL ${alert(10)}`;

for (const [what, input, expected] of [
  ["plain HTTP", ascii("GET / HTTP/1.1\r\nHost: first.lan\r\n\r\n"), unexpected],
  ["zeros", new Uint8Array(64), unexpected],
  ["an SSLv2 hello", bytes(0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, 1, 0, 0x80), unexpected],
  ["a record of another protocol version", bytes(22, 2, 0, 0, 4, 1, 0, 0, 0), `TLS_PROTOCOL ${alert(70)}`],
  ["a record that is too long", bytes(22, 3, 1, 0x40, 1, 1), `TLS_PROTOCOL ${alert(22)}`],
  ["an empty record", bytes(22, 3, 1, 0, 0), unexpected],
  ["application data before the handshake", bytes(23, 3, 3, 0, 1, 65), unexpected],
  ["a fatal alert", bytes(21, 3, 1, 0, 2, 2, 40), "TLS_ALERT "],
  ["a half alert", bytes(21, 3, 1, 0, 1, 2), `TLS_PROTOCOL ${alert(50)}`],
  ["a message that is no hello", bytes(22, 3, 1, 0, 4, 16, 0, 0, 0), unexpected],
  ["a header of a message, in two", bytes(22, 3, 1, 0, 1, 1, 22, 3, 1, 0, 1, 0), `TLS_PROTOCOL ${alert(50)}`],
] as const) {
  for (const cut of [1, 5, 1000]) {
    tidy(`${what}, ${cut} bytes at once`, () => equal(answer(input, cut), expected));
  }
}

tidy("an SSLv3 hello finds nothing in common", () => {
  const body = [3, 0, ...new Array<number>(32).fill(7), 0, 0, 4, 0, 47, 0, 53, 1, 0];
  const input = bytes(22, 3, 0, 0, body.length + 4, 1, 0, 0, body.length, ...body);
  equal(answer(input, 1000), `TLS_NO_COMMON ${alert(70)}`);
});

tidy("a message of endless pieces ends at the limit", () => {
  const record = new Uint8Array(5 + 4000);
  record.set([22, 3, 1, 4000 >> 8, 4000 & 255, 1, 0, 0xff, 0xff]);
  const input = new Uint8Array(6 * record.length);
  for (let i = 0; i < 6; i++) {
    input.set(record, i * record.length);
  }
  equal(answer(input, 1000), `TLS_PROTOCOL ${alert(47)}`);
});

tidy("a hello in pieces of records", () => {
  const whole = hello();
  for (const size of [4, 7, 100]) {
    const pieced = new Uint8Array(whole.length * 3);
    let length = 0;
    for (let at = 5; at < whole.length; at += size) {
      const count = Math.min(size, whole.length - at);
      pieced.set([22, 3, 1, 0, count], length);
      pieced.set(whole.subarray(at, at + count), length + 5);
      length += 5 + count;
    }
    equal(answer(pieced.subarray(0, length), 50), " ", `records of ${size}`);
  }
});

tidy("a hello with any one byte changed", () => {
  const whole = hello();
  for (let at = 0; at < whole.length; at += 3) {
    const changed = whole.slice();
    changed[at] = (changed[at] as number) ^ 0x41;
    const [error] = answer(changed, 1000).split(" ");
    equal(
      error === "" || error === "TLS_PROTOCOL" || error === "TLS_NO_COMMON" || error === "TLS_UNKNOWN_NAME",
      true,
      `byte ${at}: ${error}`,
    );
  }
});

tidy("a hello that stops at any byte", () => {
  const whole = hello();
  for (let length = 0; length < whole.length; length += 5) equal(answer(whole.subarray(0, length), 1000), " ");
});

for (const newest of [12, 13]) {
  for (const side of ["client", "server"] as const) {
    tidy(`1.${newest - 10}: handshakes in which the ${side} falls silent`, () => {
      const [ours, theirs, own] = [client({ newest }), server({ newest }), identity("first")];
      for (let limit = 1; limit < 1300; limit += 37) {
        const pair = talk(ours, theirs, own);
        pair[side].limit = limit;
        pair.shake(pieces(500));
        pair.close();
      }
      for (const each of [ours, theirs, own]) each.close();
    });

    tidy(`1.${newest - 10}: handshakes in which a byte of the ${side} is changed`, () => {
      const [ours, theirs, own] = [client({ newest }), server({ newest }), identity("first")];
      for (let place = 0; place < 900; place += 53) {
        const pair = talk(ours, theirs, own);
        const other = side === "client" ? pair.server : pair.client;
        const put = other.put.bind(other);
        let seen = 0;
        other.put = (from, length) => {
          const copy = from.slice(0, length);
          if (place >= seen && place < seen + length) copy[place - seen] = (copy[place - seen] as number) ^ 0x11;
          seen += length;
          put(copy, length);
        };
        pair.shake();
        pair.settle();
        for (const end of [pair.client, pair.server])
          equal(end.error === "" || /^TLS_[A-Z_]+$/.test(end.error), true, end.error);
        pair.close();
      }
      for (const each of [ours, theirs, own]) each.close();
    });
  }
}
