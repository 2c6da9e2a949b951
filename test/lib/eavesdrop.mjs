// @ts-check
/** Keeps everything that devices say, and looks for what they must not say in it: as it is, and in every way that text is written on the wire. */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Raw } from "./raw.mjs";

/** Characters of base64 that stand for whole bytes of `bytes`, wherever in a longer text they begin. @param {Buffer} bytes */
function base64(bytes) {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    return text.slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + bytes.length)) / 6));
  });
}

/** Ways to write a secret. @param {string | Buffer} secret @returns {Set<string>} one character for each byte */
export function writings(secret) {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const all = [bytes.toString("latin1"), hex, hex.toUpperCase(), ...base64(bytes)];
  for (const text of base64(bytes)) all.push(text.replaceAll("+", "-").replaceAll("/", "_"));
  if (typeof secret === "string") {
    const html = secret.replace(
      /[&<>"']/g,
      (c) => `&${{ "&": "amp", "<": "lt", ">": "gt", '"': "quot" }[c] ?? "#39"};`,
    );
    const quoted = [
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll('"', '""'),
      secret.replaceAll('"', "'"),
      html,
    ];
    quoted.push(encodeURIComponent(secret), new URLSearchParams({ x: secret }).toString().slice(2));
    for (const text of quoted) all.push(Buffer.from(text).toString("latin1"));
  }
  return new Set(all);
}

/** The number that a private key is, of any kind of key. @param {Buffer} key in PEM or DER */
export function privateNumber(key) {
  const isPem = key.toString("latin1", 0, 5) === "-----";
  const type = /** @type {"pkcs8"} */ (key[4] === 1 ? "sec1" : key[7] === 2 ? "pkcs1" : "pkcs8");
  const { d } = createPrivateKey(isPem ? key : { key, format: "der", type }).export({ format: "jwk" });
  return Buffer.from(String(d), "base64url");
}

export class Eavesdropper {
  /** @type {{ where: string, text: string }[]} */ #said = [];
  /** @type {Map<string, Set<string>>} */ #secrets = new Map();

  /** Bytes that everything so far has. */
  get size() {
    return this.#said.reduce((sum, { text }) => sum + text.length, 0);
  }

  /** @param {string} where @param {string | Buffer} what */
  hear(where, what) {
    this.#said.push({ where, text: Buffer.from(what).toString("latin1") });
  }

  /** @param {string} name @param {string | Buffer} secret */
  plant(name, secret) {
    assert.ok(secret.length >= 8, `${name} is too short to be told from chance`);
    this.#secrets.set(name, writings(secret));
  }

  /**
   * Sends bytes and keeps what comes back, until the other end closes the connection or has been silent for a while.
   * @param {string} url @param {string | Buffer} request @param {string} [where]
   * @returns {Promise<string>} what came back
   */
  async ask(url, request, where = `${url} ${String(request).slice(0, 60)}`) {
    const raw = await Raw.open(url);
    try {
      raw.write(request);
      let length = 0;
      for (let silent = 0; raw.ending === "" && silent < (length === 0 ? SLOW : PAUSE); silent += STEP) {
        await delay(STEP);
        if (raw.input.length !== length) silent = 0;
        length = raw.input.length;
      }
      this.hear(where, raw.input);
      return raw.input.toString("latin1");
    } finally {
      raw.close();
    }
  }

  /** Every secret that was said, with where. */
  found() {
    /** @type {string[]} */ const leaks = [];
    for (const { where, text } of this.#said) {
      for (const [name, ways] of this.#secrets) {
        for (const way of ways) if (text.includes(way)) leaks.push(`${name} in ${where}: ${excerpt(text, way)}`);
      }
    }
    return leaks;
  }
}

/** Milliseconds in which a first byte comes, without a byte after which none does, and between two looks. */
const SLOW = 3000;
const PAUSE = 200;
const STEP = 5;

/** @param {string} text @param {string} way */
function excerpt(text, way) {
  const at = text.indexOf(way);
  return text.slice(Math.max(0, at - 60), at + way.length + 20);
}
