/*
 * The boot loader: partition table, otadata, the RTC word and the button say which image is wanted; an image that does not verify
 * gives way to the factory image and then to the other slots, as in ESP-IDF (bootloader_utility.c).
 */
#include "flash.h"
#include "nvs.h"

#include <string.h>

#define EXIT_NOT_BOOTABLE 70	/* sysexits EX_SOFTWARE */
#define FACTORY (-1)

#define RTC_REQUEST_FACTORY 0xb00bcafeu
#define RTC_REQUEST_FACTORY_ERASE 0xfac0eeeeu
#define RTC_WAS_REQUESTED 0xfaceb00bu
#define RTC_WAS_BUTTON 0xf0cedfacu

static const struct partition *running;

static void stop(const char *message)
{
	console('E', "boot", "%s", message);
	board_power_off(EXIT_NOT_BOOTABLE);
}

static const char *usage(const struct partition *partition)
{
	if (partition->type == PARTITION_APP) {
		if (partition->subtype == APP_FACTORY)
			return "factory app";
		return partition->subtype >= APP_OTA_FIRST && partition->subtype <= APP_OTA_LAST ? "OTA app" : "Unknown app";
	}
	if (partition->type != PARTITION_DATA)
		return "unknown";
	switch (partition->subtype) {
	case DATA_OTADATA: return "OTA data";
	case 0x01: return "RF data";
	case DATA_NVS: return "WiFi data";
	default: return "Unknown data";
	}
}

static void read_table(void)
{
	if (partition_table_blank())
		stop("the flash is blank: build the images and flash them (npm run build, npm start)");
	const struct partition *list;
	int count = partitions(&list);
	if (!count)
		stop("the partition table is unusable: build the images and flash them again (npm run build, npm start)");
	console('I', "boot", "Partition Table:");
	console('I', "boot", "## Label            Usage            Type ST Offset   Length");
	for (int i = 0; i < count; i++) {
		console('I', "boot", "%2d %-16s %-16s %02x %02x %08x %08x", i, list[i].label, usage(&list[i]), list[i].type, list[i].subtype,
			(unsigned)list[i].offset, (unsigned)list[i].size);
	}
	console('I', "boot", "End of partition table");
}

/* Ends the copying of a new factory image; the copy must be good before the original goes. */
static void erase_application(void)
{
	const struct partition *factory = partition_of(PARTITION_APP, APP_FACTORY);
	const struct partition *application = partition_of(PARTITION_APP, APP_OTA_FIRST);
	if (application && factory && !*image_verify(factory, NULL))
		flash_erase(application->offset, FLASH_BLOCK);
}

/* What the last run asked for is done once: the word is used up here, and tells the next run what happened. */
static int obey_requests(int slot)
{
	uint32_t word = board->rtc;
	board->rtc = 0;
	if (word == RTC_REQUEST_FACTORY || word == RTC_REQUEST_FACTORY_ERASE) {
		console('I', "boot", "RTC word 0x%08x: factory image requested", (unsigned)word);
		if (word == RTC_REQUEST_FACTORY_ERASE)
			erase_application();
		board->rtc = RTC_WAS_REQUESTED;
		slot = FACTORY;
	}
	if (board->button) {
		console('I', "boot", "button pressed: factory image forced");
		board->rtc = RTC_WAS_BUTTON;
		slot = FACTORY;
	}
	return slot;
}

static const char *reason(const char *word)
{
	static const char *const reasons[][2] = {
		{"empty", "nothing is flashed here"},
		{"magic", "invalid magic byte"},
		{"chip", "made for another chip"},
		{"segments", "invalid segments"},
		{"checksum", "checksum failed"},
		{"sha256", "SHA-256 does not match, image is corrupted"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!strcmp(word, reasons[i][0]))
			return reasons[i][1];
	}
	return word;
}

static const struct partition *partition_in(int slot)
{
	return partition_of(PARTITION_APP, (uint8_t)(slot == FACTORY ? APP_FACTORY : APP_OTA_FIRST + slot));
}

static bool try_slot(int slot, struct image *image)
{
	const struct partition *partition = partition_in(slot);
	if (!partition)
		return false;
	const char *trouble = image_verify(partition, image);
	if (!*trouble) {
		console('I', "boot", "Loaded app from partition at offset 0x%x", (unsigned)partition->offset);
		running = partition;
		return true;
	}
	console('E', "esp_image", "image at 0x%x: %s", (unsigned)partition->offset, reason(trouble));
	if (slot == FACTORY)
		console('E', "boot", "Factory app partition is not bootable");
	else
		console('E', "boot", "OTA app partition slot %d is not bootable", slot);
	return false;
}

const struct partition *boot_select(struct image *image)
{
	console('I', "boot", "lws-xs virtual device, 2nd stage bootloader");
	read_table();
	otadata_expire();
	int wanted = otadata_selected();
	if (wanted == FACTORY)
		console('I', "boot", "Defaulting to factory image");
	wanted = obey_requests(wanted);
	otadata_begin(wanted);

	for (int slot = wanted; !running && slot >= FACTORY; slot--)
		try_slot(slot, image);
	for (int slot = wanted + 1, slots = partition_slots(); !running && slot < slots; slot++)
		try_slot(slot, image);
	if (!running)
		stop("No bootable app partitions in the partition table: flash an image (npm run build, npm start)");
	if (running->subtype == APP_OTA_FIRST)
		overlay_start(running, image);
	/* what the SDK's app_main does before JavaScript starts */
	nvs_start();
	return running;
}

const struct partition *boot_running(void)
{
	return running;
}
