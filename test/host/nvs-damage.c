/*
 * Damaged and forged NVS partitions: whatever stands there, nothing outside of the partition is looked at, what is read was once
 * written under that key, and the store takes new values or says that it can't. One damaged byte costs one value at most.
 */
#include "board-stub.h"
#include "nvs-page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 30
#define WRITES 160			/* enough to leave replaced values in the partition */
#define NEW_WRITES 8
#define SERIALS (WRITES + NEW_WRITES)
#define SIZE_MAX_HERE 4096u
#define ENTRIES_ALL (6 * NVS_ENTRIES)
#define STATES_AT 32			/* in a page, behind its header: two bits for each entry */
#define ALL_WRITTEN 0xaa
#define ENTRIES_AT 64
#define FLIP_STEP 17
#define NAMESPACE "settings"

enum damage { BYTES, HEADERS, COPIED_PAGES, STATES, FORGED, DAMAGES };
static const struct { const char *property; int cases; bool genuine; } damages[DAMAGES] = {
	[BYTES] = {"random bytes lead to no foreign memory and no wrong value", 400, true},
	[HEADERS] = {"neither do damaged page headers and state tables", 400, true},
	[COPIED_PAGES] = {"nor pages that stand there twice", 200, true},
	[STATES] = {"nor pages in any state", 200, true},
	[FORGED] = {"entries forged with a right checksum lead to no foreign memory", 600, false},
};

/* The value of each write follows from its serial number: what is read can be recognized. */
struct written { int key; uint8_t type; uint32_t size; };
static struct written history[SERIALS];
static int current[KEYS];		/* serial number of the value, or -1 */
static uint8_t base[0x6000], space;
static struct { long opened, dropped, written; } seen;

static void key_name(int key, char name[NVS_NAME_SIZE])
{
	snprintf(name, NVS_NAME_SIZE, "k%d", key);
}

static const uint8_t *value_of(int serial)
{
	static uint8_t value[SIZE_MAX_HERE];
	const struct written *written = &history[serial];
	for (uint32_t i = 0; i < written->size; i++)
		value[i] = (uint8_t)(1 + (i * 7 + (uint32_t)serial * 31 + i / 251) % 255);
	if (written->type == NVS_STRING)
		value[written->size - 1] = 0;
	return value;
}

static int write_value(int serial, int key, uint32_t limit)
{
	static const uint8_t types[] = {NVS_BLOB, NVS_STRING, NVS_U32};
	char name[NVS_NAME_SIZE];
	struct written *written = &history[serial];
	*written = (struct written){key, types[serial % 3], 1 + random_below(limit)};
	if (written->type == NVS_U32)
		written->size = 4;
	else if (written->type == NVS_STRING)
		written->size = 1 + written->size % 100;
	key_name(key, name);
	return nvs_set(space, written->type, name, value_of(serial), written->size);
}

static void fill_base(void)
{
	nvs_start();
	if (nvs_open(NAMESPACE, true, &space))
		fail("a blank partition can't be used");
	for (int serial = 0; serial < WRITES; serial++) {
		int key = (int)random_below(KEYS - 1);
		if (write_value(serial, key, 1200))
			fail("the partition is too small for the test");
		current[key] = serial;
	}
	current[KEYS - 1] = -1;
	memcpy(base, chip + nvs_partition.offset, sizeof(base));
	/* what leads beyond the last page leads beyond the partition */
	if (base[sizeof(base) - FLASH_BLOCK] == 0xff)
		fail("the last page should be in use");
	nvs_start();
	if (warnings)
		fail("an undamaged partition is said to be damaged");
}

static bool was_written(int key, uint8_t type, const uint8_t *data, uint32_t size)
{
	for (int serial = 0; serial < SERIALS; serial++) {
		const struct written *written = &history[serial];
		if (written->key == key && written->type == type && written->size == size && !memcmp(data, value_of(serial), size))
			return true;
	}
	return false;
}

/* Reads the value under a key: its size, or -1 if there is none, or none any more. The data lie in a block of just that size. */
static int64_t read_value(const char *name, uint8_t *type, uint8_t **data)
{
	uint32_t size;
	if (nvs_type(space, name, type) || nvs_size(space, *type, name, &size))
		return -1;
	if (size > NVS_CHUNK_MAX * 6)
		fail("%s has %u bytes, more than the partition", name, (unsigned)size);
	*data = malloc(size);
	if (!nvs_get(space, *type, name, *data, size))
		return size;
	free(*data);
	seen.dropped++;
	return -1;
}

static void read_all(bool genuine)
{
	struct nvs_iterator iterator = {.space = space};
	char name[NVS_NAME_SIZE];
	for (int shown = 0; nvs_next(&iterator, name); shown++) {
		uint8_t type, *data;
		if (shown == ENTRIES_ALL)
			fail("the iterator finds no end");
		int64_t size = read_value(name, &type, &data);
		if (size < 0)
			continue;
		if (genuine && !was_written(atoi(name + 1), type, data, (uint32_t)size))
			fail("what %s holds was never written", name);
		free(data);
	}
}

