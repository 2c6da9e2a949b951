/*
 * otadata: two sectors, each with a sequence number and its checksum. The higher valid number says which OTA slot boots; no valid one means
 * the factory image. The state in an entry tells an image on probation from one that has proved itself, as in ESP-IDF with
 * CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE (bootloader_common_loader.c, bootloader_utility.c, esp_ota_ops.c).
 *
 * The boot loader changes states as ESP-IDF's does, by erasing and writing the sector: a power cut between the two leaves no entry, and
 * the factory image boots. What an application does here leaves the old selection or the new one, wherever the power is cut.
 */
#include "flash.h"

#include <string.h>

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

static uint32_t address_of(const struct partition *partition, int sector)
{
	return partition->offset + (uint32_t)sector * FLASH_BLOCK;
}

static struct select_entry entry_in(const struct partition *partition, int sector)
{
	struct select_entry entry;
	memcpy(&entry, flash_map() + address_of(partition, sector), sizeof(entry));
	return entry;
}

static bool whole(const struct select_entry *entry)
{
	return entry->sequence != UINT32_MAX && entry->crc == checksum(entry);
}

static bool valid(const struct select_entry *entry)
{
	return whole(entry) && entry->state != OTADATA_INVALID && entry->state != OTADATA_ABORTED;
}

/* Index of the sector that counts, or -1; what stands there goes to *found. */
static int active(const struct partition *partition, struct select_entry *found)
{
	int chosen = -1;
	for (int sector = 0; partition && partition_slots() && sector < 2; sector++) {
		struct select_entry entry = entry_in(partition, sector);
		if (valid(&entry) && (chosen < 0 || entry.sequence > found->sequence)) {
			chosen = sector;
			*found = entry;
		}
	}
	return chosen;
}

static int slot_of(const struct select_entry *entry)
{
	return (int)((entry->sequence - 1) % (uint32_t)partition_slots());
}

int otadata_selected(void)
{
	struct select_entry entry;
	return active(otadata(), &entry) < 0 ? -1 : slot_of(&entry);
}

static bool write_entry(const struct partition *partition, int sector, struct select_entry *entry)
{
	uint32_t address = address_of(partition, sector);
	entry->crc = checksum(entry);
	return flash_erase(address, FLASH_BLOCK) && flash_write(address, entry, sizeof(*entry));
}

/* Where the new state only clears bits of the old one, the entry is whole all the time. */
static bool write_state(const struct partition *partition, int sector, struct select_entry *entry, uint32_t state)
{
	bool clears = (entry->state & state) == state;
	entry->state = state;
	if (clears)
		return flash_write(address_of(partition, sector) + offsetof(struct select_entry, state), &state, sizeof(state));
	return write_entry(partition, sector, entry);
}

bool otadata_select(int slot)
{
	const struct partition *partition = otadata();
	if (!partition)
		return false;
	if (slot < 0)
		return flash_erase(partition->offset, partition->size);
	uint32_t slots = (uint32_t)partition_slots(), next = (uint32_t)slot + 1;
	if ((uint32_t)slot >= slots)
		return false;
	struct select_entry found, entry = {.state = OTADATA_NEW};
	memset(entry.label, 0xff, sizeof(entry.label));
	int sector = active(partition, &found);
	if (sector >= 0 && slot_of(&found) == slot)
		return write_state(partition, sector, &found, OTADATA_NEW);
	if (sector < 0) {
		/* what was rejected before must not count as newer than this */
		entry.sequence = next;
		return flash_erase(address_of(partition, 1), FLASH_BLOCK) && write_entry(partition, 0, &entry);
	}
	if (next < found.sequence)
		next += (found.sequence - next + slots - 1) / slots * slots;
	if (next < found.sequence || next == UINT32_MAX)
		return false;
	/* the sector that counts stays as it is until the other one is whole */
	entry.sequence = next;
	return write_entry(partition, 1 - sector, &entry);
}

void otadata_expire(void)
{
	const struct partition *partition = otadata();
	for (int sector = 0; partition && sector < 2; sector++) {
		struct select_entry entry = entry_in(partition, sector);
		if (entry.state != OTADATA_PENDING)
			continue;
		entry.state = OTADATA_ABORTED;
		write_entry(partition, sector, &entry);
		if (whole(&entry) && partition_slots())
			console('W', "boot", "the image in slot %d has not proved itself: rolling back", slot_of(&entry));
	}
}

void otadata_begin(int slot)
{
	const struct partition *partition = otadata();
	struct select_entry entry;
	int sector = active(partition, &entry);
	if (sector < 0 || slot_of(&entry) != slot || entry.state != OTADATA_NEW)
		return;
	entry.state = OTADATA_PENDING;
	write_entry(partition, sector, &entry);
	console('I', "boot", "the image in slot %d is on probation", slot);
}

bool otadata_state(int slot, uint32_t *state)
{
	const struct partition *partition = otadata();
	uint32_t newest = 0;
	bool found = false;
	for (int sector = 0; partition && partition_slots() && sector < 2; sector++) {
		struct select_entry entry = entry_in(partition, sector);
		if (!whole(&entry) || slot_of(&entry) != slot || entry.sequence < newest)
			continue;
		newest = entry.sequence;
		*state = entry.state;
		found = true;
	}
	return found;
}

bool otadata_confirm(int slot)
{
	const struct partition *partition = otadata();
	struct select_entry entry;
	int sector = active(partition, &entry);
	if (sector < 0 || slot_of(&entry) != slot)
		return false;
	if (entry.state == OTADATA_VALID)
		return true;
	uint32_t slots = (uint32_t)partition_slots();
	if ((entry.state & OTADATA_VALID) || entry.sequence > UINT32_MAX - 1 - slots)
		return write_state(partition, sector, &entry, OTADATA_VALID);
	/* an image that has proved itself keeps its entry until the new one is whole */
	entry.sequence += slots;
	entry.state = OTADATA_VALID;
	return write_entry(partition, 1 - sector, &entry) && flash_erase(address_of(partition, sector), FLASH_BLOCK);
}

bool otadata_reject(int slot)
{
	const struct partition *partition = otadata();
	struct select_entry entry;
	int sector = active(partition, &entry);
	return sector >= 0 && slot_of(&entry) == slot && write_state(partition, sector, &entry, OTADATA_INVALID);
}

int otadata_previous(void)
{
	const struct partition *partition = otadata();
	struct select_entry found, other;
	int sector = active(partition, &found);
	if (sector < 0)
		return -1;
	other = entry_in(partition, 1 - sector);
	return valid(&other) ? slot_of(&other) : -1;
}
