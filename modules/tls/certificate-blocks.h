/*
 * Blocks of PEM text, and sequences of DER: the outside of certificates and keys.
 */
#ifndef LWS_CERTIFICATE_BLOCKS_H
#define LWS_CERTIFICATE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* Tag of a DER sequence, which certificates and keys are. */
#define SEQUENCE 0x30

typedef struct {
	const uint8_t *at, *end;
} Text;

/* One block of a PEM file. */
typedef struct {
	Text label, body;
} Block;

enum { NONE, FOUND, CUT, BAD };

/* Where these bytes first stand, or NULL; `textFind` takes a text without NUL. */
const uint8_t *textFindBytes(Text text, const char *what, size_t length);
const uint8_t *textFind(Text text, const char *what);
int textEndsWith(Text text, const char *what);
/* Takes the next block of the text. */
int pemNext(Text *text, Block *block);
/* The bytes of a block, which the caller wipes and frees: 0, BAD, or -1 without memory. */
int pemDecode(Text body, uint8_t **der, size_t *length);
/* Whether a sequence begins here that is whole: 0, CUT or BAD; `*taken` are its bytes. */
int derWhole(const uint8_t *der, size_t length, size_t *taken);

#endif
