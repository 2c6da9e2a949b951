/*
 * Checks an application image as ESP-IDF's boot loader does (esp_image_format.c), and then the archive of JavaScript modules in its
 * first segment, of which nothing is believed: every offset must lie inside the archive, every name must end inside it.
 */
#include "archive.h"
#include "flash.h"

#include <string.h>

#define MAGIC 0xe9u
#define SEGMENTS_MAX 16
#define CHIP_REVISION 0
#define MMU_PAGE 0x10000u
#define DESCRIPTORS 384u	/* esp_app_desc_t and ours stand before the archive */
#define APP_DESCRIPTOR 256u
#define ARCHIVE_MAGIC 0x5853574cu
#define ARCHIVE_VERSION 1u
#define DIGEST 32u

struct header {
	uint8_t magic, segments, spi_mode, spi_speed_size;
	uint32_t entry;
	uint8_t wp_pin, drive[3];
	uint16_t chip;
	uint8_t revision_minor_only;
	uint16_t revision_min, revision_max;
	uint8_t reserved[4], hashed;
} __attribute__((packed));
_Static_assert(sizeof(struct header) == 24, "esp_image_header_t has 24 bytes");

struct segment { uint32_t address, length; };

static bool terminated(const uint8_t *archive, uint32_t total, uint32_t offset)
{
	return offset < total && memchr(archive + offset, 0, total - offset);
}

static bool archive_whole(const uint8_t *archive, uint32_t room)
{
	struct archive header;
	if (room < sizeof(header))
		return false;
	memcpy(&header, archive, sizeof(header));
	if (header.magic != ARCHIVE_MAGIC || header.version != ARCHIVE_VERSION || header.total > room || header.total < sizeof(header))
		return false;
	if (header.count > (header.total - sizeof(header)) / sizeof(struct archive_entry))
		return false;
	for (uint32_t i = 0; i < header.count; i++) {
		struct archive_entry entry;
		memcpy(&entry, archive + sizeof(header) + i * sizeof(entry), sizeof(entry));
		if (!terminated(archive, header.total, entry.name) || entry.data % 16)
			return false;
		/* the byte behind the data is a NUL, so that a module can be parsed where it lies */
		if (entry.data >= header.total || entry.length >= header.total - entry.data || archive[entry.data + entry.length])
			return false;
	}
	return true;
}

/* Addresses that the chip reads through its cache: DROM, then IROM of the ESP32. */
static bool is_mapped(uint32_t address)
{
	return (address >= 0x3f400000u && address < 0x3f800000u) || (address >= 0x400d0000u && address < 0x40400000u);
}

static bool segment_fits(const struct partition *partition, const struct segment *segment, uint32_t at, bool first)
{
	if (segment->length % 4 || segment->length > partition->size - at || (first && segment->length < APP_DESCRIPTOR))
		return false;
	return !is_mapped(segment->address) || (partition->offset + at) % MMU_PAGE == segment->address % MMU_PAGE;
}

static uint8_t xor_of(const uint8_t *data, uint32_t length)
{
	uint8_t sum = 0;
	while (length--)
		sum ^= *data++;
	return sum;
}

static bool digest_matches(const uint8_t *start, uint32_t length)
{
	struct sha sha;
	uint8_t digest[DIGEST];
	sha_start(&sha, 256);
	sha_update(&sha, start, length);
	sha_finish(&sha, digest);
	return !memcmp(digest, start + length, DIGEST);
}

const char *image_verify(const struct partition *partition, struct image *image)
{
	const uint8_t *start = flash_map() + partition->offset;
	struct header header;
	uint8_t blank[sizeof(header)];
	memset(blank, 0xff, sizeof(blank));
	if (partition->size < sizeof(header) || !memcmp(start, blank, sizeof(blank)))
		return "empty";
	memcpy(&header, start, sizeof(header));
	if (header.magic != MAGIC)
		return "magic";
	if (header.chip != IMAGE_CHIP_ID || header.revision_min > CHIP_REVISION)
		return "chip";
	if (header.segments > SEGMENTS_MAX || header.segments == 0)
		return "segments";

	uint32_t at = sizeof(header), archive = 0, archive_room = 0;
	uint8_t sum = 0xef;
	for (int i = 0; i < header.segments; i++) {
		struct segment segment;
		if (partition->size - at < sizeof(segment))
			return "segments";
		memcpy(&segment, start + at, sizeof(segment));
		at += sizeof(segment);
		if (!segment_fits(partition, &segment, at, i == 0))
			return "segments";
		if (i == 0 && segment.length > DESCRIPTORS) {
			archive = at + DESCRIPTORS;
			archive_room = segment.length - DESCRIPTORS;
		}
		sum ^= xor_of(start + at, segment.length);
		at += segment.length;
	}
	/* the checksum is the last byte of a block of 16, of which the segments leave at least one byte */
	uint32_t end = (at + 16) & ~15u;
	if (end > partition->size || (header.hashed && partition->size - end < DIGEST))
		return "segments";
	if (start[end - 1] != sum)
		return "checksum";
	if (header.hashed && !digest_matches(start, end))
		return "sha256";
	if (!archive_whole(start + archive, archive_room))
		return "segments";
	if (image) {
		struct archive found;
		memcpy(&found, start + archive, sizeof(found));
		image->archive = start + archive;
		image->archive_length = found.total;
		image->length = header.hashed ? end + DIGEST : end;
		image->overlay = NULL;
	}
	return "";
}
