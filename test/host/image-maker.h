/*
 * Application images for the tests: small ones, made from the format's description, that a test can damage before the checksums are
 * put on.
 */
#ifndef LWS_XS_IMAGE_MAKER_H
#define LWS_XS_IMAGE_MAKER_H

#include <stdint.h>

#define IMAGE_MAX 4096u
#define IMAGE_FILES 3
#define IMAGE_SEGMENT 32u	/* where the data of the one segment begin */
#define IMAGE_ARCHIVE 416u	/* where the archive begins, behind both descriptors */
#define IMAGE_FILES_END (16u + 16u * IMAGE_FILES)	/* of the archive: header and entries */

struct made_image {
	uint8_t bytes[IMAGE_MAX];
	uint32_t archive_length, length;
};

/* An image with IMAGE_FILES files, without its checksums. */
void image_make(struct made_image *image);
/* Puts checksum and SHA-256 on whatever stands there. */
void image_seal(struct made_image *image);
/* A good one, in flash. */
void image_plant(uint32_t address);

#endif
