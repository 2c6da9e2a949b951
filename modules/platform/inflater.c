/*
 * Decompression of DEFLATE (RFC 1951). Codes are decoded by counting along their lengths, which takes a twentieth of the memory of tables.
 */
#include <string.h>

#include "deflate.h"

/* What one step may end in. */
enum { GO_ON, NEED_INPUT, NEED_ROOM };

/* Builds a canonical code (RFC 1951 section 3.2.2). False if there are more codes than bits can tell apart, or fewer than they could, save
   that a lone code has one bit. */
static int build(Code *code, const uint8_t *lengths, unsigned n, int mayBeLone)
{
	uint16_t next[LONGEST + 2] = { 0 };
	int room = 1, used;

	memset(code->count, 0, sizeof code->count);
	for (unsigned i = 0; i < n; i++)
		code->count[lengths[i]]++;
	used = (int)n - code->count[0];
	code->count[0] = 0;
	for (int length = 1; length <= LONGEST; length++) {
		room = 2 * room - code->count[length];
		if (room < 0)
			return 0;
		next[length + 1] = next[length] + code->count[length];
	}
	for (unsigned i = 0; i < n; i++)
		if (lengths[i])
			code->symbols[next[lengths[i]]++] = (uint16_t)i;
	return room == 0 || (mayBeLone && (used == 0 || (used == 1 && code->count[1] == 1)));
}

/* The symbol that `hold` begins with: its length is taken off `*bits`. -1: more bits must be there; -2: no symbol. */
static int decode(const Code *code, uint64_t *hold, unsigned *bits)
{
	uint64_t rest = *hold;
	unsigned word = 0, first = 0, index = 0;

	for (unsigned length = 1; length <= LONGEST; length++) {
		if (length > *bits)
			return -1;
		word = word << 1 | (rest & 1);
		rest >>= 1;
		if (word - first < code->count[length]) {
			*hold = rest;
			*bits -= length;
			return code->symbols[index + word - first];
		}
		index += code->count[length];
		first = (first + code->count[length]) << 1;
	}
	return -2;
}

static unsigned take(Inflater *z, unsigned count)
{
	unsigned value = (unsigned)(z->hold & ((1u << count) - 1));

	z->hold >>= count;
	z->bits -= count;
	return value;
}

static void align(Inflater *z)
{
	take(z, z->bits & 7);
}

static void put(Inflater *z, uint8_t byte, uint8_t *out)
{
	*out = z->window[z->at] = byte;
	z->at = (z->at + 1) & z->mask;
	if (z->filled <= z->mask)
		z->filled++;
}

/* Between blocks. What follows a last block begins anew at the next byte (RFC 7692 section 7.2.3.4). */
static void endBlock(Inflater *z)
{
	if (z->isLast)
		align(z);
	z->isLast = 0;
	z->state = HEADER;
}

static void useFixedCodes(Inflater *z)
{
	for (int i = 0; i < LITERALS; i++)
		z->lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	memset(z->lengths + LITERALS, 5, DISTANCES);
	build(&z->literal, z->lengths, LITERALS, 0);
	build(&z->distance, z->lengths + LITERALS, DISTANCES, 0);
}

static int readHeader(Inflater *z)
{
	if (z->bits < 3)
		return NEED_INPUT;
	z->isLast = (uint8_t)take(z, 1);
	switch (take(z, 2)) {
	case 0:
		align(z);
		z->state = LENGTH;
		break;
	case 1:
		useFixedCodes(z);
		z->state = BODY;
		break;
	case 2:
		z->state = COUNTS;
		break;
	default:
		z->state = BAD;
	}
	return GO_ON;
}

/* Section 3.2.4. */
static int readLength(Inflater *z)
{
	if (z->bits < 32)
		return NEED_INPUT;
	z->left = take(z, 16);
	z->state = take(z, 16) == (z->left ^ 0xffff) ? COPY : BAD;
	return GO_ON;
}

static int readCounts(Inflater *z)
{
	if (z->bits < 14)
		return NEED_INPUT;
	z->literals = (uint16_t)(take(z, 5) + 257);
	z->distances = (uint16_t)(take(z, 5) + 1);
	z->codes = (uint16_t)(take(z, 4) + 4);
	z->have = 0;
	memset(z->lengths, 0, sizeof z->lengths);
	z->state = z->literals > 286 || z->distances > 30 ? BAD : CODE_LENGTHS;
	return GO_ON;
}

/* Section 3.2.7: the lengths of the codes that code lengths of codes. */
static int readCodeLengths(Inflater *z)
{
	static const uint8_t order[] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };

	while (z->have < z->codes) {
		if (z->bits < 3)
			return NEED_INPUT;
		z->lengths[order[z->have++]] = (uint8_t)take(z, 3);
	}
	z->have = 0;
	/* Until the distances' own code is built it serves for this one, whose 19 symbols fit. */
	z->state = build(&z->distance, z->lengths, sizeof order, 0) ? CODES : BAD;
	memset(z->lengths, 0, sizeof z->lengths);
	return GO_ON;
}

