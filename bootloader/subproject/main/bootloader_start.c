/*
 * The second stage of the boot: ESP-IDF's, with a decision before its own. A word that an image left in the RTC domain, or the button, starts the
 * setup image once, whatever otadata selects; otadata stays as it is, and no probation begins. host/boot.c decides the same for the virtual device.
 */
#include <stdbool.h>

#include "bootloader_common.h"
#include "bootloader_config.h"
#include "bootloader_flash_priv.h"
#include "bootloader_init.h"
#include "bootloader_utility.h"
#include "esp_image_format.h"
#include "sdkconfig.h"
#include "soc/rtc_cntl_reg.h"
#include "soc/soc.h"

/* modules/platform/rtc-word.ts */
#define REQUEST_FACTORY 0xb00bcafeu
#define REQUEST_FACTORY_ERASE_OTA 0xfac0eeeeu
#define FACTORY_REQUESTED 0xfaceb00bu
#define FACTORY_BUTTON 0xf0cedfacu

/* modules/system/pins.ts: to the ground while it is pressed */
#if CONFIG_IDF_TARGET_ESP32C3
	#define BUTTON 10
#else
	#define BUTTON 14
#endif

/* A register that only a power cut clears, and that neither ROM nor ESP-IDF use: it lies in the same place for both images and for this. */
#define WORD RTC_CNTL_STORE0_REG

/*
 * QEMU has no resistors: a pin that nobody drives reads as if the button were held. ESP-IDF tells QEMU from an ESP32 in the same way, by the Ethernet
 * controller that only QEMU has (esp_eth_mac_openeth.c). On an ESP32-C3 that lies where chips have nothing, and a chip may not answer; but among the
 * registers of SYSCON, beside that of its date, QEMU has one that says its name.
 */
static bool isEmulated(void)
{
#if CONFIG_IDF_TARGET_ESP32
	return REG_READ(0x3ff69000) == 0xa000;
#elif CONFIG_IDF_TARGET_ESP32C3
	return REG_READ(0x600263f8) == 0x51454d55;
#else
	return false;
#endif
}

/* Ends the copying of a new setup image: the copy must be good before the original goes. */
static void eraseApplication(const bootloader_state_t *partitions)
{
	esp_image_metadata_t found;

	if (partitions->app_count > 0 && esp_image_verify(ESP_IMAGE_VERIFY_SILENT, &partitions->factory, &found) == ESP_OK)
		bootloader_flash_erase_sector(partitions->ota[0].offset / FLASH_SECTOR_SIZE);
}

/* What the word asks for is done once: it is answered, or cleared. */
static bool isSetupWanted(const bootloader_state_t *partitions)
{
	uint32_t asked = REG_READ(WORD), answer = 0;

	if (asked == REQUEST_FACTORY || asked == REQUEST_FACTORY_ERASE_OTA)
		answer = FACTORY_REQUESTED;
	if (asked == REQUEST_FACTORY_ERASE_OTA)
		eraseApplication(partitions);
	if (!isEmulated() && bootloader_common_check_long_hold_gpio_level(BUTTON, 0, false) == GPIO_LONG_HOLD)
		answer = FACTORY_BUTTON;
	REG_WRITE(WORD, answer);
	return answer && partitions->factory.offset;
}

/* The ROM jumps here. A setup image that does not verify gives way to the application, as any image does to another. */
void __attribute__((noreturn)) call_start_cpu0(void)
{
	bootloader_state_t partitions = { 0 };
	int index;

	if (bootloader_init() != ESP_OK || !bootloader_utility_load_partition_table(&partitions))
		bootloader_reset();
	index = isSetupWanted(&partitions) ? FACTORY_INDEX : bootloader_utility_get_selected_boot_partition(&partitions);
	if (index == INVALID_INDEX)
		bootloader_reset();
	bootloader_utility_load_boot_image(&partitions, index);
}

#if CONFIG_LIBC_NEWLIB
/* The C library asks for it where any of it is linked. */
struct _reent *__getreent(void)
{
	return _GLOBAL_REENT;
}
#endif
