/*
 * Non-volatile storage: named values in the "nvs" partition, in the format and with the behaviour of ESP-IDF's nvs_flash, so that a
 * partition can be read by ESP-IDF's own tools and that its limits show here first.
 */
#ifndef LWS_XS_NVS_H
#define LWS_XS_NVS_H

#include <stdbool.h>
#include <stdint.h>

/* esp_err_t of nvs.h */
enum {
	NVS_OK = 0,
	NVS_NOT_FOUND = 0x1102,
	NVS_NOT_ENOUGH_SPACE = 0x1105,
	NVS_KEY_TOO_LONG = 0x1109,
	NVS_PAGE_FULL = 0x110a,		/* internal: never returned by the functions below */
	NVS_INVALID_LENGTH = 0x110c,
	NVS_NO_FREE_PAGES = 0x110d,
	NVS_VALUE_TOO_LONG = 0x110e,
	NVS_PART_NOT_FOUND = 0x110f,
	NVS_NEW_VERSION_FOUND = 0x1110,
};

/* nvs_type_t; the low nibble of a number's type is its size in bytes */
enum {
	NVS_U8 = 0x01, NVS_I8 = 0x11, NVS_U16 = 0x02, NVS_I16 = 0x12, NVS_U32 = 0x04, NVS_I32 = 0x14, NVS_U64 = 0x08, NVS_I64 = 0x18,
	NVS_STRING = 0x21, NVS_BLOB = 0x42,
};

#define NVS_NAME_SIZE 16	/* of a key or namespace, its NUL included */
#define NVS_STRING_MAX 4000	/* bytes of a string, its NUL included */

/* Loads the partition and repairs what a power cut left half done. Trouble is logged, and every nvs_open then returns it. */
void nvs_start(void);
/* Number of the namespace; creates it if `create`. */
int nvs_open(const char *name, bool create, uint8_t *space);
int nvs_type(uint8_t space, const char *key, uint8_t *type);
int nvs_size(uint8_t space, uint8_t type, const char *key, uint32_t *size);
/* Fills data with exactly `size` bytes, which nvs_size told. A value whose checksum is wrong is dropped and not found. */
int nvs_get(uint8_t space, uint8_t type, const char *key, void *data, uint32_t size);
/* Replaces the value under the key, of whatever type it was. After a power cut the old or the new one is there, whole. */
int nvs_set(uint8_t space, uint8_t type, const char *key, const void *data, uint32_t size);
int nvs_erase(uint8_t space, const char *key);

struct nvs_iterator { uint32_t sequence; uint8_t space, entry; };
/* Start with {.space = …}. Values written meanwhile may be seen or not, as with nvs_entry_next. */
bool nvs_next(struct nvs_iterator *iterator, char key[NVS_NAME_SIZE]);

#endif
