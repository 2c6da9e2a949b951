/*
 * Makes application images: header, one segment with two descriptors and an archive, checksum, SHA-256 (ESP-IDF, "App Image Format").
 */
#include "image-maker.h"
#include "board-stub.h"

#include <stdio.h>
#include <string.h>

#define NAME_ROOM 16

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* {magic, version, count, total}, {kind, name, data, length} of each file, names, data on 16-byte bounds with a NUL behind */
static uint32_t make_archive(uint8_t *archive)
{
	uint32_t names = IMAGE_FILES_END, data = names + IMAGE_FILES * NAME_ROOM;
	put32(archive, 0x5853574c);
	put32(archive + 4, 1);
	put32(archive + 8, IMAGE_FILES);
	for (uint32_t i = 0; i < IMAGE_FILES; i++) {
		uint8_t *entry = archive + 16 + 16 * i;
		uint32_t length = 10 + 37 * i;
		snprintf((char *)archive + names + i * NAME_ROOM, NAME_ROOM, "module%u", (unsigned)i);
		put32(entry, 1 + i % 2);
		put32(entry + 4, names + i * NAME_ROOM);
		put32(entry + 8, data);
		put32(entry + 12, length);
		memset(archive + data, 'x', length);
		data = (data + length + 1 + 15) & ~15u;
	}
	put32(archive + 12, data);
	return data;
}

void image_make(struct made_image *image)
{
	static const uint8_t header[24] = {
		0xe9, 1, 2, 0x20, [8] = 0xee, [12] = 'X', [13] = 'V', [17] = 0xff, [18] = 0xff, [23] = 1,
	};
	memset(image, 0, sizeof(*image));
	memcpy(image->bytes, header, sizeof(header));
	put32(image->bytes + IMAGE_SEGMENT, 0xabcd5432);
	put32(image->bytes + IMAGE_SEGMENT + 256, 0x4453574c);
	image->archive_length = make_archive(image->bytes + IMAGE_ARCHIVE);
	uint32_t end = IMAGE_ARCHIVE + image->archive_length;
	put32(image->bytes + 24, 0x3f400020);
	put32(image->bytes + 28, end - IMAGE_SEGMENT);
	image->length = ((end + 16) & ~15u) + 32;
}

void image_seal(struct made_image *image)
{
	uint32_t hashed = image->length - 32;
	uint8_t sum = 0xef;
	for (uint32_t i = IMAGE_SEGMENT; i < IMAGE_ARCHIVE + image->archive_length; i++)
		sum ^= image->bytes[i];
	image->bytes[hashed - 1] = sum;
	struct sha sha;
	sha_start(&sha, 256);
	sha_update(&sha, image->bytes, hashed);
	sha_finish(&sha, image->bytes + hashed);
}

void image_plant(uint32_t address)
{
	static struct made_image image;
	image_make(&image);
	image_seal(&image);
	chip_plant(address, image.bytes, image.length);
}
