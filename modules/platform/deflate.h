/*
 * DEFLATE (RFC 1951) in both directions, as streams that may be cut anywhere. Input and output are given anew at each call, since the
 * machine moves its buffers. Nothing here allocates: whoever makes an Inflater or a Deflater gives it the memory for its window.
 */
#ifndef LWS_DEFLATE_H
#define LWS_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint8_t *data;
	uint32_t length;
} Range;

#define LITERALS 288
#define DISTANCES 32
#define LONGEST 15
#define LONGEST_MATCH 258

typedef struct {
	uint16_t count[LONGEST + 1];
	uint16_t *symbols;
} Code;

/* What of a stream comes next. */
enum { HEADER, LENGTH, COPY, COUNTS, CODE_LENGTHS, CODES, BODY, BAD };

typedef struct {
	/* Bits that were read and not used; of the byte that is read next, `skip` bits are used already. */
	uint64_t hold;
	uint8_t bits, skip;
	uint8_t state, isLast;
	uint32_t mask, at, filled;
	/* Bytes left of a stored block. */
	uint32_t left;
	/* Codes of each kind in a dynamic block, and how many of their lengths are known. */
	uint16_t literals, distances, codes, have;
	uint8_t lengths[LITERALS + DISTANCES];
	uint16_t literalSymbols[LITERALS], distanceSymbols[DISTANCES];
	Code literal, distance;
	uint8_t window[];
} Inflater;

/* Bytes that an Inflater with a window of 1 << bits takes. */
#define INFLATER_SIZE(bits) (offsetof(Inflater, window) + (1u << (bits)))

void inflaterStart(Inflater *z, int bits);
/* Forgets all input so far. */
void inflaterReset(Inflater *z);
/* Works until the input is used up, the output (at least LONGEST_MATCH bytes) full, or the state BAD. While something is left to put out, some
   input is left unused. */
void inflaterRead(Inflater *z, Range in, Range out, uint32_t *used, uint32_t *made);
/* The end of a message (RFC 7692 section 7.2.2): whether it ends between blocks. */
int inflaterFinish(Inflater *z);

#define HASHES 256

typedef struct {
	uint32_t hold;
	uint8_t bits, isOpen;
	/* Largest distance of a match. */
	uint32_t reach;
	/* Bytes of `data`, which holds two windows, and how many are in it. */
	uint32_t size, length;
	/* One more than where a string of three bytes with this hash stood last; 0: nowhere. */
	uint16_t heads[HASHES];
	uint8_t data[];
} Deflater;

/* Bytes that a Deflater with a window of 1 << bits takes. */
#define DEFLATER_SIZE(bits) (offsetof(Deflater, data) + (2u << (bits)))

void deflaterStart(Deflater *z, int bits);
/* Forgets all input so far; from now on no match reaches farther than 1 << bits. */
void deflaterReset(Deflater *z, int bits);
/* Works until the input is used up or the output (at least 16 bytes) full. With the last of the input, `flush` ends the message in the way of RFC 7692
   section 7.2.1. */
void deflaterWrite(Deflater *z, Range in, Range out, int flush, uint32_t *used, uint32_t *made);

#endif
