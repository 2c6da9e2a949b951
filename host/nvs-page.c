/*
 * One page of NVS: a header, a table with two bits of state per entry, 126 entries. Whatever is written is written in an order that
 * lets the reader tell an unfinished item: data before state, the first entry's state last when an item is erased.
 */
#include "flash.h"
#include "nvs-page.h"

#include <string.h>

#define VERSION 0xfe
#define TABLE_OFFSET 32
#define DATA_OFFSET 64

/* Entry states */
enum { ERASED = 0, WRITTEN = 2, EMPTY = 3 };

struct header {
	uint32_t state, sequence;
	uint8_t version, reserved[19];
	uint32_t crc;
};
_Static_assert(sizeof(struct header) == 32, "a page header has 32 bytes");

static uint32_t header_crc(const struct header *header)
{
	return crc32_le(UINT32_MAX, &header->sequence, sizeof(*header) - sizeof(header->state) - sizeof(header->crc));
}

static uint32_t item_crc(const struct nvs_item *item)
{
	uint32_t crc = crc32_le(UINT32_MAX, item, 4);
	return crc32_le(crc, item->key, sizeof(item->key) + sizeof(item->value));
}

void nvs_item_init(struct nvs_item *item, uint8_t space, uint8_t type, const char *key, uint8_t chunk)
{
	memset(item, 0xff, sizeof(*item));
	item->space = space;
	item->type = type;
	item->chunk = chunk;
	memset(item->key, 0, sizeof(item->key));
	memcpy(item->key, key, strnlen(key, sizeof(item->key) - 1));
}

bool nvs_item_sized(const struct nvs_item *item)
{
	return item->type == NVS_STRING || item->type == NVS_BLOB || item->type == NVS_BLOB_OLD;
}

static int span_of(uint32_t size)
{
	return 1 + (int)((size + NVS_ENTRY - 1) / NVS_ENTRY);
}

static const struct nvs_item *item_at(const struct nvs_page *page, int index)
{
	return (const struct nvs_item *)(flash_map() + page->address + DATA_OFFSET + (uint32_t)index * NVS_ENTRY);
}

const uint8_t *nvs_page_data(const struct nvs_page *page, int index)
{
	return (const uint8_t *)item_at(page, index + 1);
}

/* True if the item can be used without reading outside the page, whatever else is wrong with it. */
static bool well_formed(const struct nvs_item *item, int index)
{
	switch (item->type) {
	case NVS_U8: case NVS_I8: case NVS_U16: case NVS_I16: case NVS_U32: case NVS_I32: case NVS_U64: case NVS_I64:
		return item->span == 1;
	case NVS_BLOB_INDEX:
		return item->span == 1 && item->chunk == NVS_CHUNK_ANY;
	case NVS_STRING: case NVS_BLOB: case NVS_BLOB_OLD:
		if (item->type == NVS_BLOB && item->chunk == NVS_CHUNK_ANY)
			return false;
		return item->span == span_of(item->data.size) && item->span <= NVS_ENTRIES - index;
	default:
		return false;
	}
}

static int entry_state(const struct nvs_page *page, int index)
{
	return flash_map()[page->address + TABLE_OFFSET + (uint32_t)index / 4] >> index % 4 * 2 & 3;
}

/* One operation per word of the table, last word first. */
static void set_states(const struct nvs_page *page, int from, int to, int state)
{
	for (int word = (to - 1) / 16; to > from && word >= from / 16; word--) {
		uint32_t bits = UINT32_MAX;
		for (int index = word * 16; index < word * 16 + 16; index++) {
			if (index >= from && index < to)
				bits &= ~((uint32_t)(~state & 3) << index % 16 * 2);
		}
		flash_write(page->address + TABLE_OFFSET + (uint32_t)word * 4, &bits, sizeof(bits));
	}
}

static bool blank(const void *data, size_t length)
{
	for (const uint8_t *at = data, *end = at + length; at < end; at++) {
		if (*at != 0xff)
			return false;
	}
	return true;
}

int nvs_page_load(struct nvs_page *page, uint32_t address)
{
	struct header header;
	memcpy(&header, flash_map() + address, sizeof(header));
	*page = (struct nvs_page){.address = address, .state = PAGE_CORRUPT};
	if (header.state == PAGE_BLANK) {
		if (blank(flash_map() + address, FLASH_BLOCK))
			page->state = PAGE_BLANK;
		return NVS_OK;
	}
	if (header.crc != header_crc(&header))
		return NVS_OK;
	if (header.version < VERSION)
		return NVS_NEW_VERSION_FOUND;
	if (header.state == PAGE_ACTIVE || header.state == PAGE_FULL || header.state == PAGE_FREEING) {
		page->state = header.state;
		page->sequence = header.sequence;
	}
	return NVS_OK;
}

