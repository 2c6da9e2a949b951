/** MD5, with the vectors of RFC 1321 §A.5, and lengths around the ends of blocks. */
import Hex from "hex";
import { md5 } from "lws/client/md5";
import { equal, test } from "./harness";

test("md5", () => {
  for (const [text, hash] of [
    ["", "d41d8cd98f00b204e9800998ecf8427e"],
    ["a", "0cc175b9c0f1b6a831c399e269772661"],
    ["abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"],
    ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
    ["ä€", "f1e21d5366cff108f242f8e4853aabae"],
    ["x".repeat(55), "04364420e25c512fd958a70738aa8f72"],
    ["x".repeat(56), "668a72d5ba17f08e62dabcafad6db14b"],
    ["x".repeat(63), "7dc2ca208106a2f703567bdff99d8981"],
    ["x".repeat(64), "c1bb4f81d892b2d57947682aeb252456"],
    ["x".repeat(1000), "398533d48111e9f664b1f64cb10c4b63"],
  ] as const)
    equal(Hex.toString(md5(text)).toLowerCase(), hash, text);
});
