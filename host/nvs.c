/*
 * NVS as its users see it: namespaces, keys and values. A value is replaced by writing the new item first and erasing the old one
 * then; which of two is the newer one, their order in flash tells.
 */
#include "flash.h"
#include "nvs-page.h"

#include <string.h>

#define SPACE_LAST 254

static int trouble = NVS_PART_NOT_FOUND;

/* A power cut between the two steps of a replacement leaves both items: the one that was written first goes. */
static void drop_replaced(void)
{
	struct nvs_place place = {0};
	while (nvs_walk(&place)) {
		struct nvs_place later = place;
		while (nvs_walk(&later)) {
			if (later.item->space == place.item->space && later.item->chunk == place.item->chunk &&
				nvs_same_key(later.item, place.item->key)) {
				nvs_page_erase(place.page, place.index);
				break;
			}
		}
	}
}

void nvs_start(void)
{
	const struct partition *partition = partition_of(PARTITION_DATA, DATA_NVS);
	trouble = partition ? nvs_pages_load(partition->offset, partition->size) : NVS_PART_NOT_FOUND;
	if (trouble) {
		console('E', "nvs", "not usable (0x%x): nothing is stored until partition \"nvs\" is erased", trouble);
		return;
	}
	nvs_blob_drop_broken();
	drop_replaced();
	nvs_blob_drop_orphans();
}

static bool space_taken(uint8_t space)
{
	struct nvs_place place = {0};
	while (nvs_walk(&place)) {
		if (place.item->space == SPACE_NAMES && place.item->type == NVS_U8 && place.item->value[0] == space)
			return true;
	}
	return false;
}

int nvs_open(const char *name, bool create, uint8_t *space)
{
	struct nvs_place place;
	if (trouble)
		return trouble;
	if (nvs_find(SPACE_NAMES, NVS_U8, name, NVS_CHUNK_ANY, &place)) {
		*space = place.item->value[0];
		if (*space != SPACE_NAMES && *space <= SPACE_LAST)
			return NVS_OK;
	}
	if (!create)
		return NVS_NOT_FOUND;
	uint8_t number = 1;
	while (number <= SPACE_LAST && space_taken(number))
		number++;
	if (number > SPACE_LAST)
		return NVS_NOT_ENOUGH_SPACE;
	*space = number;
	return nvs_set(SPACE_NAMES, NVS_U8, name, &number, sizeof(number));
}

int nvs_type(uint8_t space, const char *key, uint8_t *type)
{
	struct nvs_place place;
	if (!nvs_find(space, NVS_ANY, key, NVS_CHUNK_ANY, &place))
		return NVS_NOT_FOUND;
	*type = place.item->type;
	if (*type == NVS_BLOB_INDEX || *type == NVS_BLOB_OLD)
		*type = NVS_BLOB;
	return NVS_OK;
}

/* A blob is found by its index, or as the single item that it was before ESP-IDF 3.3. */
static bool find_value(uint8_t space, uint8_t type, const char *key, struct nvs_place *place)
{
	if (type != NVS_BLOB)
		return nvs_find(space, type, key, NVS_CHUNK_ANY, place);
	return nvs_find(space, NVS_BLOB_INDEX, key, NVS_CHUNK_ANY, place) || nvs_find(space, NVS_BLOB_OLD, key, NVS_CHUNK_ANY, place);
}

static uint32_t size_of(const struct nvs_item *item)
{
	if (item->type == NVS_BLOB_INDEX)
		return item->index.size;
	return nvs_item_sized(item) ? item->data.size : item->type & 0x0fu;
}

int nvs_size(uint8_t space, uint8_t type, const char *key, uint32_t *size)
{
	struct nvs_place place;
	if (!find_value(space, type, key, &place))
		return NVS_NOT_FOUND;
	*size = size_of(place.item);
	return NVS_OK;
}

static const uint8_t *bytes_of(const struct nvs_place *place)
{
	return nvs_item_sized(place->item) ? nvs_page_data(place->page, place->index) : place->item->value;
}

