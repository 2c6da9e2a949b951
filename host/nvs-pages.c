/*
 * The pages of NVS in order: those in use by their sequence numbers, the newest being the one that takes writes, and the free ones in
 * turn, so that all wear alike. One free page is always kept, as the place to move items to when space is reclaimed.
 */
#include "flash.h"
#include "nvs-page.h"

#include <stdlib.h>
#include <string.h>

static struct nvs_page *pages, **used_pages, **free_pages;
static int page_count, used_count, free_count;
static uint32_t next_sequence;

static void put_in_order(struct nvs_page *page)
{
	int at = used_count++;
	for (; at > 0 && used_pages[at - 1]->sequence > page->sequence; at--)
		used_pages[at] = used_pages[at - 1];
	used_pages[at] = page;
}

static void set_free(struct nvs_page *page)
{
	for (int at = 0; at < used_count; at++) {
		if (used_pages[at] == page) {
			memmove(&used_pages[at], &used_pages[at + 1], (size_t)(--used_count - at) * sizeof(*used_pages));
			break;
		}
	}
	free_pages[free_count++] = page;
}

static int activate(void)
{
	if (!free_count)
		return NVS_NOT_ENOUGH_SPACE;
	struct nvs_page *page = free_pages[0];
	memmove(&free_pages[0], &free_pages[1], (size_t)--free_count * sizeof(*free_pages));
	if (page->state == PAGE_CORRUPT)
		nvs_page_wipe(page);
	page->sequence = next_sequence++;
	used_pages[used_count++] = page;
	return NVS_OK;
}

/* Moves what lives in a page, which is already marked, to a new one. */
static int evacuate(struct nvs_page *page)
{
	int error = activate();
	if (error)
		return error;
	nvs_page_copy(page, nvs_pages_current());
	nvs_page_wipe(page);
	set_free(page);
	return NVS_OK;
}

static int finish_move(void)
{
	for (int at = 0; at < used_count; at++) {
		struct nvs_page *page = used_pages[at], *copy = nvs_pages_current();
		if (page->state != PAGE_FREEING)
			continue;
		/* a page is only marked when none is active: the active one now is the unfinished copy */
		if (copy->state == PAGE_ACTIVE) {
			nvs_page_wipe(copy);
			set_free(copy);
		}
		return evacuate(page);
	}
	return NVS_OK;
}

static int load_page(struct nvs_page *page, uint32_t address, int number)
{
	int error = nvs_page_load(page, address);
	if (error)
		return error;
	if (page->state == PAGE_CORRUPT) {
		bool half_erased = !memcmp(flash_map() + address, &(uint32_t){PAGE_BLANK}, sizeof(uint32_t));
		console(half_erased ? 'I' : 'W', "nvs", "page %d is %s, it is erased when it is needed", number, half_erased ? "half erased" : "damaged");
	}
	if (page->state == PAGE_BLANK || page->state == PAGE_CORRUPT) {
		free_pages[free_count++] = page;
		return NVS_OK;
	}
	int damaged = nvs_page_repair(page);
	if (damaged)
		console('W', "nvs", "page %d is damaged, %d of its entries are dropped", number, damaged);
	put_in_order(page);
	return NVS_OK;
}

int nvs_pages_load(uint32_t address, uint32_t size)
{
	page_count = (int)(size / FLASH_BLOCK);
	used_count = free_count = 0;
	next_sequence = 0;
	pages = realloc(pages, ((size_t)page_count + 1) * sizeof(*pages));
	used_pages = realloc(used_pages, ((size_t)page_count + 1) * sizeof(*used_pages));
	free_pages = realloc(free_pages, ((size_t)page_count + 1) * sizeof(*free_pages));
	for (int i = 0; i < page_count; i++) {
		int error = load_page(&pages[i], address + (uint32_t)i * FLASH_BLOCK, i);
		if (error)
			return error;
	}
	if (used_count)
		next_sequence = nvs_pages_current()->sequence + 1;
	int error = used_count ? finish_move() : activate();
	return error || !free_count ? NVS_NO_FREE_PAGES : NVS_OK;
}

int nvs_pages_count(void)
{
	return page_count;
}

struct nvs_page *nvs_pages_current(void)
{
	return used_pages[used_count - 1];
}

int nvs_pages_request(void)
{
	if (free_count >= 2)
		return activate();
	struct nvs_page *emptiest = NULL;
	int most = 0;
	for (int at = 0; at < used_count; at++) {
		int unused = NVS_ENTRIES - nvs_page_used(used_pages[at]);
		if (unused > most) {
			emptiest = used_pages[at];
			most = unused;
		}
	}
	if (!emptiest)
		return NVS_NOT_ENOUGH_SPACE;
	nvs_page_mark(emptiest, PAGE_FREEING);
	return evacuate(emptiest);
}

bool nvs_walk(struct nvs_place *place)
{
	if (place->item)
		place->index += place->item->span;
	for (; place->position < used_count; place->position++, place->index = 0) {
		place->page = used_pages[place->position];
		place->item = nvs_page_next(place->page, &place->index);
		if (place->item)
			return true;
	}
	return false;
}

bool nvs_same_key(const struct nvs_item *item, const char *key)
{
	return !strncmp(item->key, key, NVS_NAME_SIZE - 1);
}

bool nvs_find(uint8_t space, uint8_t type, const char *key, uint8_t chunk, struct nvs_place *place)
{
	*place = (struct nvs_place){0};
	while (nvs_walk(place)) {
		const struct nvs_item *item = place->item;
		if (item->space == space && item->chunk == chunk && (type == NVS_ANY || item->type == type) && nvs_same_key(item, key))
			return true;
	}
	return false;
}

int nvs_append(struct nvs_item *item, const void *data, struct nvs_place *place)
{
	place->page = nvs_pages_current();
	int error = nvs_page_write(place->page, item, data, &place->index);
	if (error != NVS_PAGE_FULL)
		return error;
	if (place->page->state == PAGE_ACTIVE)
		nvs_page_mark(place->page, PAGE_FULL);
	error = nvs_pages_request();
	if (error)
		return error;
	place->page = nvs_pages_current();
	error = nvs_page_write(place->page, item, data, &place->index);
	return error == NVS_PAGE_FULL ? NVS_NOT_ENOUGH_SPACE : error;
}
