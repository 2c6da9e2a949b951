// @ts-check
/** otadata: which slot to boot (esp_ota_select_entry_t in ESP-IDF's esp_flash_partitions.h). */

const SECTOR = 4096;
/** ESP_OTA_IMG_UNDEFINED: nobody keeps a state for this slot. */
export const UNDEFINED_STATE = 0xffffffff;

/**
 * CRC-32 of a sequence number as the boot loader computes it: the reflected polynomial, with a register that starts at zero.
 * @param {number} sequence
 */
export function sequenceCrc(sequence) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(sequence);
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/**
 * Two sectors that select an OTA slot, or none.
 * @param {number} [sequence] 0: blank, so that the factory image boots; slot = (sequence - 1) mod number of slots
 */
export function writeOtadata(sequence = 0) {
  const otadata = Buffer.alloc(2 * SECTOR, 0xff);
  if (sequence > 0) {
    const at = sequence % 2 === 1 ? 0 : SECTOR;
    otadata.writeUInt32LE(sequence, at);
    otadata.writeUInt32LE(UNDEFINED_STATE, at + 24);
    otadata.writeUInt32LE(sequenceCrc(sequence), at + 28);
  }
  return otadata;
}

/**
 * @param {Buffer} otadata
 * @returns {number} highest valid sequence number, 0 when there is none
 */
export function readOtadata(otadata) {
  return Math.max(
    0,
    ...[0, SECTOR].map((at) => {
      const sequence = otadata.readUInt32LE(at);
      const valid = sequence !== 0xffffffff && otadata.readUInt32LE(at + 28) === sequenceCrc(sequence);
      return valid ? sequence : 0;
    }),
  );
}
