/*
 * The archive inside an application image: modules and resources by name. All offsets count from its start; image.c has checked
 * them before anything here is used.
 */
#ifndef LWS_XS_ARCHIVE_H
#define LWS_XS_ARCHIVE_H

#include <stdint.h>

#include "host.h"

/*
 * A preloaded module is one that a chip has in flash, run when the image was built (manifest.json's "preload"). In a JavaScript part an entry
 * may say that the application's module or resource of its name is gone.
 */
enum { ARCHIVE_MODULE = 1, ARCHIVE_RESOURCE = 2, ARCHIVE_PRELOADED = 3, ARCHIVE_REMOVED = 4 };
#define ARCHIVE_BIT(kind) (1u << (kind))
#define ARCHIVE_MODULES (ARCHIVE_BIT(ARCHIVE_MODULE) | ARCHIVE_BIT(ARCHIVE_PRELOADED))

struct archive_entry {
	uint32_t kind, name, data, length;
};

struct archive {
	uint32_t magic, version, count, total;
	struct archive_entry entries[];
};

static inline const struct archive *archive_of(const uint8_t *archive)
{
	return (const struct archive *)(const void *)archive;
}

/* The first entry of that name and one of those kinds (ARCHIVE_BIT), or NULL. */
const struct archive_entry *archive_find(const uint8_t *archive, const char *name, unsigned kinds);
/* The same in an image with its JavaScript part; the archive that holds the entry goes to *archive. */
const struct archive_entry *image_find(const struct image *image, const char *name, unsigned kinds, const uint8_t **archive);

#endif