static void erase(const struct nvs_place *place)
{
	if (place->item->type == NVS_BLOB_INDEX)
		nvs_blob_erase(place);
	else
		nvs_page_erase(place->page, place->index);
}

int nvs_get(uint8_t space, uint8_t type, const char *key, void *data, uint32_t size)
{
	struct nvs_place place;
	if (!find_value(space, type, key, &place))
		return NVS_NOT_FOUND;
	if (size != size_of(place.item))
		return NVS_INVALID_LENGTH;
	int error = NVS_OK;
	if (place.item->type == NVS_BLOB_INDEX) {
		error = nvs_blob_get(&place, data, size);
	} else {
		memcpy(data, bytes_of(&place), size);
		if (nvs_item_sized(place.item) && crc32_le(UINT32_MAX, data, size) != place.item->data.crc)
			error = NVS_NOT_FOUND;
	}
	if (error) {
		console('W', "nvs", "value \"%.15s\" is damaged, it is dropped", key);
		erase(&place);
	}
	return error;
}

/* Erases what the key stood for before the item at `fresh` was written. */
static void forget_others(uint8_t space, const char *key, const struct nvs_place *fresh)
{
	struct nvs_place place = {0};
	while (nvs_walk(&place)) {
		if (place.page == fresh->page && place.index == fresh->index)
			continue;
		if (place.item->space == space && place.item->chunk == NVS_CHUNK_ANY && nvs_same_key(place.item, key))
			erase(&place);
	}
}

int nvs_set(uint8_t space, uint8_t type, const char *key, const void *data, uint32_t size)
{
	struct nvs_place old, fresh;
	if (strlen(key) >= NVS_NAME_SIZE)
		return NVS_KEY_TOO_LONG;
	bool found = nvs_find(space, type == NVS_BLOB ? NVS_BLOB_INDEX : type, key, NVS_CHUNK_ANY, &old);
	int error;
	if (type == NVS_BLOB) {
		if (found && nvs_blob_equals(&old, data, size))
			return NVS_OK;
		error = nvs_blob_write(space, key, data, size, found ? &old : NULL, &fresh);
	} else {
		if (found && size_of(old.item) == size && !memcmp(bytes_of(&old), data, size))
			return NVS_OK;
		if (size > NVS_STRING_MAX)
			return NVS_VALUE_TOO_LONG;
		struct nvs_item item;
		nvs_item_init(&item, space, type, key, NVS_CHUNK_ANY);
		if (nvs_item_sized(&item))
			item.data.size = (uint16_t)size;
		else
			memcpy(item.value, data, size);
		error = nvs_append(&item, data, &fresh);
	}
	if (!error)
		forget_others(space, key, &fresh);
	return error;
}

int nvs_erase(uint8_t space, const char *key)
{
	struct nvs_place place;
	if (!nvs_find(space, NVS_ANY, key, NVS_CHUNK_ANY, &place))
		return NVS_NOT_FOUND;
	erase(&place);
	return NVS_OK;
}

bool nvs_next(struct nvs_iterator *iterator, char key[NVS_NAME_SIZE])
{
	struct nvs_place place = {0};
	while (nvs_walk(&place)) {
		const struct nvs_item *item = place.item;
		uint32_t sequence = place.page->sequence;
		if (sequence < iterator->sequence || (sequence == iterator->sequence && place.index < iterator->entry))
			continue;
		/* a blob counts once, by its first chunk, in either numbering */
		if (item->space != iterator->space || item->type == NVS_BLOB_INDEX || item->type == NVS_BLOB_OLD)
			continue;
		if (item->type == NVS_BLOB && (item->chunk & 0x7f))
			continue;
		iterator->sequence = sequence;
		iterator->entry = (uint8_t)(place.index + item->span);
		memcpy(key, item->key, NVS_NAME_SIZE);
		key[NVS_NAME_SIZE - 1] = 0;
		return true;
	}
	return false;
}
