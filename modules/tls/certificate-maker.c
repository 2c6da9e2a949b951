/*
 * The natives of certificate.ts that make a certificate, one turn each, and that write one as text.
 */
#include "xsmc.h"

#include "certificate.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/platform_util.h>

#define LINE 48
#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

typedef struct {
	Maker maker;
	int steps;
} Making;

void lws_maker_destructor(void *data)
{
	Making *making = data;

	if (!making)
		return;
	mbedtls_pk_free(&making->maker.key);
	mbedtls_platform_zeroize(making, sizeof *making);
	c_free(making);
}

void lws_maker_close(xsMachine *the)
{
	Making *making = xsmcGetHostData(xsThis);

	xsmcSetHostData(xsThis, NULL);
	lws_maker_destructor(making);
}

static void copyText(xsMachine *the, int index, char *into, size_t size)
{
	const char *text = xsmcToString(xsArg(index));
	size_t length = strlen(text);

	if (length >= size)
		xsRangeError("name too long");
	memcpy(into, text, length + 1);
}

void lws_maker(xsMachine *the)
{
	Wanted wanted;
	Making *making;

	copyText(the, 0, wanted.name, sizeof wanted.name);
	copyText(the, 1, wanted.dns, sizeof wanted.dns);
	copyText(the, 2, wanted.addresses, sizeof wanted.addresses);
	making = c_malloc(sizeof *making);
	if (!making)
		xsUnknownError(NO_MEMORY);
	memset(making, 0, sizeof *making);
	making->maker.wanted = wanted;
	mbedtls_pk_init(&making->maker.key);
	xsmcSetHostData(xsThis, making);
}

static Making *opened(xsMachine *the)
{
	Making *making = xsmcGetHostData(xsThis);

	if (!making)
		xsUnknownError("closed");
	return making;
}

void lws_maker_step(xsMachine *the)
{
	Making *making = opened(the);
	Maker *maker = &making->maker;
	const char *error = NULL;

	switch (making->steps) {
	case 0: error = makerKey(maker); break;
	case 1: error = makerCertificate(maker); break;
	case 2: error = makerCheck(maker); break;
	}
	if (error)
		xsUnknownError("%s", error);
	xsmcSetInteger(xsResult, ++making->steps);
}

void lws_maker_get_chainLength(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)opened(the)->maker.certificateLength);
}

void lws_maker_get_keyLength(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)opened(the)->maker.derLength);
}

void lws_maker_put(xsMachine *the)
{
	Maker *maker = &opened(the)->maker;
	xsIntegerValue at = xsmcToInteger(xsArg(1));
	xsUnsignedValue length;
	void *data;
	uint8_t *into;

	xsmcGetBufferWritable(xsArg(0), &data, &length);
	if (at < 0 || (size_t)at + maker->certificateLength + maker->derLength > length)
		xsRangeError("range outside the buffer");
	into = (uint8_t *)data + at;
	memcpy(into, maker->certificate, maker->certificateLength);
	memcpy(into + maker->certificateLength, maker->der, maker->derLength);
	mbedtls_platform_zeroize(maker->der, sizeof maker->der);
	maker->derLength = 0;
}

/* Bytes of a certificate as text (RFC 7468 section 2): lines of 64 characters. */
static size_t textLength(size_t length)
{
	return sizeof BEGIN - 1 + sizeof END - 1 + (length + 2) / 3 * 4 + (length + LINE - 1) / LINE;
}

static char *putText(char *text, const uint8_t *der, size_t length)
{
	memcpy(text, BEGIN, sizeof BEGIN - 1);
	text += sizeof BEGIN - 1;
	while (length) {
		size_t part = length < LINE ? length : LINE, made;
		/* With the NUL that the library adds. */
		uint8_t line[LINE / 3 * 4 + 1];

		mbedtls_base64_encode(line, sizeof line, &made, der, part);
		memcpy(text, line, made);
		text += made;
		*text++ = '\n';
		der += part;
		length -= part;
	}
	memcpy(text, END, sizeof END - 1);
	return text + sizeof END - 1;
}

/* Adds up the texts of a chain in DER; false where that does not end with a certificate. */
static int measure(const uint8_t *der, size_t length, size_t *size)
{
	for (size_t taken; length; der += taken, length -= taken) {
		taken = certificateLength(der, length);
		if (!taken)
			return 0;
		*size += textLength(taken);
	}
	return 1;
}

void lws_certificate_pem(xsMachine *the)
{
	const uint8_t *der;
	void *data;
	xsUnsignedValue length;
	size_t size = 0;
	char *text;

	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (!measure(data, length, &size))
		xsUnknownError("CERT_MALFORMED");
	xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)size);
	/* What was allocated may have moved the chain. */
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	der = data;
	text = xsmcToArrayBuffer(xsResult);
	for (size_t taken; length; der += taken, length -= taken) {
		taken = certificateLength(der, length);
		text = putText(text, der, taken);
	}
}
