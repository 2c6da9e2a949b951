/*
 * otadata: two sectors, each with a sequence number and its checksum, so that one of them is whole at any moment. The higher valid
 * number says which OTA slot boots; no valid one means the factory image (bootloader_common_loader.c, esp_ota_ops.c of ESP-IDF).
 */
#include "flash.h"

#include <string.h>

#define STATE_INVALID 3u	/* ESP_OTA_IMG_INVALID */
#define STATE_ABORTED 4u	/* ESP_OTA_IMG_ABORTED */

struct select_entry {
	uint32_t sequence;
	uint8_t label[20];
	uint32_t state, crc;
};
_Static_assert(sizeof(struct select_entry) == 32, "esp_ota_select_entry_t has 32 bytes");

static uint32_t checksum(const struct select_entry *entry)
{
	return crc32_le(UINT32_MAX, &entry->sequence, sizeof(entry->sequence));
}

static const struct partition *otadata(void)
{
	const struct partition *partition = partition_of(PARTITION_DATA, DATA_OTADATA);
	return partition && partition->size >= 2 * FLASH_BLOCK ? partition : NULL;
}

/* Index of the sector that counts, or -1; its sequence number goes to *sequence. */
static int active(const struct partition *partition, uint32_t *sequence)
{
	int chosen = -1;
	for (int sector = 0; sector < 2; sector++) {
		struct select_entry entry;
		memcpy(&entry, flash_map() + partition->offset + (uint32_t)sector * FLASH_BLOCK, sizeof(entry));
		bool valid = entry.sequence != UINT32_MAX && entry.state != STATE_INVALID && entry.state != STATE_ABORTED &&
			entry.crc == checksum(&entry);
		if (valid && (chosen < 0 || entry.sequence > *sequence)) {
			chosen = sector;
			*sequence = entry.sequence;
		}
	}
	return chosen;
}

int otadata_selected(void)
{
	const struct partition *partition = otadata();
	uint32_t slots = (uint32_t)partition_slots(), sequence = 0;
	if (!partition || !slots || active(partition, &sequence) < 0)
		return -1;
	return (int)((sequence - 1) % slots);
}

bool otadata_select(int slot)
{
	const struct partition *partition = otadata();
	if (!partition)
		return false;
	if (slot < 0)
		return flash_erase(partition->offset, partition->size);
	uint32_t slots = (uint32_t)partition_slots(), sequence = 0;
	if ((uint32_t)slot >= slots)
		return false;
	int sector = active(partition, &sequence);
	uint32_t next = (uint32_t)slot + 1;
	if (next < sequence)
		next += (sequence - next + slots - 1) / slots * slots;
	if (next < sequence || next == UINT32_MAX)
		return false;
	struct select_entry entry = {.sequence = next, .state = UINT32_MAX};
	memset(entry.label, 0xff, sizeof(entry.label));
	entry.crc = checksum(&entry);
	/* the sector that counts stays as it is until the other one is whole */
	uint32_t address = partition->offset + (sector == 0 ? FLASH_BLOCK : 0);
	return flash_erase(address, FLASH_BLOCK) && flash_write(address, &entry, sizeof(entry));
}
