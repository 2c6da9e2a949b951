// @ts-check
/**
 * NVS partitions as tests see them: written to begin with, and read to see what a device has stored. Strings, counts of 32 bits and bytes are
 * all that the settings hold.
 */
import { ENTRIES, PAGE, readNvs as readValues, Writer } from "../../tools/lib/nvs.mjs";

export { ENTRIES, PAGE };

/** Fills pages one after the other, up to the last one, which NVS would leave free. */
export class NvsWriter {
  #writer;

  /** @param {number} [pages] */
  constructor(pages = 6) {
    this.#writer = new Writer(pages * PAGE, 0);
  }

  get bytes() {
    return this.#writer.bytes;
  }

  /** The page that is written to, and how many of its entries are free. */
  get place() {
    return this.#writer.place;
  }

  /** @param {string} space @param {string} key @param {string | number | Buffer} value @returns {this} */
  add(space, key, value) {
    if (typeof value === "number") this.#writer.add({ space, key, type: "u32", value: BigInt(value) });
    else if (typeof value === "string") this.#writer.add({ space, key, type: "string", value: Buffer.from(value) });
    else this.#writer.add({ space, key, type: "blob", value });
    return this;
  }

  /** Begins a new page, as if this one were full. @returns {this} */
  endPage() {
    this.#writer.endPage();
    return this;
  }
}

/**
 * What a partition holds: "SPACE/KEY" → text or number, the newest of each. What does not match its checksum is left out.
 * @param {Buffer} bytes
 * @returns {Map<string, string | number>}
 */
export function readNvs(bytes) {
  const values = readValues(bytes).filter(({ type }) => type !== "blob");
  return new Map(
    values.map(({ space, key, value }) => [
      `${space}/${key}`,
      typeof value === "bigint" ? Number(value) : String(value),
    ]),
  );
}

/**
 * The value of a key that holds bytes. Empty where there is none.
 * @param {Buffer} bytes of the partition
 * @param {string} space
 * @param {string} key
 */
export function readBlob(bytes, space, key) {
  const found = readValues(bytes).find((each) => each.space === space && each.key === key && each.type === "blob");
  return /** @type {Buffer} */ (found?.value ?? Buffer.alloc(0));
}

/** Name of the namespace of the settings. */
export const SETTINGS = "lws-station";

/**
 * Settings with these networks in their slots.
 * @param {import("./radio.mjs").Network[]} networks
 * @param {NvsWriter} [writer]
 */
export function settingsWith(networks, writer = new NvsWriter()) {
  networks.forEach(({ ssid, passphrase }, slot) => {
    writer.add(SETTINGS, `${slot}ssid`, ssid);
    if (passphrase !== "") writer.add(SETTINGS, `${slot}password`, passphrase);
  });
  return writer.bytes;
}