static bool complete(const struct nvs_page *page, int index, int span)
{
	for (int i = index; i < index + span; i++) {
		if (entry_state(page, i) != WRITTEN)
			return false;
	}
	return true;
}

int nvs_page_repair(struct nvs_page *page)
{
	int damaged = 0;
	page->next = NVS_ENTRIES;
	if (page->state == PAGE_ACTIVE) {
		while (page->next > 0 && entry_state(page, page->next - 1) == EMPTY && blank(item_at(page, page->next - 1), NVS_ENTRY))
			page->next--;
	}
	for (int index = 0, span; index < page->next; index += span) {
		int state = entry_state(page, index);
		const struct nvs_item *item = item_at(page, index);
		span = 1;
		if (state == ERASED || (state == EMPTY && page->state != PAGE_ACTIVE))
			continue;
		if (state == WRITTEN && item->crc == item_crc(item) && well_formed(item, index)) {
			span = item->span;
			if (complete(page, index, span))
				continue;
			if (page->next < index + span)
				page->next = index + span;
			nvs_page_erase(page, index);
			continue;
		}
		if (state == WRITTEN)
			damaged++;
		set_states(page, index, index + 1, ERASED);
	}
	return damaged;
}

const struct nvs_item *nvs_page_next(const struct nvs_page *page, int *index)
{
	if (page->state != PAGE_ACTIVE && page->state != PAGE_FULL && page->state != PAGE_FREEING)
		return NULL;
	for (; *index < page->next; ++*index) {
		const struct nvs_item *item = item_at(page, *index);
		if (entry_state(page, *index) == WRITTEN && well_formed(item, *index))
			return item;
	}
	return NULL;
}

int nvs_page_used(const struct nvs_page *page)
{
	int used = 0;
	for (int i = 0; i < NVS_ENTRIES; i++)
		used += entry_state(page, i) == WRITTEN;
	return used;
}

static void begin(struct nvs_page *page)
{
	struct header header = {.state = PAGE_ACTIVE, .sequence = page->sequence, .version = VERSION};
	memset(header.reserved, 0xff, sizeof(header.reserved));
	header.crc = header_crc(&header);
	flash_write(page->address, &header, sizeof(header));
	page->state = PAGE_ACTIVE;
	page->next = 0;
}

static void write_entries(struct nvs_page *page, const void *data, int count)
{
	flash_write(page->address + DATA_OFFSET + (uint32_t)page->next * NVS_ENTRY, data, (uint32_t)count * NVS_ENTRY);
	set_states(page, page->next, page->next + count, WRITTEN);
	page->next += count;
}

int nvs_page_write(struct nvs_page *page, struct nvs_item *item, const void *data, int *index)
{
	if (page->state == PAGE_BLANK)
		begin(page);
	uint32_t size = nvs_item_sized(item) ? item->data.size : 0;
	int span = span_of(size);
	if (page->state != PAGE_ACTIVE || page->next + span > NVS_ENTRIES)
		return NVS_PAGE_FULL;
	if (nvs_item_sized(item))
		item->data.crc = crc32_le(UINT32_MAX, data, size);
	item->span = (uint8_t)span;
	item->crc = item_crc(item);
	*index = page->next;
	write_entries(page, item, 1);
	int whole = (int)(size / NVS_ENTRY);
	if (whole)
		write_entries(page, data, whole);
	if (size % NVS_ENTRY) {
		uint8_t tail[NVS_ENTRY];
		memset(tail, 0xff, sizeof(tail));
		memcpy(tail, (const uint8_t *)data + whole * NVS_ENTRY, size % NVS_ENTRY);
		write_entries(page, tail, 1);
	}
	return NVS_OK;
}

void nvs_page_erase(struct nvs_page *page, int index)
{
	int span = item_at(page, index)->span;
	set_states(page, index + 1, index + span, ERASED);
	set_states(page, index, index + 1, ERASED);
}

void nvs_page_copy(const struct nvs_page *from, struct nvs_page *to)
{
	const struct nvs_item *item;
	for (int index = 0; (item = nvs_page_next(from, &index)); index += item->span) {
		if (to->state == PAGE_BLANK)
			begin(to);
		for (int i = 0; i < item->span; i++)
			write_entries(to, item_at(from, index + i), 1);
	}
}

void nvs_page_mark(struct nvs_page *page, uint32_t state)
{
	flash_write(page->address, &state, sizeof(state));
	page->state = state;
}

void nvs_page_wipe(struct nvs_page *page)
{
	flash_erase(page->address, FLASH_BLOCK);
	page->state = PAGE_BLANK;
	page->next = 0;
}
