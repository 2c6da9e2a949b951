/*
 * The partition table in flash: binary, as gen_esp32part.py writes it, with the MD5 entry that ESP-IDF's boot loader insists on.
 */
#include "flash.h"

#include <string.h>

#define TABLE_ADDRESS 0x8000u
#define TABLE_LENGTH 0xc00u
#define ENTRY_LENGTH 32u
#define ENTRIES_MAX (TABLE_LENGTH / ENTRY_LENGTH)

struct entry {
	uint8_t magic[2], type, subtype;
	uint32_t offset, size;
	char label[16];
	uint32_t flags;
};
_Static_assert(sizeof(struct entry) == ENTRY_LENGTH, "an entry of the table has 32 bytes");

static struct partition table[ENTRIES_MAX];
static int count = -1;

static int damaged(const char *why)
{
	console('E', "flash_parts", "%s", why);
	return 0;
}

static int parse(const uint8_t *at)
{
	bool checked = false;
	int found = 0;
	for (uint32_t i = 0; i < ENTRIES_MAX; i++) {
		struct entry entry;
		memcpy(&entry, at + i * ENTRY_LENGTH, sizeof(entry));
		if (entry.magic[0] == 0xff && entry.magic[1] == 0xff && i)
			return checked ? found : damaged("no MD5 checksum in the partition table");
		if (entry.magic[0] == 0xeb && entry.magic[1] == 0xeb) {
			uint8_t digest[16];
			md5(at, i * ENTRY_LENGTH, digest);
			if (checked || memcmp(digest, at + i * ENTRY_LENGTH + 16, sizeof(digest)))
				return damaged("incorrect MD5 checksum of the partition table");
			checked = true;
			continue;
		}
		if (entry.magic[0] != 0xaa || entry.magic[1] != 0x50)
			return damaged("invalid magic number in the partition table");
		if (entry.offset > FLASH_SIZE || entry.size > FLASH_SIZE - entry.offset)
			return damaged("a partition exceeds the flash chip");
		struct partition *partition = &table[found++];
		memcpy(partition->label, entry.label, sizeof(entry.label));
		partition->label[16] = 0;
		partition->type = entry.type;
		partition->subtype = entry.subtype;
		partition->offset = entry.offset;
		partition->size = entry.size;
	}
	return damaged("the partition table has no end");
}

int partitions(const struct partition **list)
{
	if (count < 0)
		count = parse(flash_map() + TABLE_ADDRESS);
	*list = table;
	return count;
}

bool partition_table_blank(void)
{
	const uint8_t *at = flash_map() + TABLE_ADDRESS;
	for (uint32_t i = 0; i < TABLE_LENGTH; i++) {
		if (at[i] != 0xff)
			return false;
	}
	return true;
}

const struct partition *partition_find(const char *label)
{
	const struct partition *list;
	int length = partitions(&list);
	for (int i = 0; i < length; i++) {
		if (!strcmp(list[i].label, label))
			return &list[i];
	}
	return NULL;
}

const struct partition *partition_of(uint8_t type, uint8_t subtype)
{
	const struct partition *list;
	int length = partitions(&list);
	for (int i = 0; i < length; i++) {
		if (list[i].type == type && list[i].subtype == subtype)
			return &list[i];
	}
	return NULL;
}

int partition_slots(void)
{
	int slots = 0;
	while (slots <= APP_OTA_LAST - APP_OTA_FIRST && partition_of(PARTITION_APP, (uint8_t)(APP_OTA_FIRST + slots)))
		slots++;
	return slots;
}
