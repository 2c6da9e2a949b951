/** MQTT packets that go out, topics, and what is remembered of a session. The vectors are written by hand after MQTT 3.1.1. */
import Hex from "hex";
import { MqttFlight, MqttMessage, MqttSeen, Verdict } from "lws/client/mqtt/flight";
import { connectPacket, publishPacket, putPublish, subscribePacket, unsubscribePacket } from "lws/client/mqtt/packet";
import { isFilter, isTopic, takesIn } from "lws/client/mqtt/topic";
import { Bytes } from "lws/platform/bytes";
import { equal, test, throws } from "./harness";

function hex(bytes: Uint8Array): string {
  return Hex.toString(bytes).toLowerCase();
}
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(Bytes.size(text));
  Bytes.put(text, bytes, 0);
  return bytes;
}

test("CONNECT: least, and with all that it can have (§3.1)", () => {
  equal(hex(connectPacket({ id: "a", clean: true, keepAlive: 0 })), "100d00044d51545404020000000161");
  const will = { topic: "w/t", message: "bye", qos: 2, retain: true };
  const all = connectPacket({ id: "id", user: "u", password: "pw", clean: false, keepAlive: 0x1234, will });
  // Flags: user 0x80, password 0x40, will retain 0x20, will QoS 2 0x10, will 0x04.
  equal(hex(all), "101f00044d51545404f41234" + "00026964" + "0003772f74" + "0003627965" + "000175" + "00027077");
});

test("a length of one to four bytes (§2.2.3, table 2.4)", () => {
  const into = new Uint8Array(16);
  for (const [payload, length] of [
    [0, "04"],
    [123, "7f"],
    [124, "8001"],
    [16379, "ff7f"],
    [16380, "808001"],
    [2097147, "ffff7f"],
    [2097148, "80808001"],
    [268435451, "ffffff7f"],
  ] as const) {
    const at = putPublish(into, "ab", 0, 0, false, payload);
    equal(hex(into.slice(1, at - 4)), length, String(payload));
    equal(hex(into.slice(at - 4, at)), "00026162");
  }
  throws(() => putPublish(into, "ab", 0, 0, false, 268435452), "BAD_OPTION");
  throws(() => putPublish(into, "a/very/long/topic", 0, 0, false, 0), "BAD_OPTION");
});

test("PUBLISH, SUBSCRIBE, UNSUBSCRIBE (§3.3, §3.8, §3.10)", () => {
  const payload = bytesOf("xhix");
  equal(hex(publishPacket({ topic: "a/b", qos: 0, retain: true }, 0, payload, 1, 3)), "31070003612f626869");
  equal(hex(publishPacket({ topic: "a/b", qos: 2, retain: false }, 258, payload, 1, 3)), "34090003612f6201026869");
  equal(hex(subscribePacket(10, "a/b", 1)), "8208000a0003612f6201");
  equal(hex(unsubscribePacket(65535, "ä")), "a206ffff0002c3a4");
});

test("topics that can be published to, and filters (§4.7)", () => {
  for (const topic of ["a", "/", "a//b", "$SYS/x", "ä b"]) equal(isTopic(topic), true, topic);
  for (const topic of ["", "a/+", "#", "a\0", "x".repeat(1025)]) equal(isTopic(topic), false, topic);
  for (const filter of ["#", "+", "a/#", "+/a/+", "/+", "+/", "a/b"]) equal(isFilter(filter), true, filter);
  for (const filter of ["", "a#", "a/#/b", "#/", "a+", "+a", "a/b+/c", "##"]) equal(isFilter(filter), false, filter);
});

test("which topics a filter takes in (§4.7.1, §4.7.2)", () => {
  for (const [filter, topics] of [
    [
      "sport/tennis/player1/#",
      "sport/tennis/player1 sport/tennis/player1/ranking sport/tennis/player1/score/wimbledon",
    ],
    ["sport/#", "sport sport/a"],
    ["#", "a a/b /"],
    ["sport/tennis/+", "sport/tennis/player1 sport/tennis/player2"],
    ["sport/+", "sport/"],
    ["+/+", "/finance a/b"],
    ["/+", "/finance"],
    ["+", "finance"],
    ["$SYS/#", "$SYS $SYS/a"],
    ["$SYS/monitor/+", "$SYS/monitor/Clients"],
  ] as const) {
    for (const topic of topics.split(" ")) equal(takesIn(filter, topic), true, `${filter} ${topic}`);
  }
  for (const [filter, topics] of [
    ["sport/tennis/+", "sport/tennis sport/tennis/player1/ranking"],
    ["sport/+", "sport"],
    ["+", "/finance a/b"],
    ["sport/#", "sports sports/a"],
    ["#", "$SYS/a"],
    ["+/monitor/Clients", "$SYS/monitor/Clients"],
    ["a/b", "a/B a a/b/ a/b/c"],
    ["a/b/c", "a/b"],
  ] as const) {
    for (const topic of topics.split(" ")) equal(takesIn(filter, topic), false, `${filter} ${topic}`);
  }
});

test("messages that are kept: repetitions are marked, PUBREL stands for what the broker has", () => {
  const flight = new MqttFlight();
  const [one, two] = [{}, {}];
  const packet = (qos: number, id: number) =>
    new MqttMessage(
      id,
      publishPacket({ topic: "t", qos, retain: false }, id, bytesOf("x"), 0, 1),
      id === 1 ? one : two,
    );
  const [first, second] = [packet(1, 1), packet(2, 2)];
  flight.add(first);
  flight.add(second);
  equal(flight.size, 16);
  equal(flight.of(two), second);
  equal(flight.due, undefined);
  equal(hex(first.bytes), "3206000174000178");
  flight.release(second);
  equal(flight.size, 8);
  flight.rest();
  equal(flight.due, first);
  equal(hex(first.bytes), "3a06000174000178");
  equal(hex(second.bytes), "62020002");
  flight.fail();
  equal(first.verdict, Verdict.bad);
  equal(flight.due, undefined);
  flight.remove(first);
  equal(flight.find(1), undefined);
  equal(flight.find(2), second);
  equal(flight.size, 0);
});

test("messages that have come are told from new ones, up to 256", () => {
  const seen = new MqttSeen();
  for (let id = 1; id <= 256; id++) equal(seen.add(id), true);
  equal(seen.add(257), false);
  seen.remove(100);
  equal(seen.has(100), false);
  equal(seen.has(256), true);
  equal(seen.add(257), true);
  seen.clear();
  equal(seen.has(1), false);
});
