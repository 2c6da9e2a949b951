/*
 * The natives of bytes.ts. The same file runs on every place, so it uses the SDK's C interface (xsmc.h) and that of C itself.
 *
 * Buffers may lie in the heap and move when the machine allocates: whatever makes a string looks its source up again afterwards.
 */
#include "xsmc.h"

#include <string.h>

typedef struct {
	uint8_t *data;
	xsUnsignedValue length;
} Range;

static Range readable(xsMachine *the, int index)
{
	Range range;
	void *data;

	xsmcGetBufferReadable(xsArg(index), &data, &range.length);
	range.data = data;
	return range;
}

static Range writable(xsMachine *the, int index)
{
	Range range;
	void *data;

	xsmcGetBufferWritable(xsArg(index), &data, &range.length);
	range.data = data;
	return range;
}

static void outside(xsMachine *the)
{
	xsRangeError("range outside the buffer");
}

static xsUnsignedValue checked(xsMachine *the, int index, xsUnsignedValue low, xsUnsignedValue high)
{
	xsIntegerValue value = xsmcToInteger(xsArg(index));

	if (value < 0 || (xsUnsignedValue)value < low || (xsUnsignedValue)value > high)
		outside(the);
	return (xsUnsignedValue)value;
}

/* Arguments 1 and 2 are a range of the buffer that argument 0 is. */
static Range part(xsMachine *the, Range whole)
{
	xsUnsignedValue from = checked(the, 1, 0, whole.length);
	xsUnsignedValue to = checked(the, 2, from, whole.length);
	Range range = { whole.data + from, to - from };

	return range;
}

/* Bits of ByteSet for 0x00 to 0x7f; above is obs-text, which field content and forms may hold. */
static const uint8_t sets[128] = {
	 64,  64,  64,  64,  64,  64,  64,  64,  64,  98,  64,  64,  64,  64,  64,  64,
	 64,  64,  64,  64,  64,  64,  64,  64,  64,  64,  64,  64,  64,  64,  64,  64,
	 98,  71,  66,  67,  71,   7,   7,  71,  70,  70,  71,   7,  70, 199, 199,  70,
	223, 223, 223, 223, 223, 223, 223, 223, 223, 223,  70,  70,  66,   6,  66,  70,
	 70, 215, 215, 215, 215, 215, 215, 199, 199, 199, 199, 199, 199, 199, 199, 199,
	199, 199, 199, 199, 199, 199, 199, 199, 199, 199, 199,  70,  66,  70,  67, 199,
	 67, 215, 215, 215, 215, 215, 215, 199, 199, 199, 199, 199, 199, 199, 199, 199,
	199, 199, 199, 199, 199, 199, 199, 199, 199, 199, 199,  66,  67,  66,  71,  64,
};
#define FIELD 2
#define OBS_TEXT (FIELD | 64)

static xsUnsignedValue span(const uint8_t *data, xsUnsignedValue at, xsUnsignedValue to, int set)
{
	while (at < to && set & (data[at] < 0x80 ? sets[data[at]] : OBS_TEXT))
		at++;
	return at;
}

