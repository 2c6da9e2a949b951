// @ts-check
/** The linker's map of an image: how many bytes each part brought to it. */

/**
 * @typedef {object} MapSizes
 * @property {Map<string, number>} parts bytes in the image by what they come from: an object of the firmware, or a whole library
 * @property {number} image bytes of all sections that are stored in the image
 * @property {number} ram bytes of internal memory that are taken before anything runs
 */

/**
 * Sections that an image stores, and those that take internal memory. ESP-IDF's linker scripts name them alike for all chips. Where code and data share one
 * memory at two addresses, a dummy keeps the data away from where the code is.
 */
const STORED =
  /^\.(?:flash\.(?!_noload)|flash_rodata(?!_dummy)|iram0\.(?!bss|.*_end)|dram0\.data|rtc\.(?!bss|noinit|.*dummy)|eh_frame)/;
const MEMORY = /^\.(?:iram0\.|dram0\.(?!dummy)|noinit)/;
/** The archive of what mcconfig compiles, whose objects are told one by one. */
const FIRMWARE = /^xs_\w+\.a$/;
/** A section of the output begins its line; what went into it is indented by one blank. A long name has its line to itself. */
const OUTPUT = /^(\.[\w.]+)(?:\s+0x[\da-f]+\s+0x([\da-f]+))?/;
const INPUT = /^ (?:\S+|\*fill\*)\s+0x[\da-f]+\s+0x([\da-f]+)(?: (.*))?$/;
const WRAPPED = /^\s+0x[\da-f]+\s+0x([\da-f]+)(?: (.*))?$/;
const BEGIN = "Linker script and memory map";

/** @param {string} text @returns {MapSizes} */
export function readMap(text) {
  /** @type {MapSizes} */
  const sizes = { parts: new Map(), image: 0, ram: 0 };
  const begin = text.indexOf(BEGIN);
  let section = "";
  let waits = "";
  const whole = (/** @type {string} */ hex) => {
    const bytes = Number.parseInt(hex, 16);
    if (STORED.test(section)) sizes.image += bytes;
    if (MEMORY.test(section)) sizes.ram += bytes;
  };
  const part = (/** @type {string} */ hex, /** @type {string} */ file) => {
    if (!STORED.test(section)) return;
    const name = partName(file);
    sizes.parts.set(name, (sizes.parts.get(name) ?? 0) + Number.parseInt(hex, 16));
  };
  for (const line of text.slice(Math.max(begin, 0)).split("\n")) {
    const output = OUTPUT.exec(line);
    const input = output ? null : INPUT.exec(line);
    const wrapped = output || input ? null : WRAPPED.exec(line);
    if (output) {
      section = output[1];
      if (output[2]) whole(output[2]);
    } else if (input) part(input[1], input[2] ?? "");
    else if (wrapped && waits === "section") whole(wrapped[1]);
    else if (wrapped && waits === "part") part(wrapped[1], wrapped[2] ?? "");
    waits = output && !output[2] ? "section" : /^ \S+$/.test(line) ? "part" : "";
  }
  return sizes;
}

/** `esp-idf/mbedtls/libmbedtls.a(ssl_tls.c.obj)` is of libmbedtls.a; of the firmware's own archive the object counts. @param {string} file */
function partName(file) {
  const [, archive, object] = /([^/]+\.a)(?:\(([^)]+)\))?$/.exec(file) ?? [];
  if (!archive) return file === "" ? "(between them)" : (file.split("/").at(-1) ?? file);
  return object && FIRMWARE.test(archive) ? object.replace(/\.o(?:bj)?$/, "") : archive;
}
