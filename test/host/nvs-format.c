/*
 * The bytes that NVS writes, compared with bytes made by hand from Espressif's documentation ("Non-Volatile Storage Library",
 * Internals). The checksums in them come from zlib's crc32, begun with 0xffffffff, not from our own.
 */
#include "board-stub.h"
#include "nvs.h"

#include <stdio.h>
#include <string.h>

#define ROW 32
#define PAGE nvs_partition.offset
#define SPACE 1
#define FF2 "\xff\xff"
#define FF6 FF2 FF2 FF2
#define FF7 FF6 "\xff"
#define FF14 FF7 FF7
#define FF30 FF14 FF14 FF2
#define STREET "Caf\xc3\xa9 at the corner of the street"

struct row { const char *what; char bytes[ROW]; };

static const uint8_t mode = 7, other_mode = 9, secret[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
static const int16_t offset = -2;

/* A page with a namespace of four values: state, sequence number 0, version 2; then two bits per entry, 10 for a written one. */
static const struct row page[] = {
	{"header", "\xfe\xff\xff\xff" "\0\0\0\0" "\xfe" FF14 "\xff\xff\xff\xff\xff" "\x84\x2d\xba\xb9"},
	{"states", "\xaa\xaa\xfe" FF14 FF14 "\xff"},
	/* namespace, type, span, chunk; checksum; key; value, padded with ones */
	{"namespace", "\x00\x01\x01\xff" "\x4d\xb4\xc2\x33" "settings\0\0\0\0\0\0\0\0" "\x01" FF7},
	{"U8", "\x01\x01\x01\xff" "\x78\xdc\x27\x60" "mode\0\0\0\0\0\0\0\0\0\0\0\0" "\x07" FF7},
	{"I16", "\x01\x12\x01\xff" "\x0e\x62\xb3\x29" "offset\0\0\0\0\0\0\0\0\0\0" "\xfe\xff" FF6},
	/* instead of a value: size, two unused bytes, checksum of the data that follow */
	{"string", "\x01\x21\x03\xff" "\xf1\xe0\x96\x06" "ssid\0\0\0\0\0\0\0\0\0\0\0\0" "\x22\x00" FF2 "\xb7\xf3\x68\xe9"},
	{"first data of the string", "Caf\xc3\xa9 at the corner of the stree"},
	{"last data of the string", "t\0" FF30},
	{"chunk of a blob", "\x01\x42\x02\x00" "\xe6\x93\x4a\xa5" "key\0\0\0\0\0\0\0\0\0\0\0\0\0" "\x05\x00" FF2 "\x31\xc0\x6f\x0e"},
	{"data of the chunk", "\x00\x01\x7f\x80\xff" FF14 FF7 FF6},
	/* size of the blob, number of its chunks, number of the first */
	{"index of the blob", "\x01\x48\x01\xff" "\xc0\x78\x3d\xa0" "key\0\0\0\0\0\0\0\0\0\0\0\0\0" "\x05\0\0\0" "\x01" "\x00" FF2},
};
#define ROWS (sizeof(page) / sizeof(*page))

static const struct row replaced[] = {
	{"states after a replacement", "\xa2\xaa\xfa" FF14 FF14 "\xff"},
	{"U8 that replaces one", "\x01\x01\x01\xff" "\x4a\xce\xad\x75" "mode\0\0\0\0\0\0\0\0\0\0\0\0" "\x09" FF7},
};
static const struct row erased = {"states after an erasure", "\x22\xa0\xfa" FF14 FF14 "\xff"};
static const struct row next_header = {
	"header of the next page", "\xfe\xff\xff\xff" "\x01\0\0\0" "\xfe" FF14 "\xff\xff\xff\xff\xff" "\xa3\x48\x9f\x38",
};

static void compare(const struct row *row, uint32_t address)
{
	for (uint32_t i = 0; i < ROW; i++) {
		uint8_t expected = (uint8_t)row->bytes[i];
		if (chip[address + i] != expected)
			fail("%s: byte %u is 0x%02x, not 0x%02x", row->what, (unsigned)i, chip[address + i], expected);
	}
}

static void succeed(int error, const char *what)
{
	if (error)
		fail("%s: error 0x%x", what, error);
}

static void written(void)
{
	uint8_t space;
	nvs_start();
	succeed(nvs_open("settings", true, &space), "the namespace");
	succeed(nvs_set(space, NVS_U8, "mode", &mode, sizeof(mode)), "a U8");
	succeed(nvs_set(space, NVS_I16, "offset", &offset, sizeof(offset)), "an I16");
	succeed(nvs_set(space, NVS_STRING, "ssid", STREET, sizeof(STREET)), "a string");
	succeed(nvs_set(space, NVS_BLOB, "key", secret, sizeof(secret)), "a blob");
	for (uint32_t i = 0; i < ROWS; i++)
		compare(&page[i], PAGE + i * ROW);
	for (uint32_t at = ROWS * ROW; at < nvs_partition.size; at++) {
		if (chip[PAGE + at] != 0xff)
			fail("byte 0x%x of the partition should be blank", (unsigned)at);
	}
	report("the bytes written are those of Espressif's layout", ROWS);
}

static void changed(void)
{
	succeed(nvs_set(SPACE, NVS_U8, "mode", &mode, sizeof(mode)), "the same U8");
	compare(&page[1], PAGE + ROW);
	succeed(nvs_set(SPACE, NVS_U8, "mode", &other_mode, sizeof(other_mode)), "another U8");
	compare(&replaced[0], PAGE + ROW);
	compare(&replaced[1], PAGE + ROWS * ROW);
	succeed(nvs_erase(SPACE, "ssid"), "the erasure of a string");
	compare(&erased, PAGE + ROW);
	compare(&page[5], PAGE + 5 * ROW);
	report("what is replaced or erased only loses its state bits", 4);
}

static void filled(void)
{
	uint32_t next = PAGE + FLASH_BLOCK;
	for (uint8_t i = 0; chip[next] == 0xff; i++) {
		char key[NVS_NAME_SIZE];
		snprintf(key, sizeof(key), "n%u", i);
		succeed(nvs_set(SPACE, NVS_U8, key, &i, sizeof(i)), "one of many");
		if (i == UINT8_MAX)
			fail("the first page takes more than it can hold");
	}
	/* the last row of the page is an entry as well */
	if (memcmp(chip + PAGE, "\xfc\xff\xff\xff", 4) || chip[PAGE + FLASH_BLOCK - ROW] != SPACE)
		fail("the first page is not full");
	compare(&next_header, next);
	report("a full page is marked, and the next has the next number", 2);
}

static void expect(uint8_t space, uint8_t type, const char *key, const void *value, uint32_t size)
{
	uint8_t found_type, data[ROW * 2];
	uint32_t found_size;
	succeed(nvs_type(space, key, &found_type), key);
	succeed(nvs_size(space, type, key, &found_size), key);
	if (found_type != type || found_size != size)
		fail("%s: type 0x%02x, %u bytes", key, found_type, (unsigned)found_size);
	succeed(nvs_get(space, type, key, data, size), key);
	if (memcmp(data, value, size))
		fail("%s: another value than the page has", key);
}

static void read_by_hand(void)
{
	uint8_t space;
	chip_blank(PAGE, nvs_partition.size);
	for (uint32_t i = 0; i < ROWS; i++)
		chip_plant(PAGE + i * ROW, page[i].bytes, ROW);
	nvs_start();
	succeed(nvs_open("settings", false, &space), "the namespace of the page made by hand");
	expect(space, NVS_U8, "mode", &mode, sizeof(mode));
	expect(space, NVS_I16, "offset", &offset, sizeof(offset));
	expect(space, NVS_STRING, "ssid", STREET, sizeof(STREET));
	expect(space, NVS_BLOB, "key", secret, sizeof(secret));
	if (warnings)
		fail("the page made by hand is said to be damaged");
	for (uint32_t i = 0; i < ROWS; i++)
		compare(&page[i], PAGE + i * ROW);
	report("a page made by hand is read, and not changed", 4);
}

int main(void)
{
	chip_start();
	table_plant_standard();
	written();
	changed();
	filled();
	read_by_hand();
	return 0;
}
