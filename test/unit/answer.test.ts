/** Answers of other servers, and where these are. */
import { AnswerBody } from "lws/client/answer-body";
import { AnswerHead, BodyLength } from "lws/client/answer-head";
import { copyLines } from "lws/client/copy-lines";
import { parseEndpoint } from "lws/client/endpoint";
import type { ByteSource } from "lws/platform/bytes";
import { Bytes } from "lws/platform/bytes";
import { equal, test, throws } from "./harness";

test("endpoint: address, port, authority, base", () => {
  for (const [text, address, port, authority, base] of [
    ["http://192.168.1.7", "192.168.1.7", 80, "192.168.1.7", ""],
    ["http://192.168.1.7/", "192.168.1.7", 80, "192.168.1.7", ""],
    ["http://10.0.0.1:8080/a/b/", "10.0.0.1", 8080, "10.0.0.1:8080", "/a/b"],
    ["http://10.0.0.1:80/a%20b", "10.0.0.1", 80, "10.0.0.1", "/a%20b"],
  ] as const) {
    const endpoint = parseEndpoint(text);
    equal(endpoint.address, address);
    equal(endpoint.port, port);
    equal(endpoint.authority, authority);
    equal(endpoint.base, base);
  }
  for (const text of [
    "",
    "http://",
    "http://a/",
    "https://1.2.3.4/",
    "http://1.2.3/",
    "http://01.2.3.4/",
    "http://1.2.3.4//",
  ]) {
    throws(() => parseEndpoint(text), "BAD_OPTION");
  }
});

/** Parses `text` as it would arrive in pieces of `size` bytes. */
function parsed(text: string, size: number, room = 256): AnswerHead | string {
  const head = new AnswerHead(room);
  let state = "more";
  for (let at = 0; at < text.length && state === "more"; at += size) {
    head.length = Bytes.put(text.slice(at, at + size), head.store, head.length);
    state = head.parse();
  }
  return state === "end" ? head : state;
}

test("answer head: however it is cut", () => {
  const text =
    "HTTP/1.0 404 Not There\r\nContent-Length: 12 \r\nConnection: close, X-A\r\nconnection:x-b\r\nX-A: 1\r\n\r\n";
  for (const size of [1, 2, 7, 500]) {
    const head = parsed(text, size) as AnswerHead;
    equal(head.status, 404);
    equal(head.minor, 0);
    equal(head.reason, "Not There");
    equal(head.bodyLength, 12);
    equal(head.options, ",close,x-a,,x-b,");
    equal(head.header("x-a"), "1");
    equal(head.header("x"), undefined);
    equal(head.at, text.length);
  }
  equal((parsed("HTTP/1.1 200 \r\n\r\n", 3) as AnswerHead).bodyLength, BodyLength.untilClose);
  equal((parsed("HTTP/1.1 200\r\ntransfer-encoding: Chunked\r\n\r\n", 3) as AnswerHead).bodyLength, BodyLength.chunked);
  equal(parsed("HTTP/1.1 200 OK\r\n", 3), "more");
  equal(parsed("HTTP/1.1 200 OK\r\nA: b\r\n", 1, 23), "BAD_ANSWER");
  equal(parsed("220 smtp", 1), "BAD_ANSWER");
});

