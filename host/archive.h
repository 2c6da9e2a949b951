/*
 * The archive inside an application image: modules and resources by name. All offsets count from its start; image.c has checked
 * them before anything here is used.
 */
#ifndef LWS_XS_ARCHIVE_H
#define LWS_XS_ARCHIVE_H

#include <stdint.h>

#include "host.h"

/* A preloaded module is one that a chip has in flash, run when the image was built (manifest.json's "preload"). */
enum { ARCHIVE_MODULE = 1, ARCHIVE_RESOURCE = 2, ARCHIVE_PRELOADED = 3 };

struct archive_entry {
	uint32_t kind, name, data, length;
};

struct archive {
	uint32_t magic, version, count, total;
	struct archive_entry entries[];
};

static inline const struct archive *archive_of(const struct image *image)
{
	return (const struct archive *)(const void *)image->archive;
}

#endif
