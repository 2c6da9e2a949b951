/** The SDK's key-value store over NVS: kinds of values, limits, and what is missing. The words of its errors are Espressif's: only their kinds are told. */
import KeyValue from "embedded:storage/key-value";
import { type Suite, say, thrown } from "./suite";

const SPACE = "seam-values";

function text(length: number): string {
  return "abcdefghij".repeat(Math.ceil(length / 10)).slice(0, length);
}

/** Kind and value of what a key holds. */
function shown(value: unknown): string {
  return value instanceof ArrayBuffer ? `bytes ${new Uint8Array(value)}` : `${typeof value} ${value}`;
}

export function addStorageCases(suite: Suite): void {
  suite.add("key-value: a namespace that nobody has written to", () => {
    say(thrown(() => KeyValue.open({ path: "seam-nobody", mode: "r" })));
    say(thrown(() => KeyValue.open({ path: text(16), mode: "r+" })));
    KeyValue.open({ path: text(15), mode: "r+" }).close();
    say("15 characters are enough");
  });

  suite.add("key-value: numbers", () => {
    for (const format of ["uint8", "int8", "uint16", "int16", "uint32", "int32"] as const) {
      const store = KeyValue.open({ path: SPACE, format, mode: "r+" });
      say(`${format} missing: ${store.read(format)}`);
      const bits = Number(format.replace(/\D/g, ""));
      const most = format.startsWith("u") ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
      store.write(format, most);
      const high = store.read(format);
      store.write(format, format.startsWith("u") ? 0 : -(2 ** (bits - 1)));
      say(`${format}: ${high} ${store.read(format)}`);
      store.close();
    }
    const big = KeyValue.open({ path: SPACE, format: "uint64", mode: "r+" });
    big.write("uint64", 0xfedcba9876543210n);
    say(shown(big.read("uint64")));
    big.close();
  });

  suite.add("key-value: strings", () => {
    const store = KeyValue.open({ path: SPACE, format: "string", mode: "r+" });
    say(`missing: ${store.read("text")}`);
    for (const value of ["", "plain", "Grüße 😀", text(3999)]) {
      store.write("text", value);
      say(`${value.length} back: ${store.read("text") === value}`);
    }
    say(thrown(() => store.write("text", text(4000))));
    say(`still there: ${store.read("text")?.length}`);
    say(thrown(() => store.write(text(16), "a")));
    store.write(text(15), "a");
    say(`format ${store.format}`);
    store.close();
  });

  suite.add("key-value: bytes", () => {
    const store = KeyValue.open({ path: SPACE, format: "buffer", mode: "r+" });
    store.write("bytes", new Uint8Array([1, 2, 255]).subarray(1));
    say(shown(store.read("bytes")));
    store.write("bytes", new ArrayBuffer(5000));
    say(`5000: ${store.read("bytes")?.byteLength}`);
    say(`a string: ${thrown(() => store.read("text"))}`);
    store.close();
  });

  suite.add("key-value: deleting, and going through", () => {
    const store = KeyValue.open({ path: "seam-keys", format: "uint8", mode: "r+" });
    for (const key of ["one", "two", "three"]) store.write(key, 1);
    store.delete("two");
    store.delete("never");
    say(`${store.read("two")} ${[...store].sort()}`);
    store.write("one", 7);
    say(`${store.read("one")} ${[...store].sort()}`);
    const reader = KeyValue.open({ path: "seam-keys", format: "uint8", mode: "r" });
    say(`read only: ${reader.read("one")} ${thrown(() => reader.write("one", 8))}`);
    reader.close();
    store.close();
    say(thrown(() => store.read("one")));
  });
}
