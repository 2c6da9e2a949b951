// @ts-check
/** Frames on a serial line (RFC 1055). */

/** @param {Buffer} packet @returns {Buffer} */
export function writeSlip(packet) {
  const bytes = Array.from(packet).flatMap((byte) => ({ 192: [0xdb, 0xdc], 219: [0xdb, 0xdd] })[byte] ?? [byte]);
  return Buffer.from([0xc0, ...bytes, 0xc0]);
}

/** @param {Buffer} frame what stands between two ends @returns {Buffer} */
export function unescapeSlip(frame) {
  const bytes = [];
  for (let i = 0; i < frame.length; i++) bytes.push(frame[i] === 0xdb ? (frame[++i] === 0xdc ? 0xc0 : 0xdb) : frame[i]);
  return Buffer.from(bytes);
}
