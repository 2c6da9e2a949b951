// @ts-check
/** otadata: which slot to boot (esp_ota_select_entry_t in ESP-IDF's esp_flash_partitions.h). */

const SECTOR = 4096;
/** ESP_OTA_IMG_UNDEFINED: nobody keeps a state for this slot. */
export const UNDEFINED_STATE = 0xffffffff;
/** esp_ota_img_states_t, by number. */
const STATES = ["new", "pending", "valid", "invalid", "aborted"];

/**
 * CRC-32 of a sequence number as the boot loader computes it.
 * @param {number} sequence
 */
export function sequenceCrc(sequence) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(sequence);
  return recordCrc(bytes);
}

/**
 * The boot loader's CRC-32: the reflected polynomial, with a register that starts at zero.
 * @param {Buffer} bytes
 */
export function recordCrc(bytes) {
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
 * @param {string} [state] of the slot, as Boot.state() says it; default: undefined, as on a chip that was programmed by a cable
 */
export function writeOtadata(sequence = 0, state = "undefined") {
  const otadata = Buffer.alloc(2 * SECTOR, 0xff);
  if (sequence > 0) {
    const at = sequence % 2 === 1 ? 0 : SECTOR;
    otadata.writeUInt32LE(sequence, at);
    otadata.writeUInt32LE(STATES.includes(state) ? STATES.indexOf(state) : UNDEFINED_STATE, at + 24);
    otadata.writeUInt32LE(sequenceCrc(sequence), at + 28);
  }
  return otadata;
}

/**
 * The entries that are whole, the newest first.
 * @param {Buffer} otadata
 */
function entries(otadata) {
  return [0, SECTOR]
    .map((at) => ({
      sequence: otadata.readUInt32LE(at),
      state: STATES[otadata.readUInt32LE(at + 24)] ?? "undefined",
      crc: otadata.readUInt32LE(at + 28),
    }))
    .filter(({ sequence, crc }) => sequence !== 0xffffffff && crc === sequenceCrc(sequence))
    .sort((a, b) => b.sequence - a.sequence);
}

/**
 * @param {Buffer} otadata
 * @returns {number} highest valid sequence number, 0 when there is none
 */
export function readOtadata(otadata) {
  return entries(otadata).find(({ state }) => state !== "invalid" && state !== "aborted")?.sequence ?? 0;
}

/**
 * @param {Buffer} otadata
 * @returns {string} state of the newest entry, "" when there is none
 */
export function readState(otadata) {
  return entries(otadata)[0]?.state ?? "";
}
