/** Sessions, and which hosts are ours. */
import { isOwnHost } from "lws/http/own-host";
import { Sessions } from "lws/http/sessions";
import type { Transaction } from "lws/http/transaction";
import { equal, test } from "./harness";

/** A request with this cookie header and Host. */
function request(cookie: string, host = ""): Transaction {
  return { host, header: (name: string) => (name === "cookie" ? cookie : undefined) } as unknown as Transaction;
}

function cookieOf(line: string): string {
  return line.slice("Set-Cookie: ".length, line.indexOf(";"));
}

/** Waits without the loop, which the clock does not need. */
function pass(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

test("sessions: a cookie leads to its session, wherever it stands, and no other does", () => {
  const sessions = new Sessions();
  const [first, second] = [cookieOf(sessions.open()), cookieOf(sessions.open())];
  equal(first === second, false);
  const session = sessions.of(request(first));
  equal(session !== undefined, true);
  for (const text of [`a=b; ${first}`, `${first}; a=b`, `a=b;${first} ; c`])
    equal(sessions.of(request(text)) === session, true, text);
  const bad = first.endsWith("A==") ? first.replace(/A==$/, "Q==") : first.replace(/.==$/, "A==");
  for (const text of ["", "a=b", `x${first}`, first.slice(0, -1), `${first}x`, first.replace("__Host-", ""), bad])
    equal(sessions.of(request(text)), undefined, text);
  sessions.close(session);
  equal(sessions.of(request(first)), undefined);
  equal(sessions.of(request(second)) !== undefined, true);
});

test("sessions: end when nobody uses them, and some day even then", () => {
  const sessions = new Sessions({ idle: 200, absolute: 500 });
  const cookie = request(cookieOf(sessions.open()));
  const session = sessions.of(cookie);
  for (let i = 0; i < 3; i++) {
    pass(80);
    sessions.touch(session);
    equal(sessions.of(cookie) === session, true, `use ${i}`);
  }
  pass(220);
  equal(sessions.lasts(session), false, "idle");
  const other = request(cookieOf(sessions.open()));
  for (let i = 0; i < 7; i++) {
    pass(80);
    sessions.touch(sessions.of(other));
  }
  equal(sessions.of(other), undefined, "absolute");
});

test("own host: addresses and names that nobody else can have", () => {
  const names = (): string => "lws-1 lws-1.local 192.168.4.1 *.example.org Own.Example.com";
  for (const host of [
    "",
    "192.168.4.1",
    "10.0.0.1:8443",
    "[fe80::1]:443",
    "lws-1",
    "lws-1:443",
    "lws-1.",
    "lws-1.local",
    "lws-1.lan",
    "lws-1.fritz.box",
    "localhost:8443",
    "device.localhost",
    "a.example.org",
    "own.example.com",
  ])
    equal(isOwnHost(request("", host), names), true, host);
  for (const host of [
    "evil.example",
    "lws-1.evil.example",
    "lws-1.lan.evil.example",
    "lws-1.fritz",
    "lws-1.box",
    "example.org",
    "a.b.example.org",
    "192.168.4.1.evil.example",
    "1.2.3.4.5",
    "localhost.evil.example",
    "lws-12",
  ])
    equal(isOwnHost(request("", host), names), false, host);
});
