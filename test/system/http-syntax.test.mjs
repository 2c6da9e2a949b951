// @ts-check
/** Requests that break HTTP/1.1: each gets its status and the end of its connection, and the next client is served. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openAnywhere } from "../lib/anywhere.mjs";
import { ask, Raw } from "../lib/raw.mjs";

/** @type {import("../lib/anywhere.mjs").Anywhere} */
let bench;
before(async () => {
  bench = await openAnywhere("bench");
});
after(() => bench?.close());

const GET = "GET /1k.txt HTTP/1.1\r\nHost: bench\r\n";
const POST = "POST /sink HTTP/1.1\r\nHost: bench\r\n";
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

/**
 * @param {string} title
 * @param {number} status
 * @param {Record<string, string>} requests name → bytes
 */
function refused(title, status, requests) {
  describe(`${title}: ${status}`, () => {
    for (const [name, request] of Object.entries(requests)) {
      test(name, async () => {
        for (const inPieces of [false, true]) {
          const raw = await Raw.open(bench.url);
          if (inPieces && request.length < 400) await raw.drip(request);
          else raw.write(request);
          const response = await raw.response();
          assert.equal(response.status, status, response.body.toString());
          assert.equal(response.headers.get("connection"), "close");
          assert.match(response.body.toString(), new RegExp(`<h1>${status} `));
          assert.equal(await raw.ended(), "end");
          assert.equal(raw.input.length, 0, "nothing more is answered");
          raw.close();
        }
      });
    }
  });
}

refused("request line (RFC 9112 §3)", 400, {
  "no method": " / HTTP/1.1\r\n\r\n",
  "a method that is no token": "G{T / HTTP/1.1\r\nHost: a\r\n\r\n",
  "two spaces before the target": "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
  "two spaces behind it": "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
  "a tab for a space": "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
  "a space at the end": "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
  "HTTP/0.9": "GET /\r\n",
  "http/1.1": "GET / http/1.1\r\nHost: a\r\n\r\n",
  "HTTP/1.10": "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
  "HTTP/11": "GET / HTTP/11\r\nHost: a\r\n\r\n",
  TLS: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n",
});

refused("request target (RFC 9112 §3.2)", 400, {
  "no slash": "GET 1k.txt HTTP/1.1\r\nHost: a\r\n\r\n",
  "a bad escape": "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
  "an escaped NUL": "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
  "an escaped slash": "GET /a%2f..%2f HTTP/1.1\r\nHost: a\r\n\r\n",
  "an overlong escape": "GET /%c0%af HTTP/1.1\r\nHost: a\r\n\r\n",
  "a backslash": "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n",
  "a space": "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
  "a fragment": "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n",
  "bytes above ASCII": "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n",
  "an asterisk for GET": "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
  "another scheme": "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
  "an authority": "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
  "a user in it": "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
});

refused("Host (RFC 9112 §3.2)", 400, {
  missing: "GET / HTTP/1.1\r\n\r\n",
  "missing beside an absolute target": "GET http://a/ HTTP/1.1\r\n\r\n",
  twice: "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "twice the same": "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
  empty: "GET / HTTP/1.1\r\nHost:\r\n\r\n",
  "a space": "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
  "a path": "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
  "a user": "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
  "a bad port": "GET / HTTP/1.1\r\nHost: a:80b\r\n\r\n",
  markup: 'GET / HTTP/1.1\r\nHost: "<b>\r\n\r\n',
});

refused("fields (RFC 9112 §5, RFC 9110 §5.5)", 400, {
  "obs-fold": `${GET}X: a\r\n b\r\n\r\n`,
  "a folded first line": "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
  "a space before the colon": `${GET}X : a\r\n\r\n`,
  "no colon": `${GET}X\r\n\r\n`,
  "no name": `${GET}: a\r\n\r\n`,
  "a name that is no token": `${GET}X(Y): a\r\n\r\n`,
  "a NUL": `${GET}X: a\0b\r\n\r\n`,
  "a control character": `${GET}X: a\x01b\r\n\r\n`,
  DEL: `${GET}X: \x7f\r\n\r\n`,
  "a bare CR in a value": `${GET}X: a\rb\r\n\r\n`,
  "a bare LF behind the request line": "GET / HTTP/1.1\nHost: a\r\n\r\n",
  "a bare LF behind a field": `${GET}X: a\n\r\n`,
  "a bare LF at the end": `${GET}\n`,
  "two CR": `${GET}X: a\r\r\n\r\n`,
});