void lws_bytes_span(xsMachine *the)
{
	Range range = part(the, readable(the, 0));
	xsIntegerValue from = xsmcToInteger(xsArg(1)), set = xsmcToInteger(xsArg(3));

	xsmcSetInteger(xsResult, from + (xsIntegerValue)span(range.data, 0, range.length, set));
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static int same(const uint8_t *data, const uint8_t *text, xsUnsignedValue length)
{
	while (length--)
		if (lower(*data++) != lower(*text++))
			return 0;
	return 1;
}

/* Results of Bytes.field that are no line. */
enum { FIELD_UNFINISHED = -1, FIELD_MALFORMED = -2 };

/* Position of a name in a list that is separated by single spaces, from 1 on; 0 if it is not there. */
static xsUnsignedValue listed(const uint8_t *name, xsUnsignedValue length, const uint8_t *list)
{
	xsUnsignedValue position = 1;

	for (;;) {
		const uint8_t *end = list;

		while (*end && *end != ' ')
			end++;
		if ((xsUnsignedValue)(end - list) == length && same(name, list, length))
			return position;
		if (!*end)
			return 0;
		list = end + 1;
		position++;
	}
}

void lws_bytes_field(xsMachine *the)
{
	const uint8_t *names = (const uint8_t *)xsmcToString(xsArg(3));
	Range range = part(the, readable(the, 0));
	xsIntegerValue from = xsmcToInteger(xsArg(1)), result = FIELD_MALFORMED;
	const uint8_t *line = range.data;
	xsUnsignedValue lf = 0, colon;

	while (lf < range.length && line[lf] != '\n')
		lf++;
	if (lf == range.length)
		result = FIELD_UNFINISHED;
	else if (lf > 0 && line[lf - 1] == '\r' && lf < 0x1000 && from + lf < 0x8000) {
		colon = span(line, 0, lf, 1);
		if (lf == 1)
			result = (from + (xsIntegerValue)lf) << 16;
		else if (colon > 0 && line[colon] == ':' && span(line, colon + 1, lf - 1, FIELD) == lf - 1)
			result = (from + (xsIntegerValue)lf) << 16 | (xsIntegerValue)(colon << 4 | listed(line, colon, names));
	}
	xsmcSetInteger(xsResult, result);
}

void lws_bytes_find(xsMachine *the)
{
	const uint8_t *text = (const uint8_t *)xsmcToString(xsArg(3));
	xsUnsignedValue length = strlen((const char *)text);
	Range range = part(the, readable(the, 0));
	xsIntegerValue from = xsmcToInteger(xsArg(1));

	for (xsUnsignedValue i = 0; length <= range.length && i <= range.length - length; i++)
		if (same(range.data + i, text, length)) {
			xsmcSetInteger(xsResult, from + (xsIntegerValue)i);
			return;
		}
	xsmcSetInteger(xsResult, -1);
}

void lws_bytes_equals(xsMachine *the)
{
	const uint8_t *text = (const uint8_t *)xsmcToString(xsArg(3));
	Range range = part(the, readable(the, 0));

	xsmcSetBoolean(xsResult, strlen((const char *)text) == range.length && same(range.data, text, range.length));
}

/*
 * RFC 3629 §4 as a machine: 0 between characters, else how many bytes are missing, and in the upper bytes the bounds of the next
 * one, which shut out overlong forms, surrogates and what is beyond U+10FFFF.
 */
#define MISSING(count, low, high) ((count) | (low) << 8 | (high) << 16)
#define MALFORMED -1

static xsIntegerValue first_byte(uint8_t byte)
{
	if (byte < 0x80)
		return 0;
	if (byte < 0xc2 || byte > 0xf4)
		return MALFORMED;
	if (byte < 0xe0)
		return MISSING(1, 0x80, 0xbf);
	if (byte < 0xf0)
		return MISSING(2, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf);
	return MISSING(3, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf);
}

static xsIntegerValue decode(Range range, xsIntegerValue state)
{
	const uint8_t *at = range.data, *end = at + range.length;

	for (; at < end && state != MALFORMED; at++) {
		if (!state)
			state = first_byte(*at);
		else if (*at < (state >> 8 & 0xff) || *at > (state >> 16 & 0xff))
			state = MALFORMED;
		else
			state = (state & 0xff) == 1 ? 0 : MISSING((state & 0xff) - 1, 0x80, 0xbf);
	}
	return state;
}

void lws_bytes_utf8(xsMachine *the)
{
	Range range = part(the, readable(the, 0));

	xsmcSetInteger(xsResult, decode(range, xsmcToInteger(xsArg(3))));
}

void lws_bytes_text(xsMachine *the)
{
	Range range = part(the, readable(the, 0));

	if (decode(range, 0))
		return;
	for (xsUnsignedValue i = 0; i < range.length; i++)
		if (!range.data[i])
			return;
	xsmcSetStringBuffer(xsResult, NULL, range.length);
	range = part(the, readable(the, 0));
	memmove(xsmcToString(xsResult), range.data, range.length);
}

/* The machine's strings are UTF-8, but U+0000 is the overlong form 0xC0 0x80. */
void lws_bytes_latin1(xsMachine *the)
{
	Range range = part(the, readable(the, 0));
	xsUnsignedValue extra = 0;
	uint8_t *out;

	for (xsUnsignedValue i = 0; i < range.length; i++)
		extra += range.data[i] >= 0x80 || !range.data[i];
	xsmcSetStringBuffer(xsResult, NULL, range.length + extra);
	range = part(the, readable(the, 0));
	out = (uint8_t *)xsmcToString(xsResult);
	for (xsUnsignedValue i = 0; i < range.length; i++) {
		uint8_t byte = range.data[i];

		if (byte && byte < 0x80)
			*out++ = byte;
		else {
			*out++ = 0xc0 | byte >> 6;
			*out++ = 0x80 | (byte & 0x3f);
		}
	}
}

static int is_surrogate(const uint8_t *at, uint8_t base)
{
	return at[0] == 0xed && (at[1] & 0xf0) == base;
}

/* A string of the machine as the UTF-8 that goes over a wire; a lone surrogate becomes U+FFFD. Counts if out is NULL. */
static xsUnsignedValue encode(const uint8_t *at, uint8_t *out)
{
	xsUnsignedValue length = 0;

	while (*at) {
		uint8_t bytes[4] = { *at };
		int count = 1;

		if (at[0] == 0xc0 && at[1] == 0x80) {
			bytes[0] = 0;
			at += 2;
		}
		else if (is_surrogate(at, 0xa0) && is_surrogate(at + 3, 0xb0)) {
			uint32_t code = 0x10000 + ((at[1] & 0x0fu) << 16 | (at[2] & 0x3fu) << 10 | (at[4] & 0x0fu) << 6 | (at[5] & 0x3fu));

			bytes[0] = 0xf0 | code >> 18;
			bytes[1] = 0x80 | (code >> 12 & 0x3f);
			bytes[2] = 0x80 | (code >> 6 & 0x3f);
			bytes[3] = 0x80 | (code & 0x3f);
			count = 4;
			at += 6;
		}
		else if (is_surrogate(at, 0xa0) || is_surrogate(at, 0xb0)) {
			bytes[0] = 0xef;
			bytes[1] = 0xbf;
			bytes[2] = 0xbd;
			count = 3;
			at += 3;
		}
		else
			at++;
		if (out)
			for (int i = 0; i < count; i++)
				out[length + i] = bytes[i];
		length += count;
	}
	return length;
}

void lws_bytes_size(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)encode((const uint8_t *)xsmcToString(xsArg(0)), NULL));
}

