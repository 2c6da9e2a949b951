// @ts-check
/** Chips by their id in images, with the names that ESP Web Tools has for them and the address of the boot loader. */

/** @type {Record<number, { family: string, bootloader: number }>} */
export const CHIPS = {
  0: { family: "ESP32", bootloader: 0x1000 },
  2: { family: "ESP32-S2", bootloader: 0x1000 },
  5: { family: "ESP32-C3", bootloader: 0 },
  9: { family: "ESP32-S3", bootloader: 0 },
  13: { family: "ESP32-C6", bootloader: 0 },
};
