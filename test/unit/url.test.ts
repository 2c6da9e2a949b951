/** Addresses of resources on HTTP servers. */
import { authorityOf, isSameServer, parseUrl, resolveUrl, type Url } from "lws/client/url";
import { equal, test } from "./harness";

function shown(url: Url | undefined): string {
  return url ? `${url.secure ? "s" : ""} ${url.host} ${url.port} ${url.target}` : "";
}

test("url: scheme, host, port, path and query", () => {
  for (const [text, parts] of [
    ["http://a.example", " a.example 80 /"],
    ["https://a.example", "s a.example 443 /"],
    ["HTTPS://A.Example:8443/B?c=D#e", "s a.example 8443 /B?c=D"],
    ["http://192.0.2.1:80?x", " 192.0.2.1 80 /?x"],
    ["http://a/%20;p=1/", " a 80 /%20;p=1/"],
  ] as const)
    equal(shown(parseUrl(text)), parts, text);
  for (const text of [
    "",
    "a.example",
    "//a.example/",
    "ftp://a.example/",
    "http:///",
    "http://a b/",
    "http://user@a/",
    "http://user:secret@a/",
    "http://[::1]/",
    "http://a:0/",
    "http://a:65536/",
    "http://a:/",
    "http://a:x/",
    "http://a/ b",
    "http://a/\r\nX: y",
    "http://a/\u00e9",
    "http://a/%2",
    "http://a/<b>",
    `http://a/${"b".repeat(1024)}`,
  ])
    equal(parseUrl(text), undefined, text);
});

test("url: references (RFC 3986 §5.4)", () => {
  const base = parseUrl("http://a/b/c/d;p?q") as Url;
  for (const [reference, target] of [
    ["g", "/b/c/g"],
    ["./g", "/b/c/g"],
    ["g/", "/b/c/g/"],
    ["/g", "/g"],
    ["?y", "/b/c/d;p?y"],
    ["g?y", "/b/c/g?y"],
    ["#s", "/b/c/d;p?q"],
    ["g#s", "/b/c/g"],
    ["", "/b/c/d;p?q"],
    [".", "/b/c/"],
    ["..", "/b/"],
    ["../g", "/b/g"],
    ["../..", "/"],
    ["../../../g", "/g"],
    ["/./g", "/g"],
    ["/../g", "/g"],
    ["g.", "/b/c/g."],
    ["..g", "/b/c/..g"],
    ["./g/.", "/b/c/g/"],
    ["g/../h", "/b/c/h"],
    ["g?y/../x", "/b/c/g?y/../x"],
  ] as const)
    equal(resolveUrl(base, reference)?.target, target, reference);
  equal(shown(resolveUrl(base, "//h/i")), " h 80 /i");
  equal(shown(resolveUrl(base, "https://h:1/i")), "s h 1 /i");
  for (const reference of ["mailto:x@y", "javascript:1", "//", "ftp://h/", "g h"])
    equal(resolveUrl(base, reference), undefined, reference);
});

test("url: who is the same server", () => {
  const url = (text: string) => parseUrl(text) as Url;
  equal(isSameServer(url("http://a/b"), url("http://A:80/c")), true);
  equal(isSameServer(url("http://a/"), url("https://a/")), false);
  equal(isSameServer(url("https://a/"), url("https://a:444/")), false);
  equal(isSameServer(url("https://a/"), url("https://b/")), false);
  equal(authorityOf(url("https://a:443/")), "a");
  equal(authorityOf(url("http://a:443/")), "a:443");
});
