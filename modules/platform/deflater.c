/*
 * Compression to DEFLATE (RFC 1951): matches that one small hash table finds, in blocks of the fixed codes. It gets half of what zlib would
 * get, in a hundredth of its memory.
 */
#include <string.h>

#include "deflate.h"

/* What one symbol, or the end of a message, may take at most. */
#define RESERVE 8
#define SHORTEST_MATCH 3

static void put(Deflater *z, uint32_t value, unsigned count, uint8_t *out, uint32_t *made)
{
	z->hold |= value << z->bits;
	z->bits += count;
	while (z->bits >= 8) {
		out[(*made)++] = (uint8_t)z->hold;
		z->hold >>= 8;
		z->bits -= 8;
	}
}

/* The word of a code goes out with its first bit first (section 3.1.1). */
static void putWord(Deflater *z, uint32_t word, unsigned count, uint8_t *out, uint32_t *made)
{
	uint32_t turned = 0;

	for (unsigned i = 0; i < count; i++)
		turned |= (word >> i & 1) << (count - 1 - i);
	put(z, turned, count, out, made);
}

/* The fixed code (section 3.2.6). */
static void putSymbol(Deflater *z, unsigned symbol, uint8_t *out, uint32_t *made)
{
	if (symbol < 144)
		putWord(z, 0x30 + symbol, 8, out, made);
	else if (symbol < 256)
		putWord(z, 0x190 + symbol - 144, 9, out, made);
	else if (symbol < 280)
		putWord(z, symbol - 256, 7, out, made);
	else
		putWord(z, 0xc0 + symbol - 280, 8, out, made);
}

static void putMatch(Deflater *z, unsigned length, unsigned distance, uint8_t *out, uint32_t *made)
{
	unsigned extra = 0, rest = length - SHORTEST_MATCH;

	if (length == LONGEST_MATCH)
		putSymbol(z, 285, out, made);
	else {
		while (rest >> extra >= 8)
			extra++;
		putSymbol(z, 257 + 4 * extra + (rest >> extra), out, made);
		put(z, rest & ((1u << extra) - 1), extra, out, made);
	}
	rest = distance - 1;
	for (extra = 0; rest >> extra >= 4; )
		extra++;
	putWord(z, 2 * extra + (rest >> extra), 5, out, made);
	put(z, rest & ((1u << extra) - 1), extra, out, made);
}

/* Drops the older of the two windows. */
static void slide(Deflater *z)
{
	uint32_t half = z->size / 2;

	memmove(z->data, z->data + half, z->length - half);
	z->length -= half;
	for (unsigned i = 0; i < HASHES; i++)
		z->heads[i] = z->heads[i] > half ? (uint16_t)(z->heads[i] - half) : 0;
}

/* Where the string at `at` stood last, plus one; from now on that is here. */
static uint32_t lookUp(Deflater *z, uint32_t at, uint32_t end)
{
	uint16_t *head;
	uint32_t last;

	if (end - at < SHORTEST_MATCH)
		return 0;
	head = z->heads + ((z->data[at] << 16 | z->data[at + 1] << 8 | z->data[at + 2]) * 2654435761u >> 24);
	last = *head;
	*head = (uint16_t)(at + 1);
	return last;
}

/* Compresses data[length] to data[end]; stops where the output is full. */
static void deflateSome(Deflater *z, uint32_t end, Range out, uint32_t *made)
{
	while (z->length < end && out.length - *made >= RESERVE) {
		uint32_t at = z->length, last = lookUp(z, at, end), length = 0, most = end - at, from = last - 1;

		if (last && at - from <= z->reach) {
			if (most > LONGEST_MATCH)
				most = LONGEST_MATCH;
			while (length < most && z->data[from + length] == z->data[at + length])
				length++;
		}
		if (length < SHORTEST_MATCH) {
			putSymbol(z, z->data[at], out.data, made);
			z->length++;
		} else {
			putMatch(z, length, at - from, out.data, made);
			for (z->length += length; ++at < z->length; )
				lookUp(z, at, end);
		}
	}
}

void deflaterWrite(Deflater *z, Range in, Range out, int flush, uint32_t *used, uint32_t *made)
{
	if (in.length && !z->isOpen) {
		/* Not the last block, fixed codes. */
		put(z, 2, 3, out.data, made);
		z->isOpen = 1;
	}
	while (*used < in.length && out.length - *made >= RESERVE) {
		uint32_t begin, count = in.length - *used;

		if (z->length == z->size)
			slide(z);
		begin = z->length;
		if (count > z->size - begin)
			count = z->size - begin;
		memcpy(z->data + begin, in.data + *used, count);
		deflateSome(z, begin + count, out, made);
		*used += z->length - begin;
	}
	if (*used < in.length || !flush)
		return;
	if (z->isOpen)
		putSymbol(z, 256, out.data, made);
	/* The header of an empty stored block, whose length stays out (RFC 7692 section 7.2.1). */
	put(z, 0, 3, out.data, made);
	put(z, 0, (8 - z->bits) & 7, out.data, made);
	z->isOpen = 0;
}

void deflaterReset(Deflater *z, int bits)
{
	z->hold = z->bits = z->isOpen = 0;
	z->length = 0;
	z->reach = 1u << bits;
	memset(z->heads, 0, sizeof z->heads);
}

void deflaterStart(Deflater *z, int bits)
{
	z->size = 2u << bits;
	deflaterReset(z, bits);
}
