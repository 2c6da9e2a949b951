/** What the RTC word says between an image and the boot loader, across a restart. */
export const enum RtcWord {
  none = 0,
  /** To the boot loader: boot the setup image once. */
  requestFactory = 0xb00bcafe,
  /** To the boot loader: erase the header of ota_0, then boot the setup image. */
  requestFactoryEraseOta = 0xfac0eeee,
  /** From the boot loader: the setup image was asked for. */
  factoryRequested = 0xfaceb00b,
  /** From the boot loader: the button was held. */
  factoryButton = 0xf0cedfac,
}
