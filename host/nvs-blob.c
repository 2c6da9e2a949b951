/*
 * Blobs in NVS: chunks of up to a page each, and an index that says how many there are. A new value is written beside the old one with
 * the other numbering (chunks from 0 or from 0x80); the index, written last, makes it count.
 */
#include "flash.h"
#include "nvs-page.h"

#include <string.h>

#define OTHER_NUMBERING 0x80
#define CHUNKS_MAX 127

static bool find_chunk(const struct nvs_item *index, int number, struct nvs_place *place)
{
	return nvs_find(index->space, NVS_BLOB, index->key, (uint8_t)(index->index.first + number), place);
}

int nvs_blob_get(const struct nvs_place *index, void *data, uint32_t size)
{
	uint8_t *to = data;
	for (int i = 0; i < index->item->index.chunks; i++) {
		struct nvs_place chunk;
		if (!find_chunk(index->item, i, &chunk) || chunk.item->data.size > size)
			return NVS_NOT_FOUND;
		memcpy(to, nvs_page_data(chunk.page, chunk.index), chunk.item->data.size);
		if (crc32_le(UINT32_MAX, to, chunk.item->data.size) != chunk.item->data.crc)
			return NVS_NOT_FOUND;
		to += chunk.item->data.size;
		size -= chunk.item->data.size;
	}
	return size ? NVS_NOT_FOUND : NVS_OK;
}

bool nvs_blob_equals(const struct nvs_place *index, const void *data, uint32_t size)
{
	const uint8_t *from = data;
	if (index->item->index.size != size)
		return false;
	for (int i = 0; i < index->item->index.chunks; i++) {
		struct nvs_place chunk;
		if (!find_chunk(index->item, i, &chunk) || chunk.item->data.size > size)
			return false;
		if (memcmp(from, nvs_page_data(chunk.page, chunk.index), chunk.item->data.size))
			return false;
		from += chunk.item->data.size;
		size -= chunk.item->data.size;
	}
	return size == 0;
}

static uint32_t room(void)
{
	const struct nvs_page *page = nvs_pages_current();
	if (page->state == PAGE_BLANK)
		return NVS_CHUNK_MAX;
	if (page->state != PAGE_ACTIVE || page->next >= NVS_ENTRIES - 1)
		return 0;
	return (uint32_t)(NVS_ENTRIES - 1 - page->next) * NVS_ENTRY;
}

static int turn_page(void)
{
	struct nvs_page *page = nvs_pages_current();
	if (page->state == PAGE_BLANK)
		return NVS_NOT_ENOUGH_SPACE;
	if (page->state == PAGE_ACTIVE)
		nvs_page_mark(page, PAGE_FULL);
	return nvs_pages_request();
}

/* A blob does not begin in the last tenth of a page if it does not fit there. */
static int find_start(uint32_t size)
{
	for (;;) {
		uint32_t before = room();
		if ((before >= size && before) || before >= NVS_CHUNK_MAX / 10)
			return NVS_OK;
		int error = turn_page();
		if (error)
			return error;
		if (room() == before)
			return NVS_NOT_ENOUGH_SPACE;
	}
}

static int write_chunks(struct nvs_item *index, const uint8_t *data, uint32_t size)
{
	uint32_t left = size;
	int error = find_start(size);
	while (!error) {
		uint32_t space = room(), length = left < space ? left : space;
		if (!space)
			return NVS_NOT_ENOUGH_SPACE;
		struct nvs_item chunk;
		int at;
		nvs_item_init(&chunk, index->space, NVS_BLOB, index->key, (uint8_t)(index->index.first + index->index.chunks));
		chunk.data.size = (uint16_t)length;
		error = nvs_page_write(nvs_pages_current(), &chunk, data + (size - left), &at);
		if (error)
			break;
		index->index.chunks++;
		left -= length;
		/* the index, too, needs an entry */
		if (left || space - length < NVS_ENTRY)
			error = turn_page();
		if (!left)
			break;
	}
	return error;
}

static void erase_chunks(const struct nvs_item *index)
{
	for (int i = 0; i < index->index.chunks; i++) {
		struct nvs_place chunk;
		if (find_chunk(index, i, &chunk))
			nvs_page_erase(chunk.page, chunk.index);
	}
}

int nvs_blob_write(uint8_t space, const char *key, const void *data, uint32_t size, const struct nvs_place *old, struct nvs_place *place)
{
	int pages = nvs_pages_count() - 1;
	if (size > (uint32_t)(pages < CHUNKS_MAX ? pages : CHUNKS_MAX) * NVS_CHUNK_MAX)
		return NVS_VALUE_TOO_LONG;
	struct nvs_item index;
	nvs_item_init(&index, space, NVS_BLOB_INDEX, key, NVS_CHUNK_ANY);
	index.index.size = size;
	index.index.chunks = 0;
	index.index.first = old && old->item->index.first == 0 ? OTHER_NUMBERING : 0;
	int error = write_chunks(&index, data, size);
	if (!error) {
		place->page = nvs_pages_current();
		error = nvs_page_write(place->page, &index, NULL, &place->index);
	}
	if (error)
		erase_chunks(&index);
	return error == NVS_PAGE_FULL ? NVS_NOT_ENOUGH_SPACE : error;
}

void nvs_blob_erase(const struct nvs_place *index)
{
	struct nvs_item item = *index->item;
	nvs_page_erase(index->page, index->index);
	erase_chunks(&item);
}

static bool whole(const struct nvs_item *index)
{
	uint32_t size = 0;
	for (int i = 0; i < index->index.chunks; i++) {
		struct nvs_place chunk;
		if (!find_chunk(index, i, &chunk))
			return false;
		size += chunk.item->data.size;
	}
	return size == index->index.size;
}

void nvs_blob_drop_broken(void)
{
	struct nvs_place place = {0};
	while (nvs_walk(&place)) {
		if (place.item->type == NVS_BLOB_INDEX && !whole(place.item))
			nvs_page_erase(place.page, place.index);
	}
}

void nvs_blob_drop_orphans(void)
{
	struct nvs_place place = {0};
	while (nvs_walk(&place)) {
		const struct nvs_item *chunk = place.item;
		struct nvs_place index;
		if (chunk->type != NVS_BLOB)
			continue;
		bool wanted = nvs_find(chunk->space, NVS_BLOB_INDEX, chunk->key, NVS_CHUNK_ANY, &index) &&
			(uint8_t)(chunk->chunk - index.item->index.first) < index.item->index.chunks;
		if (!wanted)
			nvs_page_erase(place.page, place.index);
	}
}