static int readCodes(Inflater *z)
{
	unsigned all = z->literals + z->distances;

	while (z->have < all) {
		uint64_t hold = z->hold;
		unsigned bits = z->bits, extra, count;
		int symbol = decode(&z->distance, &hold, &bits);
		uint8_t length = 0;

		if (symbol == -1)
			return NEED_INPUT;
		extra = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
		if (bits < extra)
			return NEED_INPUT;
		z->hold = hold;
		z->bits = (uint8_t)bits;
		count = symbol < 16 ? 1 : take(z, extra) + (symbol == 18 ? 11 : 3);
		if (symbol < 16)
			length = (uint8_t)symbol;
		else if (symbol == 16)
			length = z->have ? z->lengths[z->have - 1] : 0xff;
		if (symbol < 0 || length == 0xff || count > all - z->have) {
			z->state = BAD;
			return GO_ON;
		}
		while (count--)
			z->lengths[z->have++] = length;
	}
	z->state = z->lengths[256] && build(&z->literal, z->lengths, z->literals, 1) &&
		build(&z->distance, z->lengths + z->literals, z->distances, 1) ? BODY : BAD;
	return GO_ON;
}

/* One literal, match or end of block; nothing is used of one whose bits are not all there. Section 3.2.5. */
static int readSymbol(Inflater *z, uint8_t *out, uint32_t room, uint32_t *made)
{
	uint64_t hold = z->hold;
	unsigned bits = z->bits, extra, length, distance;
	int symbol;

	if (room < LONGEST_MATCH)
		return NEED_ROOM;
	symbol = decode(&z->literal, &hold, &bits);
	if (symbol == -1)
		return NEED_INPUT;
	if (symbol <= 256 && symbol >= 0) {
		z->hold = hold;
		z->bits = (uint8_t)bits;
		if (symbol == 256)
			endBlock(z);
		else {
			put(z, (uint8_t)symbol, out);
			++*made;
		}
		return GO_ON;
	}
	z->state = BAD;
	if (symbol < 0 || symbol > 285)
		return GO_ON;
	if (symbol < 265 || symbol == 285) {
		extra = 0;
		length = symbol == 285 ? LONGEST_MATCH : symbol - 254;
	} else {
		extra = (symbol - 261) >> 2;
		length = ((4 + ((symbol - 265) & 3)) << extra) + 3;
	}
	if (bits >= extra) {
		length += (unsigned)(hold & ((1u << extra) - 1));
		hold >>= extra;
		bits -= extra;
		symbol = decode(&z->distance, &hold, &bits);
	} else
		symbol = -1;
	if (symbol < -1 || symbol > 29)
		return GO_ON;
	extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
	if (symbol == -1 || bits < extra) {
		z->state = BODY;
		return NEED_INPUT;
	}
	distance = symbol < 4 ? symbol + 1u : ((2 + (symbol & 1)) << extra) + 1 + (unsigned)(hold & ((1u << extra) - 1));
	z->hold = hold >> extra;
	z->bits = (uint8_t)(bits - extra);
	if (distance > z->filled)
		return GO_ON;
	z->state = BODY;
	for (unsigned i = 0; i < length; i++)
		put(z, z->window[(z->at - distance) & z->mask], out + i);
	*made += length;
	return GO_ON;
}

static int copyStored(Inflater *z, uint8_t *out, uint32_t room, uint32_t *made)
{
	while (z->left) {
		if (z->bits < 8)
			return NEED_INPUT;
		if (!room--)
			return NEED_ROOM;
		put(z, (uint8_t)take(z, 8), out++);
		++*made;
		z->left--;
	}
	endBlock(z);
	return GO_ON;
}

/* Bits that a full output leaves over are given back, as whole bytes: all of them came with this input, since what was left of the one before did not
   make a whole item. */
void inflaterRead(Inflater *z, Range in, Range out, uint32_t *used, uint32_t *made)
{
	int result = GO_ON;

	while (z->state != BAD && result != NEED_ROOM) {
		uint32_t before = *used;

		while (z->bits <= 48 && *used < in.length) {
			z->hold |= (uint64_t)(in.data[(*used)++] >> z->skip) << z->bits;
			z->bits += 8 - z->skip;
			z->skip = 0;
		}
		if (result == NEED_INPUT && *used == before)
			return;
		switch (z->state) {
		case HEADER: result = readHeader(z); break;
		case LENGTH: result = readLength(z); break;
		case COPY: result = copyStored(z, out.data + *made, out.length - *made, made); break;
		case COUNTS: result = readCounts(z); break;
		case CODE_LENGTHS: result = readCodeLengths(z); break;
		case CODES: result = readCodes(z); break;
		case BODY: result = readSymbol(z, out.data + *made, out.length - *made, made); break;
		}
	}
	if (result == NEED_ROOM) {
		*used -= (z->bits + 7) / 8;
		z->skip = (8 - z->bits % 8) % 8;
		z->hold = z->bits = 0;
	}
}

int inflaterFinish(Inflater *z)
{
	static uint8_t tail[] = { 0, 0, 0xff, 0xff };
	uint8_t rest[LONGEST_MATCH];
	uint32_t used = 0, made = 0;

	/* Whoever ends with a last block may leave the empty one behind it out. */
	if (z->state != HEADER || z->bits || z->skip)
		inflaterRead(z, (Range){ tail, sizeof tail }, (Range){ rest, sizeof rest }, &used, &made);
	return !made && z->state == HEADER && !z->bits && !z->skip;
}

void inflaterReset(Inflater *z)
{
	z->hold = z->bits = z->skip = z->isLast = 0;
	z->state = HEADER;
	z->at = z->filled = 0;
}

void inflaterStart(Inflater *z, int bits)
{
	z->mask = (1u << bits) - 1;
	z->literal.symbols = z->literalSymbols;
	z->distance.symbols = z->distanceSymbols;
	inflaterReset(z);
}
