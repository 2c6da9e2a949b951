/** Values of streams, and where they lead to. */
import type { LwsError } from "lws/core/errors";
import { expand, headerAt, placeOf } from "lws/secure-streams/metadata";
import { StreamFlag, type StreamType } from "lws/secure-streams/policy";
import { targetOf } from "lws/secure-streams/target";
import { equal, test, throws } from "../harness";
import { Bed } from "./bed";

const metadata = ["host", "", "id", "x-id:", "none", ""];
const type: StreamType = { name: "a", protocol: "h1", flags: 0, endpoint: "h.lan", port: 80, metadata };

test("values: names and their headers", () => {
  equal(placeOf(type, "host"), 0);
  equal(placeOf(type, "id"), 1);
  equal(placeOf(type, "x-id:"), -1, "a header is no name");
  equal(placeOf(type, "hos"), -1);
  equal(placeOf({ ...type, metadata: [] }, "host"), -1);
  equal(headerAt(type, 0), "");
  equal(headerAt(type, 1), "x-id");
});

test("values: they take the place of their names", () => {
  const values = ["one", new Uint8Array([0x32, 0xc3, 0xa4]), undefined];
  equal(expand("plain", type, undefined), "plain");
  equal(expand("", type, values), "");
  equal(expand("${host}", type, values), "one");
  equal(expand("a${host}b${id}c${none}d", type, values), "aoneb2äcd");
  equal(expand("$host {host} $", type, values), "$host {host} $");
  equal(expand("${none}${none}", type, undefined), "");
  equal(expand("${id}", type, ["", "${host}"]), "${host}", "once");
  for (const text of ["${", "${host", "${}", "${hos}", "a${host}${x}"]) {
    throws(() => expand(text, type, values), "STREAM_BAD_VALUE");
  }
  for (const value of ["a\r", "\n", "\0", new Uint8Array([0xff]), new Uint8Array([13])]) {
    throws(() => expand("${host}", type, [value]), "STREAM_BAD_VALUE");
  }
});

test("values: a stream has its own, and takes only what its type declares", () => {
  const bed = new Bed({ a: { metadata } });
  const [stream, other] = [bed.create("a"), bed.create("a")];
  equal(stream.getMeta("id"), undefined);
  equal(stream.setMeta("id", "7"), true);
  equal(stream.setMeta("no", "7"), false);
  equal(stream.getMeta("no"), undefined);
  equal(other.getMeta("id"), undefined);
  equal(stream.setMeta("id", "a\r\nSet-Cookie: b"), false, "in a header");
  equal(stream.getMeta("id"), "7");
  equal(stream.setMeta("none", "a\nb"), true, "in none");
  const bytes = new Uint8Array([1, 2]);
  equal(stream.setMeta("host", bytes), true);
  bytes[0] = 9;
  equal((stream.getMeta("host") as Uint8Array)[0], 1, "a copy");
  bed.streams.close();
});

test("values: headers by their own names", () => {
  const bed = new Bed({ a: { metadata, flags: StreamFlag.directHeaders }, b: { metadata } });
  const stream = bed.create("a");
  for (const [name, value, lines] of [
    ["X-A:", "1", "X-A: 1\r\n"],
    ["x-b:", "two", "X-A: 1\r\nx-b: two\r\n"],
    ["x-a:", new Uint8Array([0x33]), "x-b: two\r\nx-a: 3\r\n"],
    ["X-B:", "", "x-a: 3\r\n"],
  ] as const) {
    equal(stream.setMeta(name, value), true);
    equal(stream.headers, lines);
  }
  for (const [name, value] of [
    ["x-a", "1"],
    [":", "1"],
    ["x a:", "1"],
    ["x\r\na:", "1"],
    ["x-a:", "1\r\nb: c"],
    ["x-a:", new Uint8Array([0xff])],
  ] as const)
    equal(stream.setMeta(name, value), false, name);
  equal(stream.headers, "x-a: 3\r\n");
  equal(stream.getMeta("x-a:"), undefined, "those of an answer, of which there is none");
  equal(bed.create("b").setMeta("x-a:", "1"), false);
  bed.streams.close();
});

test("values: where they lead to", () => {
  const go = (endpoint: string, more: Partial<StreamType> = {}, value = "") => {
    try {
      const { secure, host, port, path } = targetOf({ ...type, endpoint, ...more }, [value]);
      return `${secure ? "tls " : ""}${host} ${port} ${path}`;
    } catch (error) {
      return (error as LwsError).code;
    }
  };
  const tls = { flags: StreamFlag.tls, port: 443 };
  equal(go("h.lan"), "h.lan 80 /");
  equal(go("192.168.1.7", { port: 9, url: "a/b?c" }), "192.168.1.7 9 /a/b?c");
  equal(go("h.lan", { url: "/a/${host}" }, "x"), "h.lan 80 /a/x");
  equal(go("${host}", {}, "h.lan:8080"), "h.lan 8080 /");
  equal(go("${host}", { url: "a" }, "http://h.lan/b"), "h.lan 80 /b");
  equal(go("${host}", { url: "a" }, "http://h.lan:81/b?c"), "h.lan 81 /b?c");
  equal(go("${host}", { protocol: "mqtt" }, "mqtt://mq.lan"), "mq.lan 1883 /");
  equal(go("${host}", tls, "https://h.lan"), "tls h.lan 443 /");
  equal(go("${host}", { ...tls, protocol: "mqtt" }, "mqtts://h.lan"), "tls h.lan 8883 /");
  for (const url of ["http://h.lan", "ws://h.lan", "mqtt://h.lan", "ftp://h.lan"]) {
    equal(go("${host}", tls, url), "STREAM_BAD_VALUE", `${url} takes no TLS away`);
  }
  equal(go("${host}", {}, "https://h.lan"), "STREAM_BAD_VALUE", "and none is made up");
  for (const host of ["", "a b", "a/b c", "user@h.lan", "h.lan:0", "h.lan:65536", "h.lan:x", "[::1]:80", "http://"]) {
    equal(go("${host}", {}, host), "STREAM_BAD_VALUE", host);
  }
  equal(go("h.lan", { url: "a b" }), "STREAM_BAD_VALUE");
  equal(go("h.lan", { url: "ä" }), "STREAM_BAD_VALUE");
  equal(go("h.lan", { url: "${host}" }, "a\r\nb"), "STREAM_BAD_VALUE");
});

test("values: a target that there can't be is an attempt that fails", () => {
  const bed = new Bed({ a: { endpoint: "${host}", metadata } });
  const stream = bed.create("a");
  stream.setMeta("host", "no host");
  stream.requestTx();
  equal(bed.user.said, "CREATING POLL CONNECTING UNREACHABLE ALL_RETRIES_FAILED");
  stream.setMeta("host", "h.lan");
  stream.connect();
  equal(bed.link.target.host, "h.lan");
  bed.streams.close();
});
