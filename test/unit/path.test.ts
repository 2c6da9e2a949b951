/** Request paths: percent-decoding and dot segments (RFC 3986 §2.1, §5.2.4). */
import { normalizePath } from "lws/http/path";
import { equal, test } from "./harness";

function cases(name: string, table: readonly (readonly [string, string | undefined])[]): void {
  test(`path: ${name}`, () => {
    for (const [target, path] of table) equal(normalizePath(target), path, target);
  });
}

cases("what needs no change", [
  ["/", "/"],
  ["/index.html", "/index.html"],
  ["/a/b/", "/a/b/"],
  ["/a.b..c/d.", "/a.b..c/d."],
  ["*", "*"],
]);

// RFC 3986 §5.4 resolves its examples against /b/c/d;p; what is left for a server to do is §5.2.4 on the merged path.
cases("RFC 3986 §5.2.4, §5.4 examples", [
  ["/a/b/c/./../../g", "/a/g"],
  ["/b/c/g", "/b/c/g"],
  ["/b/c/./g", "/b/c/g"],
  ["/b/c/g/", "/b/c/g/"],
  ["/b/c/.", "/b/c/"],
  ["/b/c/./", "/b/c/"],
  ["/b/c/..", "/b/"],
  ["/b/c/../", "/b/"],
  ["/b/c/../g", "/b/g"],
  ["/b/c/../..", "/"],
  ["/b/c/../../", "/"],
  ["/b/c/../../g", "/g"],
  ["/b/c/../../../g", "/g"],
  ["/b/c/../../../../g", "/g"],
  ["/./g", "/g"],
  ["/../g", "/g"],
  ["/b/c/g.", "/b/c/g."],
  ["/b/c/.g", "/b/c/.g"],
  ["/b/c/g..", "/b/c/g.."],
  ["/b/c/..g", "/b/c/..g"],
  ["/b/c/./../g", "/b/g"],
  ["/b/c/./g/.", "/b/c/g/"],
  ["/b/c/g/./h", "/b/c/g/h"],
  ["/b/c/g/../h", "/b/c/h"],
  ["/b/c/g;x=1/./y", "/b/c/g;x=1/y"],
  ["/b/c/g;x=1/../y", "/b/c/y"],
]);

cases("the root has no parent", [
  ["/..", "/"],
  ["/../", "/"],
  ["/.", "/"],
  ["/../../../etc/passwd", "/etc/passwd"],
  ["/a/../..", "/"],
  ["/...", "/..."],
]);

cases("slashes in a row are one", [
  ["//", "/"],
  ["/a//b", "/a/b"],
  ["//a///b//", "/a/b/"],
  ["/a//../b", "/b"],
]);

cases("escapes are decoded, once", [
  ["/%61", "/a"],
  ["/%7Euser/%7euser", "/~user/~user"],
  ["/a%20b", "/a b"],
  ["/%C3%A9", "/é"],
  ["/%F0%9F%98%80", "/😀"],
  ["/%2561", "/%61"],
  ["/%252e%252e/x", "/%2e%2e/x"],
  ["/a+b", "/a+b"],
  ["/%3Fx%23y", "/?x#y"],
]);

cases("escaped dots are dots", [
  ["/a/%2e%2e/b", "/b"],
  ["/a/%2E./b", "/b"],
  ["/a/.%2e", "/"],
  ["/%2e/a", "/a"],
  ["/%2e%2e/%2e%2e/a", "/a"],
]);

cases("an escape may not hide a NUL, a slash or a backslash", [
  ["/a%00b", undefined],
  ["/a%2fb", undefined],
  ["/a%2Fb", undefined],
  ["/..%2f..%2fetc", undefined],
  ["/a%5cb", undefined],
  ["/a%5C..%5Cb", undefined],
]);

cases("malformed escapes", [
  ["/%", undefined],
  ["/%4", undefined],
  ["/%zz", undefined],
  ["/%4z", undefined],
  ["/a%", undefined],
  ["/%u0041", undefined],
  ["/%%41", undefined],
]);

cases("escapes that are no UTF-8 (RFC 3629 §3)", [
  ["/%C0%AF", undefined],
  ["/%C0%AE%C0%AE/x", undefined],
  ["/%E0%80%AF", undefined],
  ["/%ED%A0%80", undefined],
  ["/%F4%90%80%80", undefined],
  ["/%FF", undefined],
  ["/%80", undefined],
  ["/%C3", undefined],
  ["/%C3/%A9", undefined],
]);
