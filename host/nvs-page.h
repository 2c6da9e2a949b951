/*
 * Inside NVS: pages of 4096 bytes with 126 entries of 32, and the list of pages in the order in which they were begun. The layout is
 * that of ESP-IDF's nvs_flash, version 2.
 */
#ifndef LWS_XS_NVS_PAGE_H
#define LWS_XS_NVS_PAGE_H

#include "nvs.h"

#define NVS_ENTRY 32
#define NVS_ENTRIES 126
#define NVS_CHUNK_MAX (NVS_ENTRY * (NVS_ENTRIES - 1))
#define NVS_CHUNK_ANY 0xff	/* chunk number of everything but the chunks of a blob */

/* Page states: each follows from the one before by clearing bits. */
#define PAGE_BLANK 0xffffffffu
#define PAGE_ACTIVE 0xfffffffeu
#define PAGE_FULL 0xfffffffcu
#define PAGE_FREEING 0xfffffff8u
#define PAGE_CORRUPT 0xfffffff0u	/* never in flash: what can't be used before it is erased */

enum { NVS_BLOB_OLD = 0x41, NVS_BLOB_INDEX = 0x48, NVS_ANY = 0xff };
enum { SPACE_NAMES = 0 };	/* the namespace of the namespaces' names */

struct nvs_item {
	uint8_t space, type, span, chunk;
	uint32_t crc;
	char key[NVS_NAME_SIZE];
	union {
		struct { uint16_t size, reserved; uint32_t crc; } data;
		struct { uint32_t size; uint8_t chunks, first; uint16_t reserved; } index;
		uint8_t value[8];
	};
};
_Static_assert(sizeof(struct nvs_item) == NVS_ENTRY, "an entry has 32 bytes");

struct nvs_page {
	uint32_t address, state, sequence;
	int next;	/* first entry that nothing was ever written to */
};

/* --- nvs-page.c --- */

void nvs_item_init(struct nvs_item *item, uint8_t space, uint8_t type, const char *key, uint8_t chunk);
bool nvs_item_sized(const struct nvs_item *item);	/* true for types whose data lies in the entries that follow */
/* Reads the header; NVS_NEW_VERSION_FOUND or NVS_OK. */
int nvs_page_load(struct nvs_page *page, uint32_t address);
/* Erases what was half written or does not match its checksum; returns how many entries were damaged (not just unfinished). */
int nvs_page_repair(struct nvs_page *page);
/* First item at or behind *index, which is moved to it; NULL at the end. */
const struct nvs_item *nvs_page_next(const struct nvs_page *page, int *index);
int nvs_page_used(const struct nvs_page *page);
/* Appends an item (its span and checksum are filled in) at *index; NVS_PAGE_FULL if it does not fit. */
int nvs_page_write(struct nvs_page *page, struct nvs_item *item, const void *data, int *index);
void nvs_page_erase(struct nvs_page *page, int index);
void nvs_page_copy(const struct nvs_page *from, struct nvs_page *to);
void nvs_page_mark(struct nvs_page *page, uint32_t state);
void nvs_page_wipe(struct nvs_page *page);
const uint8_t *nvs_page_data(const struct nvs_page *page, int index);	/* what follows the item's first entry */

/* --- nvs-pages.c --- */

struct nvs_place { struct nvs_page *page; const struct nvs_item *item; int position, index; };

/* Orders the pages of the partition and completes a move that a power cut interrupted. */
int nvs_pages_load(uint32_t address, uint32_t size);
int nvs_pages_count(void);
struct nvs_page *nvs_pages_current(void);
/* Makes room: begins a new page, or moves the living items of the emptiest one so that one page always stays free. */
int nvs_pages_request(void);
/* Start with a place of zeros; moves to the next item, oldest page first. Items may be erased meanwhile, but none written. */
bool nvs_walk(struct nvs_place *place);
bool nvs_find(uint8_t space, uint8_t type, const char *key, uint8_t chunk, struct nvs_place *place);
bool nvs_same_key(const struct nvs_item *item, const char *key);
/* Writes to the current page, or to a new one. */
int nvs_append(struct nvs_item *item, const void *data, struct nvs_place *place);

/* --- nvs-blob.c --- */

int nvs_blob_get(const struct nvs_place *index, void *data, uint32_t size);
/* Writes chunks and index beside those of the old value, of which `old` is the index or NULL; tells where the new index is. */
int nvs_blob_write(uint8_t space, const char *key, const void *data, uint32_t size, const struct nvs_place *old, struct nvs_place *index);
bool nvs_blob_equals(const struct nvs_place *index, const void *data, uint32_t size);
void nvs_blob_erase(const struct nvs_place *index);
/* After a power cut: erases indexes that lack chunks, then items that a newer one replaces, then chunks without an index. */
void nvs_blob_drop_broken(void);
void nvs_blob_drop_orphans(void);

#endif
