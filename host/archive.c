/*
 * Finds modules and resources by name: in the JavaScript part first, if there is one, then in the application.
 */
#include "archive.h"

#include <string.h>

const struct archive_entry *archive_find(const uint8_t *archive, const char *name, unsigned kinds)
{
	const struct archive *header = archive_of(archive);
	for (uint32_t i = 0; i < header->count; i++) {
		const struct archive_entry *entry = &header->entries[i];
		if (entry->kind < 32 && kinds >> entry->kind & 1 && !strcmp((const char *)archive + entry->name, name))
			return entry;
	}
	return NULL;
}

const struct archive_entry *image_find(const struct image *image, const char *name, unsigned kinds, const uint8_t **archive)
{
	if (image->overlay) {
		const struct archive_entry *entry = archive_find(image->overlay, name, kinds | ARCHIVE_BIT(ARCHIVE_REMOVED));
		*archive = image->overlay;
		if (entry)
			return entry->kind == ARCHIVE_REMOVED ? NULL : entry;
	}
	*archive = image->archive;
	return archive_find(image->archive, name, kinds);
}