static void write_again(void)
{
	for (int serial = WRITES; serial < SERIALS; serial++) {
		int key = (int)random_below(KEYS);
		char name[NVS_NAME_SIZE];
		uint8_t type, *data;
		int error = write_value(serial, key, 4000);
		if (error && error != NVS_NOT_ENOUGH_SPACE)
			fail("a write to a damaged partition: error 0x%x", error);
		seen.written++;
		if (error)
			continue;
		key_name(key, name);
		int64_t size = read_value(name, &type, &data);
		if (size != history[serial].size || type != history[serial].type || memcmp(data, value_of(serial), (size_t)size))
			fail("a value written to a damaged partition is not there");
		free(data);
	}
}

/* Fields of an entry get any value, or just the size and span that belong together; then the checksum is right. */
static void forge_entry(uint32_t page)
{
	struct nvs_item item;
	uint8_t *bytes = (uint8_t *)&item;
	uint32_t address = page + ENTRIES_AT + random_below(NVS_ENTRIES) * NVS_ENTRY;
	memcpy(&item, chip + address, sizeof(item));
	if (random_below(2)) {
		item.data.size = (uint16_t)random_below(FLASH_BLOCK);
		item.span = (uint8_t)(1 + (item.data.size + NVS_ENTRY - 1) / NVS_ENTRY);
		item.type = random_below(2) ? NVS_STRING : NVS_BLOB_OLD;
		memset(chip + page + STATES_AT, ALL_WRITTEN, ENTRIES_AT - STATES_AT);
	} else {
		bytes[random_below(4)] = (uint8_t)random_bits();
		bytes[24 + random_below(8)] = (uint8_t)random_bits();
	}
	if (random_below(4) == 0)
		item.space = space;
	item.crc = crc32_le(crc32_le(UINT32_MAX, bytes, 4), bytes + 8, 24);
	chip_plant(address, &item, sizeof(item));
}

static void inflict(enum damage damage)
{
	static const uint8_t states[] = {0xff, 0xfe, 0xfc, 0xf8, 0x00};
	for (uint32_t changes = 1 + random_below(20); changes; changes--) {
		uint32_t at = random_below(sizeof(base)), page = at / FLASH_BLOCK * FLASH_BLOCK;
		uint8_t *flash = chip + nvs_partition.offset;
		switch (damage) {
		case HEADERS: flash[page + random_below(ENTRIES_AT)] = (uint8_t)random_bits(); break;
		case COPIED_PAGES: memcpy(flash + page, base + random_below(6) * FLASH_BLOCK, FLASH_BLOCK); break;
		case STATES: flash[page] = states[random_below(sizeof(states))]; break;
		case FORGED: forge_entry(nvs_partition.offset + page); break;
		default: flash[at] = (uint8_t)random_bits(); break;
		}
	}
}

static void try_damage(enum damage damage)
{
	for (int i = 0; i < damages[damage].cases; i++) {
		chip_plant(nvs_partition.offset, base, sizeof(base));
		inflict(damage);
		nvs_start();
		if (nvs_open(NAMESPACE, true, &space)) {
			/* without a free page, or with one of another version, it may not */
			if (damage <= HEADERS)
				fail("a partition with some damaged bytes does not open");
			continue;
		}
		seen.opened += damage <= HEADERS;
		read_all(damages[damage].genuine);
		write_again();
	}
	report(damages[damage].property, damages[damage].cases);
}

static int count_lost(void)
{
	int lost = 0;
	for (int key = 0; key < KEYS; key++) {
		char name[NVS_NAME_SIZE];
		uint8_t type, *data;
		key_name(key, name);
		int64_t size = read_value(name, &type, &data);
		int serial = current[key];
		if (size < 0) {
			lost += serial >= 0;
			continue;
		}
		if (serial < 0 || size != history[serial].size || memcmp(data, value_of(serial), (size_t)size))
			fail("%s has another value after a flipped bit", name);
		free(data);
	}
	return lost;
}

static void flip_bits(void)
{
	long flips = 0, nameless = 0, noticed = 0;
	for (uint32_t at = 0; at < sizeof(base); at += FLIP_STEP) {
		if (at % FLASH_BLOCK < ENTRIES_AT)
			continue;
		chip_plant(nvs_partition.offset, base, sizeof(base));
		chip[nvs_partition.offset + at] ^= (uint8_t)(1 << flips % 8);
		nvs_start();
		/* the entry of the namespace's name is a value, too: all others hang on it */
		noticed += console_said("entries are dropped");
		if (nvs_open(NAMESPACE, false, &space))
			nameless++;
		else if (count_lost() > 1)
			fail("a flipped bit in byte 0x%x costs several values", (unsigned)at);
		flips++;
	}
	if (nameless > NVS_ENTRY / FLIP_STEP + 1)
		fail("the namespace is lost by flipped bits outside of its entry");
	report("a flipped bit costs one value at most, and changes none", flips);
	report("a flipped bit in an entry is reported", noticed);
}

int main(void)
{
	random_start(1);
	memset(current, 0xff, sizeof(current));
	chip_start();
	table_plant_standard();
	fill_base();
	chip_expose(nvs_partition.offset, nvs_partition.size);
	flip_bits();
	for (enum damage damage = 0; damage < DAMAGES; damage++)
		try_damage(damage);
	report("a partition opens all the same if only single bytes are damaged", seen.opened);
	report("a value that does not match its checksum is dropped", seen.dropped);
	report("a damaged partition takes new values, or says that it is full", seen.written);
	return 0;
}
