/** Options of mounts that can't be right are refused when the vhost is made. */
import { Context } from "lws/core/context";
import { Protocol } from "lws/core/protocol";
import { HttpVhost } from "lws/http/http-vhost";
import type { FileMount, Mount } from "lws/http/mount";
import { ResourceFiles } from "lws/vfs/resources";
import { equal, test, throws } from "./harness";

class Nothing extends Protocol {
  static readonly protocol = "nothing";
}

const context = new Context({ rxBuffer: 16, txBuffer: 16 });
const file: FileMount = { mountpoint: "/", files: new ResourceFiles("1", 784111777), origin: "www" };

function bound(mount: Mount) {
  return new HttpVhost(context, { name: "test", protocols: [Nothing], mounts: [mount] }).mounts[0];
}

test("bind: headers are lines of their own, and no more than fit a response", () => {
  equal(bound({ ...file, headers: { "X-A": "b", c: "" } })?.headers, "X-A: b\r\nc: \r\n");
  for (const [name, value] of [
    ["a b", "c"],
    ["", "c"],
    ["a:", "c"],
    ["a", "b\r\nc: d"],
    ["a", "b\n"],
    ["a", "\0"],
    ["a", "x".repeat(1790)],
  ] as const) {
    throws(() => bound({ ...file, headers: { [name]: value } }), "BAD_OPTION");
    throws(() => new HttpVhost(context, { name: "test", headers: { [name]: value } }), "BAD_OPTION");
  }
});

test("bind: headers of files", () => {
  const date = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  equal(
    bound(file)?.fileHeaders,
    `${date}Cache-Control: no-cache\r\nVary: Accept-Encoding\r\nAccept-Ranges: bytes\r\n`,
  );
});

test("bind: media types can't smuggle headers in", () => {
  for (const suffix of [".a", "*"]) {
    throws(() => bound({ ...file, types: { [suffix]: "b\r\nc: d" } }), "BAD_OPTION");
  }
  equal(bound({ ...file, types: { ".A": "b", "*": "" } })?.types?.join(), ".a,b");
  equal(bound({ ...file, types: { ".A": "b", "*": "" } })?.otherType, "");
  equal(bound(file)?.types, undefined);
});

test("bind: a redirect leads to a path or an address", () => {
  for (const redirect of ["/", "/a?b", "https://*", "http://a.b:80/c", "https://*:8443/"]) {
    equal(bound({ mountpoint: "/", redirect })?.redirect?.redirect, redirect);
  }
  for (const redirect of [
    "a",
    "//a",
    "ftp://a/",
    "javascript:a",
    "https://",
    "/a b",
    "/\r\nSet-Cookie: a",
    "http://a\n/",
  ]) {
    throws(() => bound({ mountpoint: "/", redirect }), "BAD_OPTION");
  }
});

test("bind: protocols that mounts name must be there", () => {
  equal(bound({ ...file, interpret: { ".S": "nothing" } })?.interpret?.[0], ".s");
  throws(() => bound({ ...file, interpret: { ".s": "absent" } }), "NO_PROTOCOL");
  throws(() => bound({ mountpoint: "/", protocol: "absent" }), "NO_PROTOCOL");
});
