/**
 * A certificate chain and its key as one value, which is stored whole or not at all: the word "LWSP", the lengths of both (16 bits each,
 * little-endian), then both in DER.
 */

const MAGIC = 0x5053574c;
const HEADER = 8;

/** What can put a chain and a key into a buffer: certificates that were read, or made. */
export interface PairSource {
  readonly chainLength: number;
  readonly keyLength: number;
  put(into: ArrayBuffer | Uint8Array, at: number): void;
}

/** A chain and its key, in DER. */
export interface Pair {
  readonly chain: Uint8Array;
  readonly key: Uint8Array;
}

/** Takes chain and key, which `source` has no longer then. */
export function packPair(source: PairSource): ArrayBuffer {
  const { chainLength, keyLength } = source;
  const bytes = new ArrayBuffer(HEADER + chainLength + keyLength);
  const header = new DataView(bytes);
  header.setUint32(0, MAGIC, true);
  header.setUint16(4, chainLength, true);
  header.setUint16(6, keyLength, true);
  source.put(bytes, HEADER);
  return bytes;
}

/** Views of both; undefined where the bytes are no pair. */
export function unpackPair(bytes: ArrayBuffer): Pair | undefined {
  const { byteLength } = bytes;
  if (byteLength < HEADER) return undefined;
  const header = new DataView(bytes);
  const chainLength = header.getUint16(4, true);
  const keyLength = header.getUint16(6, true);
  if (header.getUint32(0, true) !== MAGIC || HEADER + chainLength + keyLength !== byteLength) return undefined;
  return {
    chain: new Uint8Array(bytes, HEADER, chainLength),
    key: new Uint8Array(bytes, HEADER + chainLength, keyLength),
  };
}

/** Leaves nothing of what the buffer held. */
export function wipe(bytes: ArrayBuffer | Uint8Array | undefined): void {
  if (bytes) new Uint8Array(bytes instanceof Uint8Array ? bytes.buffer : bytes).fill(0);
}
