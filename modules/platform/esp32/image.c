/*
 * Application images: the check of one, and what this one says of itself. ESP-IDF's own check decides; where it refuses, the image is looked through
 * once more to tell why.
 */
#include "lws-esp32.h"

#include <string.h>

#include "bootloader_common.h"
#include "esp_image_format.h"
#include "psa/crypto.h"

enum { CHECKSUM_SEED = 0xef, CHUNK = 256 };

/*
 * The linker puts it right behind esp_app_desc_t, where updates look for it. What it says is filled in when the image is finished (describe.mjs):
 * versions and kinds are not known here.
 */
static const struct {
	uint32_t magic;
	uint8_t rest[124];
} descriptor __attribute__((section(".rodata_custom_desc"), used)) = { .magic = 0x4453574c };

/* No code needs it, and the linker leaves out what no code refers to. */
static __attribute__((constructor)) void keepDescriptor(void)
{
	__asm__ volatile("" : : "r"(&descriptor));
}

typedef struct {
	const esp_partition_t *partition;
	psa_hash_operation_t hash;
	uint32_t at;
	uint8_t sum;
	bool failed;
} Reader;

/* Takes in the next bytes; `data` (where it is not NULL) gets them, too. They count for the checksum if they are of a segment. */
static void take(Reader *reader, void *data, uint32_t length, bool isSegment)
{
	uint8_t chunk[CHUNK];
	uint8_t *out = data;

	while (length > 0 && !reader->failed) {
		uint32_t count = length < CHUNK ? length : CHUNK;

		reader->failed = esp_partition_read(reader->partition, reader->at, chunk, count) != ESP_OK || psa_hash_update(&reader->hash, chunk, count) != PSA_SUCCESS;
		for (uint32_t i = 0; isSegment && i < count; i++)
			reader->sum ^= chunk[i];
		if (out) {
			memcpy(out, chunk, count);
			out += count;
		}
		reader->at += count;
		length -= count;
	}
}

/* Why a refused image with that header is none. */
static const char *reason(Reader *reader, const esp_image_header_t *header)
{
	uint32_t size = reader->partition->size;
	uint8_t checksum, digest[ESP_IMAGE_HASH_LEN], stored[ESP_IMAGE_HASH_LEN];
	esp_image_segment_header_t segment;
	size_t length;

	take(reader, NULL, sizeof *header, false);
	for (int i = 0; i < header->segment_count; i++) {
		if (size - reader->at < sizeof segment)
			return "segments";
		take(reader, &segment, sizeof segment, false);
		if (reader->failed || segment.data_len % 4 || segment.data_len > size - reader->at)
			return "segments";
		take(reader, NULL, segment.data_len, true);
	}
	/* The checksum is the last byte of a block of 16, of which the segments leave at least one byte. */
	if (size - reader->at < 16 + (header->hash_appended ? sizeof stored : 0))
		return "segments";
	take(reader, NULL, 15 - reader->at % 16, false);
	take(reader, &checksum, 1, false);
	if (reader->failed || checksum != reader->sum)
		return "checksum";
	if (!header->hash_appended || psa_hash_finish(&reader->hash, digest, sizeof digest, &length) != PSA_SUCCESS)
		return "segments";
	if (esp_partition_read(reader->partition, reader->at, stored, sizeof stored) != ESP_OK || memcmp(stored, digest, sizeof stored))
		return "sha256";
	return "segments";
}

const char *lwsVerifyImage(const esp_partition_t *partition)
{
	const esp_partition_pos_t place = { .offset = partition->address, .size = partition->size };
	Reader reader = { .partition = partition, .hash = PSA_HASH_OPERATION_INIT, .sum = CHECKSUM_SEED };
	esp_image_metadata_t found;
	esp_image_header_t header;
	uint8_t blank[sizeof header];
	const char *word;

	memset(blank, 0xff, sizeof blank);
	if (partition->size < sizeof header || esp_partition_read(partition, 0, &header, sizeof header) != ESP_OK || !memcmp(&header, blank, sizeof blank))
		return "empty";
	if (header.magic != ESP_IMAGE_HEADER_MAGIC)
		return "magic";
	if (bootloader_common_check_chip_validity(&header, ESP_IMAGE_APPLICATION) != ESP_OK)
		return "chip";
	if (header.segment_count == 0 || header.segment_count > ESP_IMAGE_MAX_SEGMENTS)
		return "segments";
	if (esp_image_verify(ESP_IMAGE_VERIFY_SILENT, &place, &found) == ESP_OK)
		return "";
	if (psa_crypto_init() != PSA_SUCCESS || psa_hash_setup(&reader.hash, PSA_ALG_SHA_256) != PSA_SUCCESS)
		return "segments";
	word = reason(&reader, &header);
	psa_hash_abort(&reader.hash);
	return word;
}