refused("framing of the body (RFC 9112 §6)", 400, {
  "length beside chunked": `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "chunked beside length": `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  "two lengths": `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
  "twice the same length": `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde`,
  "a list of lengths": `${POST}Content-Length: 5, 5\r\n\r\nabcde`,
  "a negative length": `${POST}Content-Length: -1\r\n\r\n`,
  "a signed length": `${POST}Content-Length: +1\r\n\r\na`,
  "a hexadecimal length": `${POST}Content-Length: 0x1\r\n\r\na`,
  "an exponent": `${POST}Content-Length: 1e0\r\n\r\na`,
  "no number": `${POST}Content-Length: a\r\n\r\n`,
  "an empty length": `${POST}Content-Length:\r\n\r\n`,
  "two numbers": `${POST}Content-Length: 1 2\r\n\r\n`,
  "a length beyond all counting": `${POST}Content-Length: ${"9".repeat(30)}\r\n\r\n`,
  "an unknown coding": `${POST}Transfer-Encoding: gzip\r\n\r\n`,
  identity: `${POST}Transfer-Encoding: identity\r\n\r\n`,
  "chunked not last": `${POST}Transfer-Encoding: chunked, gzip\r\n\r\n`,
  "chunked twice, in two fields": `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "chunked in HTTP/1.0": "POST /sink HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "chunked behind a vertical tab": `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
});

refused("chunks (RFC 9112 §7.1)", 400, {
  "no size": `${CHUNKED}\r\n`,
  "no number": `${CHUNKED}x\r\n`,
  "a negative size": `${CHUNKED}-1\r\n`,
  "a prefix": `${CHUNKED}0x1\r\na\r\n`,
  "a space in front": `${CHUNKED} 1\r\na\r\n`,
  "a second number": `${CHUNKED}1 1\r\na\r\n`,
  "nine digits": `${CHUNKED}000000001\r\na\r\n`,
  "a bare LF behind the size": `${CHUNKED}1\na\r\n`,
  "a bare CR in an extension": `${CHUNKED}1;a\rb\r\na\r\n`,
  "more data than its size": `${CHUNKED}1\r\nab\r\n0\r\n\r\n`,
  "a bare LF behind the data": `${CHUNKED}1\r\na\n0\r\n\r\n`,
  "an endless extension": `${CHUNKED}1;${"x".repeat(600)}`,
  "a NUL in a trailer": `${CHUNKED}0\r\nX: \0\r\n\r\n`,
});

refused("endless trailers", 431, { trailers: `${CHUNKED}0\r\n${"X: y\r\n".repeat(300)}\r\n` });

refused("versions (RFC 9110 §15.6.6)", 505, {
  "HTTP/2.0": "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
  "HTTP/0.9": "GET / HTTP/0.9\r\nHost: a\r\n\r\n",
  "HTTP/9.9": "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
  "HTTP/2's preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
});

refused("what is not implemented (RFC 9110 §15.6.2)", 501, {
  "an unknown method": "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
  "a method in lower case": "get / HTTP/1.1\r\nHost: a\r\n\r\n",
  CONNECT: "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
  TRACE: "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
  "a coding before chunked": `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n`,
});

refused("a target beyond the store (RFC 9110 §15.5.15)", 414, {
  "without an end": `GET /${"a".repeat(3000)}`,
  "with all that follows": `GET /${"a".repeat(1600)} HTTP/1.1\r\nHost: a\r\n\r\n`,
});

refused("fields beyond the store (RFC 6585 §5)", 431, {
  "a long one": `${GET}X: ${"a".repeat(3000)}`,
  "many small ones": `${GET}${"X: a\r\n".repeat(300)}\r\n`,
  "a store's worth and more": `${GET}X: ${"a".repeat(1500)}\r\n\r\n`,
});

refused("an expectation (RFC 9110 §10.1.1)", 417, {
  "of another kind": `${POST}Expect: 200-ok\r\nContent-Length: 1\r\n\r\n`,
});

refused("a body beyond the limit (RFC 9110 §15.5.14)", 413, {
  "as it is announced": `${POST}Content-Length: 100001\r\n\r\n`,
  "with an expectation": `${POST}Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n`,
  "as it arrives in chunks": `${CHUNKED}${`4000\r\n${"a".repeat(0x4000)}\r\n`.repeat(7)}`,
});

test("a bad request behind a good one ends the connection only then", async () => {
  const raw = await Raw.open(bench.url);
  raw.write(`${GET}\r\nGET / HTTP/9.9\r\n\r\n${GET}\r\n`);
  assert.equal((await raw.response()).status, 200);
  assert.equal((await raw.response()).status, 505);
  assert.equal(await raw.ended(), "end");
  assert.equal(raw.input.length, 0);
  raw.close();
});

test("and after all that the device still serves, and never restarted", async () => {
  assert.equal((await ask(bench.url, `${GET}\r\n`)).status, 200);
  await bench.checkWell();
});
