/** What a setup page may ask for, and what it may not. */
import { LwsError } from "lws/core/errors";
import { errorMessage, kindOf, MESSAGE_LIMIT, parseMessage } from "lws/system/messages";
import { equal, test, throws } from "./harness";

test("messages: each kind", () => {
  for (const kind of [
    "identify",
    "reset",
    "scan",
    "factory-reset",
    "update-ota",
    "update-factory",
    "check",
    "cancel",
    "start",
  ])
    equal(parseMessage(`{"${kind}":"1"}`).kind, kind);
  for (const on of [true, false]) {
    const auto = parseMessage(`{"auto-update":"${on ? 1 : 0}"}`);
    equal(auto.kind === "auto-update" && auto.on, on);
  }
  const url = parseMessage('{"update-url":"https://a.example/b"}');
  equal(url.kind === "update-url" && url.url, "https://a.example/b");
  const group = parseMessage('{"group":"lamps"}');
  equal(group.kind === "group" && group.name, "lamps");
  const role = parseMessage(' { "role" : "" } ');
  equal(role.kind === "role" && role.name, "");
  const setting = parseMessage('{"setting":"1","access_pw":"p"}');
  equal(setting.kind === "setting" && setting.password, "p");
});

test("messages: a slot, whatever the order of its keys and the text in it", () => {
  for (const text of [
    '{"ssid2":"a\\"\\u003cb>","pw2":"1234567\\\\","slot":"2"}',
    '{"slot":"2","pw2":"1234567\\\\","ssid2":"a\\"<b>"}',
  ]) {
    const message = parseMessage(text);
    if (message.kind !== "slot") throw new Error(message.kind);
    equal(message.slot, 2);
    equal(message.ssid, 'a"<b>');
    equal(message.passphrase, "1234567\\");
  }
});

test("messages: a slot that does not exist", () => {
  for (const slot of ["4", "-1", "", "00", "1.0", "a"]) {
    throws(() => parseMessage(`{"ssid${slot}":"a","pw${slot}":"","slot":"${slot}"}`), "BAD_SLOT");
  }
});

test("messages: everything else means nothing", () => {
  for (const bad of [
    "",
    " ",
    "null",
    "1",
    '"identify"',
    "[]",
    '["identify"]',
    "{}",
    "{",
    '{"identify":"1"',
    '{"identify":"1"}x',
    '{"identify":1}',
    '{"identify":true}',
    '{"identify":"0"}',
    '{"factory-reset":"0"}',
    '{"access_pw":"p"}',
    '{"setting":"0","access_pw":"p"}',
    '{"identify":""}',
    '{"auto-update":"2"}',
    '{"auto-update":"true"}',
    '{"check":"0"}',
    '{"start":"1","check":"1"}',
    '{"Identify":"1"}',
    '{"identify":"1","reset":"1"}',
    '{"constructor":"1"}',
    '{"__proto__":"1"}',
    '{"toString":"1"}',
    '{"group":null}',
    '{"group":{"a":"b"}}',
    '{"group":["a"]}',
    '{"role":"a","group":"b"}',
    '{"ssid0":"a","slot":"0"}',
    '{"ssid0":"a","pw1":"","slot":"0"}',
    '{"ssid0":"a","pw0":"","slot":"1"}',
    '{"ssid0":"a","pw0":"","slot":"0","x":"y"}',
    '{"ssid0":"a","pw0":1,"slot":"0"}',
    '{"group":"a\n"}',
    "{'group':'a'}",
    '{"group":"\\x"}',
  ]) {
    throws(() => parseMessage(bad), "BAD_MESSAGE");
  }
});

test("messages: neither length nor depth can hurt", () => {
  throws(() => parseMessage(`{"group":"${"a".repeat(MESSAGE_LIMIT)}"}`), "BAD_MESSAGE");
  throws(() => parseMessage("[".repeat(MESSAGE_LIMIT)), "BAD_MESSAGE");
  throws(() => parseMessage('{"a":'.repeat(MESSAGE_LIMIT / 5)), "BAD_MESSAGE");
  const brackets = parseMessage('{"group":"[[{{\\"[{"}');
  equal(brackets.kind === "group" && brackets.name, '[[{{"[{');
});

test("messages: a bad one is answered with an error object that names its kind", () => {
  equal(kindOf('{"ssid0":"a","slot":"9"}'), "slot");
  equal(kindOf('{"reset":"2"}'), "reset");
  equal(kindOf("garbage"), "");
  const answer = JSON.parse(errorMessage(new LwsError("BAD_SSID", 'detail "\u0007'), "slot"));
  equal(answer.error, "BAD_SSID");
  equal(answer.for, "slot");
  equal(answer.text.includes('"\u0007'), true);
  const internal = JSON.parse(errorMessage(new Error("a secret"), ""));
  equal(internal.error, "INTERNAL");
  equal(JSON.stringify(internal).includes("secret"), false);
});
