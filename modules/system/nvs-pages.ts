/**
 * Looks after pages of the NVS partition that ESP-IDF has given up. When the header of a page does not match its checksum, nvs_flash takes
 * the page for free and says nothing; settings may then be missing. Here that is noticed, once.
 */
import { BLOCK, Partition } from "lws/platform/flash";

const enum Header {
  size = 32,
  /** With the table of the entries' states behind it. */
  tableEnd = 64,
  /** From the sequence number, behind the state, to the checksum. */
  summed = 4,
  checksum = 28,
}

/** Erases the damaged pages, which hold nothing that NVS would read any more. Returns whether there were any. */
export function eraseDamagedPages(): boolean {
  const partition = new Partition("nvs");
  const header = new DataView(new ArrayBuffer(Header.tableEnd));
  let found = false;
  for (let at = 0; at < partition.size; at += BLOCK) {
    partition.read(at, header.buffer, 0, Header.tableEnd);
    if (isSound(header)) continue;
    found = true;
    partition.erase(at, BLOCK);
  }
  partition.close();
  return found;
}

/**
 * A page in use has a right checksum (CRC-32 of IEEE 802.3, begun as `esp_rom_crc32_le` does); one that is not is erased. Where no entry was
 * ever written there was nothing to lose: the power failed while the page was begun.
 */
function isSound(header: DataView): boolean {
  if (header.getInt32(0, true) === -1 || isUnused(header)) return true;
  let crc = 0;
  for (let at = Header.summed; at < Header.checksum; at++) {
    crc ^= header.getUint8(at);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc === header.getInt32(Header.checksum, true);
}

function isUnused(header: DataView): boolean {
  for (let at = Header.size; at < Header.tableEnd; at += 4) if (header.getInt32(at, true) !== -1) return false;
  return true;
}
