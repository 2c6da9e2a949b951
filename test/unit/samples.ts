/** Bytes for the cases to work on. */

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** One byte for each character up to U+00FF. */
export function ascii(text: string): Uint8Array {
  const array = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) array[i] = text.charCodeAt(i);
  return array;
}

/** The values with commas between them, to compare and to show. */
export function list(array: ArrayBuffer | Uint8Array): string {
  return (array instanceof ArrayBuffer ? new Uint8Array(array) : array).join(",");
}
