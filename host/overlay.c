/*
 * The JavaScript part of an application: an image of its own in one of two areas at the end of ota_0, whose modules and resources go before
 * those of the application. The last block of an area holds a record, written when all else is there; its words of state turn from all
 * ones to zero one after the other, so that a part is on probation as an application is: it confirms itself, or the next boot goes back to
 * the part before it, or to the bare application.
 */
#include "flash.h"

#include <string.h>

#define AREAS 2u
#define AREA_SIZE 0x60000u
#define RECORD_MAGIC 0x4f53574cu
#define TRAILER_MAGIC 0x5453574cu
#define TRAILER_FORMAT 1u
#define KIND_OVERLAY 3u
#define DIGEST 32u
#define CLEAR UINT32_MAX	/* a word that was never written */

struct record { uint32_t magic, sequence, length, crc, pending, valid, aborted; };

/* What follows an image and is signed. */
struct trailer {
	uint32_t magic;
	uint16_t format, length;
	uint32_t size;
	uint16_t chip;
	uint8_t kind, flags;
	uint8_t facts[104];
	uint8_t base[DIGEST], digest[DIGEST];
	uint8_t key[8], signature[64];
};
_Static_assert(sizeof(struct trailer) == 256 && offsetof(struct trailer, base) == 120, "a trailer has 256 bytes");

static uint32_t record_address;	/* of the part in use; 0: there is none */
static int32_t offset_in_use = -1;

static struct record record_at(uint32_t address)
{
	struct record record;
	memcpy(&record, flash_map() + address, sizeof(record));
	return record;
}

/*
 * A word that the power cut off in the middle is written for its second half. What says that a decision was made counts from its first
 * bit; but a part must not be given up before it has run.
 */
static bool is_pending(const struct record *record)
{
	return record->pending == 0;
}

static bool on_probation(const struct record *record)
{
	return is_pending(record) && record->valid == CLEAR && record->aborted == CLEAR;
}

static bool clear_word(uint32_t address, size_t word)
{
	uint32_t zero = 0;
	return flash_write(address + (uint32_t)word, &zero, sizeof(zero));
}

/* The trailer behind an image of that size, if there is one that belongs to it. */
static const struct trailer *trailer_of(const struct partition *partition, uint32_t size)
{
	if (size > partition->size || partition->size - size < sizeof(struct trailer))
		return NULL;
	const struct trailer *trailer = (const void *)(flash_map() + partition->offset + size);
	bool whole = trailer->magic == TRAILER_MAGIC && trailer->format == TRAILER_FORMAT && trailer->length == sizeof(*trailer) && trailer->size == size;
	return whole ? trailer : NULL;
}

/* The digest in the application's trailer, which a part names as its base; NULL if there is none, or it is that of other bytes. */
static const uint8_t *base_digest(const struct partition *slot, const struct image *base)
{
	const struct trailer *trailer = trailer_of(slot, base->length);
	uint8_t digest[DIGEST];
	if (!trailer)
		return NULL;
	struct sha sha;
	sha_start(&sha, 256);
	sha_update(&sha, flash_map() + slot->offset, base->length);
	sha_finish(&sha, digest);
	return memcmp(digest, trailer->digest, DIGEST) ? NULL : trailer->digest;
}

static bool fits(const struct partition *area, uint32_t length, const uint8_t *base, struct image *found)
{
	if (*image_verify(area, found) || length != found->length + sizeof(struct trailer))
		return false;
	const struct trailer *trailer = trailer_of(area, found->length);
	return trailer && trailer->kind == KIND_OVERLAY && base && !memcmp(trailer->base, base, DIGEST);
}

/* Sequence numbers go round: of two, the newer one is less than half of the way ahead. */
static bool is_newer(uint32_t sequence, uint32_t than)
{
	return (int32_t)(sequence - than) > 0;
}

/* The newest part that is good for this application; false if there is none. */
static bool newest(const struct partition *slot, const struct image *base, struct partition *chosen, struct image *found)
{
	const uint8_t *digest = NULL;
	uint32_t highest = 0;
	bool any = false;
	for (uint32_t i = 0; i < AREAS && slot->size >= AREAS * AREA_SIZE; i++) {
		uint32_t offset = slot->size - (AREAS - i) * AREA_SIZE;
		struct partition area = {.type = slot->type, .subtype = slot->subtype, .offset = slot->offset + offset, .size = AREA_SIZE - FLASH_BLOCK};
		struct record record = record_at(area.offset + area.size);
		struct image image;
		if (record.magic != RECORD_MAGIC || record.crc != crc32_le(UINT32_MAX, &record, offsetof(struct record, crc)) || record.aborted != CLEAR)
			continue;
		/* a long application reaches into the areas */
		if (base->length + sizeof(struct trailer) > offset || (any && !is_newer(record.sequence, highest)))
			continue;
		digest = digest ? digest : base_digest(slot, base);
		if (!fits(&area, record.length, digest, &image))
			continue;
		any = true;
		highest = record.sequence;
		*chosen = area;
		*found = image;
	}
	return any;
}

void overlay_start(const struct partition *slot, struct image *base)
{
	struct partition area;
	struct image found;
	/* one look for each part that may have to go, and one for what is left */
	for (unsigned looks = 0; looks <= AREAS && newest(slot, base, &area, &found); looks++) {
		uint32_t address = area.offset + area.size;
		struct record record = record_at(address);
		if (on_probation(&record)) {
			console('W', "boot", "the JavaScript part at 0x%x has not proved itself: rolling back", (unsigned)area.offset);
			clear_word(address, offsetof(struct record, aborted));
			continue;
		}
		if (!is_pending(&record) && record.valid == CLEAR)
			clear_word(address, offsetof(struct record, pending));
		console('I', "boot", "JavaScript part %u at offset 0x%x", (unsigned)record.sequence, (unsigned)area.offset);
		base->overlay = found.archive;
		record_address = address;
		offset_in_use = (int32_t)(area.offset - slot->offset);
		return;
	}
}

int32_t overlay_offset(void)
{
	return offset_in_use;
}

bool overlay_pending(void)
{
	if (!record_address)
		return false;
	struct record record = record_at(record_address);
	return on_probation(&record);
}

bool overlay_confirm(void)
{
	return !overlay_pending() || clear_word(record_address, offsetof(struct record, valid));
}

bool overlay_reject(void)
{
	return clear_word(record_address, offsetof(struct record, aborted));
}
