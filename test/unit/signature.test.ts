/** Signatures of images. The native heap has to be as before each time. */
import Hex from "hex";
import { Chip } from "lws/platform/chip";
import { Signature } from "lws/platform/signature";
import { equal, test, throws } from "./harness";

/** The order of the group, FIPS 186-5 / SP 800-186 §3.2.1.3: numbers in a signature are between 0 and it. */
const ORDER = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const ZERO = "00".repeat(32);

interface Vector {
  point: string;
  hash: string;
  signature: string;
}

/** RFC 6979 §A.2.5, SHA-256 of "sample". */
const published: Vector = {
  point:
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  hash: "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
  signature:
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
};

/** Made with Node's crypto (OpenSSL): SHA-256 of "lws-xs". */
const ours: Vector = {
  point:
    "04d99c903903f8536cccdbbf27ed96787cb298f152e33089dfc7b4e4e01cefc8dc18611b5de99562facd632f69cca3520489492dab662a4fb91dcc4f013101769c",
  hash: "03ed05fe5f1ed9ecc1c8b8df07c4d614600d1ef516da9b5da2be4b6a4360a847",
  signature:
    "4b2f7426fafb6d7e0d58decfc2806701f9941da7eb5de3644c5825a50e7fc2c01ad9112cfb63da554128fb1825235c146ddc25944141b80dad6795b7bf9f32cd",
};

const bytes = (hex: string) => (hex === "" ? new Uint8Array(0) : new Uint8Array(Hex.toBuffer(hex)));

function isValid(vector: Vector): boolean {
  return Signature.isValid(bytes(vector.point), bytes(vector.hash), bytes(vector.signature));
}

/** A case after which the native heap is as it was before. */
function tidy(name: string, body: () => void): void {
  test(name, () => {
    // The first call of all sets up what stays.
    isValid(ours);
    const base = Chip.heap().native;
    body();
    equal(Chip.heap().native, base, "native heap");
  });
}

tidy("signature: good ones are valid, in buffers and in views", () => {
  equal(isValid(published), true);
  equal(isValid(ours), true);
  const { point, hash, signature } = ours;
  equal(Signature.isValid(Hex.toBuffer(point), Hex.toBuffer(hash), Hex.toBuffer(signature)), true);
  const all = bytes(`ff${point}${hash}${signature}ff`);
  equal(Signature.isValid(all.subarray(1, 66), all.subarray(66, 98), all.subarray(98, 162)), true);
});

tidy("signature: another hash, another key, another signature", () => {
  equal(isValid({ ...ours, hash: published.hash }), false);
  equal(isValid({ ...ours, point: published.point }), false);
  equal(isValid({ ...ours, signature: published.signature }), false);
});

tidy("signature: any flipped bit", () => {
  const point = bytes(ours.point);
  const hash = bytes(ours.hash);
  const signature = bytes(ours.signature);
  let bit = 0;
  for (const part of [point, hash, signature]) {
    for (let at = 0; at < part.length; at += 3) {
      const mask = 1 << (bit++ & 7);
      part[at] = (part[at] as number) ^ mask;
      equal(Signature.isValid(point, hash, signature), false, `byte ${at} of ${part.length}`);
      part[at] = (part[at] as number) ^ mask;
    }
  }
  equal(Signature.isValid(point, hash, signature), true);
});

tidy("signature: a key that is no uncompressed point of the curve", () => {
  const { point } = ours;
  const x = point.slice(2, 66);
  const y = point.slice(66);
  for (const bad of [
    `04${x}${x}`,
    `04${ZERO}${ZERO}`,
    `04${"ff".repeat(64)}`,
    `02${x}${y}`,
    `05${x}${y}`,
    "00".repeat(65),
  ])
    equal(isValid({ ...ours, point: bad }), false, bad);
});

tidy("signature: numbers outside of their range", () => {
  const r = ours.signature.slice(0, 64);
  const s = ours.signature.slice(64);
  for (const bad of [ZERO + s, r + ZERO, ZERO + ZERO, ORDER + s, r + ORDER, "ff".repeat(64)])
    equal(isValid({ ...ours, signature: bad }), false, bad);
});

tidy("signature: wrong lengths", () => {
  const { point, hash, signature } = ours;
  for (const bad of ["", point.slice(2), `${point}00`, `02${point.slice(2, 66)}`])
    equal(isValid({ ...ours, point: bad }), false);
  for (const bad of ["", hash.slice(2), `${hash}00`]) equal(isValid({ ...ours, hash: bad }), false);
  for (const bad of ["", signature.slice(2), `${signature}00`, `3044${signature}`])
    equal(isValid({ ...ours, signature: bad }), false);
});

tidy("signature: what has no bytes is a mistake of the caller", () => {
  throws(() => Signature.isValid("" as unknown as ArrayBuffer, bytes(ours.hash), bytes(ours.signature)), "TypeError");
});