test("answer head: what comes before the answer", () => {
  const head = parsed("HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 500) as AnswerHead;
  equal(head.isInterim, true);
  head.next();
  equal(head.parse(), "end");
  equal(head.isInterim, false);
  equal(head.header("x"), undefined);
  equal(head.header("a"), "b");
  equal(head.length - head.at, 4);
});

/** What a body of `length` leaves of `text`, which arrives in pieces of `size` bytes. */
function decoded(text: string, length: number, size: number): string {
  const body = new AnswerBody(length);
  const buffer = new Uint8Array(64);
  let kept = 0;
  let result = "";
  for (let at = 0; at < text.length && !body.isOver; at += size) {
    const count = Bytes.put(text.slice(at, at + size), buffer, kept);
    const length = body.decode(buffer, count);
    if (length < 0) return "malformed";
    result += Bytes.latin1(buffer, 0, length);
    // What it did not use lies where it was, but for data that was moved over it.
    kept = Bytes.copy(buffer, body.used, count, buffer, 0);
  }
  return body.isOver ? result : `${result}…`;
}

test("answer body: chunks, however they are cut", () => {
  const text = "5\r\nhello\r\n1;a=b\r\n,\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n";
  for (const size of [1, 2, 3, 5, 8, 50]) equal(decoded(text, BodyLength.chunked, size), "hello, world");
  equal(decoded(text.slice(0, -2), BodyLength.chunked, 4), "hello, world…");
  for (const bad of ["g\r\n", "5\nhello", "5\r\nhello!\r\n", "\r\n", "1\r\na\r\n\r\n", "0\r\nX\r\n"]) {
    equal(decoded(bad, BodyLength.chunked, 50), "malformed", bad);
  }
});

test("answer body: a length, or none", () => {
  const body = new AnswerBody(10);
  equal(body.room(64), 10);
  equal(body.decode(new Uint8Array(64), 6), 6);
  equal(body.room(64), 4);
  equal(body.isOver, false);
  equal(body.decode(new Uint8Array(64), 4), 4);
  equal(body.isOver, true);
  equal(new AnswerBody(0).isOver, true);
  const all = new AnswerBody(BodyLength.untilClose);
  equal(all.lasts, true);
  equal(all.room(64), 64);
  equal(all.decode(new Uint8Array(64), 64), 64);
  equal(all.isOver, false);
});

test("answer body: no more than is wanted, and no less", () => {
  const text = "5\r\nhello\r\n1;a=b\r\n,\r\n6\r\n world\r\n0\r\n\r\n";
  for (const most of [1, 2, 3, 5, 7, 12, 100]) {
    const body = new AnswerBody(BodyLength.chunked);
    const buffer = new Uint8Array(64);
    let count = Bytes.put(text, buffer, 0);
    let result = "";
    for (let turn = 0; turn < 20 && !body.isOver; turn++) {
      const length = body.decode(buffer, count, most);
      equal(length <= most && (length > 0 || body.isOver), true, `${length} of ${most}`);
      result += Bytes.latin1(buffer, 0, length);
      count = Bytes.copy(buffer, body.used, count, buffer, 0);
    }
    equal(result, "hello, world", `${most}`);
    equal(body.isOver && count === 0, true);
  }
  const sized = new AnswerBody(10);
  equal(sized.room(64, 3), 3);
  equal(sized.decode(new Uint8Array(64), 10, 3), 3);
  equal(sized.used, 3);
  equal(sized.decode(new Uint8Array(64), 7), 7);
  equal(sized.isOver, true);
  equal(new AnswerBody(BodyLength.untilClose).room(64, 3), 3);
  equal(new AnswerBody(BodyLength.chunked).room(2048, 1) > 258, true, "a line of a chunk has to fit");
});

test("copied lines: whole pieces between those that stay behind", () => {
  const text = "A: 1\r\nKeep: 2\r\nX-Hop: 3\r\nB: 4\r\nProxy-Z: 5\r\nx-forwarded-for: 6\r\nC: 7\r\nu_v: 8\r\n";
  for (const [tail, noUnderscores] of [
    ["", true],
    ["u_v: 8\r\n", false],
  ] as const) {
    const store = new Uint8Array(text.length + 2);
    Bytes.put(`${text}\r\n`, store, 0);
    let out = "";
    let seen = "";
    const sink = {
      text(lines: string): void {
        out += lines;
      },
      bytes(source: ByteSource, from: number, to: number): void {
        out += Bytes.latin1(source, from, to);
      },
    };
    const rules = {
      names: "keep b",
      options: ",x-hop,",
      noUnderscores,
      known(position: number, from: number, value: number, to: number): void {
        seen += `${position}${Bytes.latin1(store, from, to).trim()}|${Bytes.latin1(store, value, to).trim()} `;
      },
    };
    copyLines({ store, fields: 0, at: store.length }, rules, sink);
    equal(out, `A: 1\r\nC: 7\r\n${tail}`);
    equal(seen, "1Keep: 2|2 2B: 4|4 ");
  }
});
