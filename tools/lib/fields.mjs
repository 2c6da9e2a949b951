// @ts-check
/** Fields of descriptors: texts that end with a NUL, and versions of four numbers. */

/**
 * @param {Buffer} into
 * @param {number} at
 * @param {number} size of the field, its NUL included
 * @param {string} text
 */
export function putText(into, at, size, text) {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length >= size) throw new RangeError(`"${text}" is longer than ${size - 1} bytes`);
  bytes.copy(into, at);
}

/**
 * @param {Buffer} from
 * @param {number} at
 * @param {number} size
 */
export function getText(from, at, size) {
  const field = from.subarray(at, at + size);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? size : end);
}

/** @param {Buffer} into @param {number} at @param {number[]} numbers four */
export function putNumbers(into, at, numbers) {
  numbers.forEach((number, i) => {
    into.writeUInt16LE(number, at + 2 * i);
  });
}

/** @param {Buffer} from @param {number} at */
export function getNumbers(from, at) {
  return [0, 2, 4, 6].map((offset) => from.readUInt16LE(at + offset));
}
