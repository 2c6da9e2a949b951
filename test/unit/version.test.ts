/** Versions: the numbers in a text, and their order. */
import { compareVersions, parseVersion, readVersion } from "lws/update/version";
import { equal, test } from "./harness";

test("version: the numbers in a text", () => {
  for (const [text, numbers] of [
    ["1.2.3-14-gabc1234", "1,2,3,14"],
    ["v1.2.3-14-gabc1234-dirty", "1,2,3,14"],
    ["1.2.3.14", "1,2,3,14"],
    ["v1.2", "1,2,0,0"],
    ["7", "7,0,0,0"],
    ["1.2.3-rc1", "1,2,3,0"],
    ["1.2.3-4rc", "1,2,3,0"],
    ["65535.0.1", "65535,0,1,0"],
    ["0.1.0+abc", "0,1,0,0"],
    ["", "0,0,0,0"],
    ["abc1234", "0,0,0,0"],
    ["-1", "0,0,0,0"],
  ] as const)
    equal(String(parseVersion(text)), numbers, text);
});

test("version: each number counts more than all behind it", () => {
  const order = ["0", "0.0.0.1", "0.0.1", "0.1", "0.9.65535.65535", "0.10", "1", "1.0.0-2-g1", "1.0.0-10-g1", "2"];
  order.forEach((a, i) => {
    order.forEach((b, j) => {
      equal(Math.sign(compareVersions(parseVersion(a), parseVersion(b))), Math.sign(i - j), `${a} and ${b}`);
    });
  });
});

test("version: as it lies in an image", () => {
  const bytes = Uint8Array.of(9, 1, 2, 3, 0, 255, 255, 0, 0).buffer;
  equal(String(readVersion(bytes as ArrayBuffer, 1)), "513,3,65535,0");
});
