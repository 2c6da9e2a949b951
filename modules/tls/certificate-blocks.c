/*
 * What files of certificates and keys are made of: blocks of PEM text (RFC 7468), and sequences of DER (X.690).
 */
#include "certificate-blocks.h"
#include "certificate.h"

#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/platform.h>

const uint8_t *textFindBytes(Text text, const char *what, size_t length)
{
	for (const uint8_t *at = text.at; (size_t)(text.end - at) >= length; at++)
		if (!memcmp(at, what, length))
			return at;
	return NULL;
}

const uint8_t *textFind(Text text, const char *what)
{
	return textFindBytes(text, what, strlen(what));
}

int textEndsWith(Text text, const char *what)
{
	size_t length = strlen(what);

	return (size_t)(text.end - text.at) >= length && !memcmp(text.end - length, what, length);
}

/* "-----BEGIN label-----" or the same with END: takes it from `text`. */
static int line(Text *text, const char *which, Text *label)
{
	const uint8_t *at = textFind(*text, which);
	Text rest;

	if (!at)
		return NONE;
	rest.at = at + strlen(which);
	rest.end = text->end;
	at = textFind(rest, "-----");
	if (!at)
		return CUT;
	label->at = rest.at;
	label->end = at;
	text->at = at + 5;
	return memchr(label->at, '\n', (size_t)(label->end - label->at)) ? BAD : FOUND;
}

int pemNext(Text *text, Block *block)
{
	Text end;
	int found = line(text, "-----BEGIN ", &block->label);

	if (found != FOUND)
		return found;
	block->body.at = text->at;
	found = line(text, "-----END ", &end);
	if (found != FOUND)
		return found == NONE ? CUT : found;
	block->body.end = end.at - strlen("-----END ");
	if (end.end - end.at != block->label.end - block->label.at || memcmp(end.at, block->label.at, (size_t)(end.end - end.at)))
		return BAD;
	return FOUND;
}

/* Bytes of the sequence that begins here, by its own word; 0 where that is not even a sequence, or its length is cut off or absurd. */
static size_t sequenceLength(const uint8_t *der, size_t length, int *isCut)
{
	size_t count, value = 0;

	*isCut = length < 2;
	if (!length || der[0] != SEQUENCE) {
		*isCut = 0;
		return 0;
	}
	if (length < 2 || der[1] < 0x80)
		return length < 2 ? 0 : 2u + der[1];
	count = der[1] & 0x7f;
	if (count < 1 || count > 3)
		return 0;
	if (length < 2 + count) {
		*isCut = 1;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		value = value << 8 | der[2 + i];
	return 2 + count + value;
}

int derWhole(const uint8_t *der, size_t length, size_t *taken)
{
	int isCut;

	*taken = sequenceLength(der, length, &isCut);
	if (!*taken)
		return isCut ? CUT : BAD;
	return *taken > length ? CUT : 0;
}

size_t certificateLength(const uint8_t *der, size_t length)
{
	size_t taken;

	return derWhole(der, length, &taken) ? 0 : taken;
}

int pemDecode(Text body, uint8_t **der, size_t *length)
{
	size_t size = (size_t)(body.end - body.at) / 4 * 3 + 3;

	*der = mbedtls_calloc(1, size);
	if (!*der)
		return -1;
	*length = 0;
	if (mbedtls_base64_decode(*der, size, length, body.at, (size_t)(body.end - body.at)))
		return BAD;
	return 0;
}
