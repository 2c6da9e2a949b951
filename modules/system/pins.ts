/** What differs by chip: its name, and which pin has which task, since flash and the console take some of those that there are. */
import { Chip } from "lws/platform/chip";

export interface Pins {
  /** To ground while it is pressed; bootloader_start.c asks the same pin. */
  readonly button: number;
  /** Sinks the current of the light. */
  readonly led: number;
  /** The first serial line, which is that of the console. */
  readonly transmit: number;
  readonly receive: number;
}

/** Ids of chips as headers of images have them (esp_chip_id_t). */
const enum ChipId {
  esp32c3 = 5,
  esp32s3 = 9,
}

/** GPIO numbers of this chip; those of the ESP32 on any that is not known. */
export function chipPins(): Pins {
  switch (Chip.id) {
    case ChipId.esp32c3:
      return { button: 10, led: 6, transmit: 21, receive: 20 };
    case ChipId.esp32s3:
      return { button: 14, led: 21, transmit: 43, receive: 44 };
    default:
      return { button: 14, led: 23, transmit: 1, receive: 3 };
  }
}

/** The name of this chip, as pages that flash it know it; that of the ESP32 for any that is not known. */
export function chipFamily(): string {
  switch (Chip.id) {
    case ChipId.esp32c3:
      return "ESP32-C3";
    case ChipId.esp32s3:
      return "ESP32-S3";
    default:
      return "ESP32";
  }
}