void lws_bytes_put(xsMachine *the)
{
	const uint8_t *text = (const uint8_t *)xsmcToString(xsArg(0));
	Range into = writable(the, 1);
	xsUnsignedValue at = checked(the, 2, 0, into.length), length = encode(text, NULL);

	if (length > into.length - at) {
		xsmcSetInteger(xsResult, -1);
		return;
	}
	encode(text, into.data + at);
	xsmcSetInteger(xsResult, (xsIntegerValue)(at + length));
}

void lws_bytes_copy(xsMachine *the)
{
	Range range = part(the, readable(the, 0)), into = writable(the, 3);
	xsUnsignedValue at = checked(the, 4, 0, into.length);

	if (range.length > into.length - at)
		outside(the);
	memmove(into.data + at, range.data, range.length);
	xsmcSetInteger(xsResult, (xsIntegerValue)(at + range.length));
}

void lws_bytes_mask(xsMachine *the)
{
	Range range = part(the, writable(the, 0));
	uint32_t key = (uint32_t)xsmcToInteger(xsArg(3));
	xsUnsignedValue phase = (xsUnsignedValue)xsmcToInteger(xsArg(4)) & 3;
	uint8_t *at = range.data, *end = at + range.length;
	uint8_t bytes[4], turned[4];
	uint32_t word;

	for (int i = 0; i < 4; i++)
		bytes[i] = key >> (24 - 8 * i);
	/* The chip can't load words from odd addresses: bytes up to the first even one, words, and the bytes that are left. */
	while (at < end && (uintptr_t)at & 3)
		*at++ ^= bytes[phase++ & 3];
	for (int i = 0; i < 4; i++)
		turned[i] = bytes[(phase + i) & 3];
	memcpy(&word, turned, sizeof word);
	for (; end - at >= 4; at += 4)
		*(uint32_t *)(void *)at ^= word;
	while (at < end)
		*at++ ^= bytes[phase++ & 3];
	xsmcSetInteger(xsResult, (xsIntegerValue)(phase & 3));
}
