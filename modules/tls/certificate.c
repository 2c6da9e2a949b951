/*
 * The natives of certificate.ts that look into certificates. The same file runs on every place, so it uses the SDK's C interface (xsmc.h)
 * and nothing else. Whatever may throw stands behind the last use of what would have to be freed.
 */
#include "xsmc.h"

#include "certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform_util.h>
#include <psa/crypto.h>

/* Most characters of a text about a certificate. */
#define TEXT 400

typedef struct {
	mbedtls_x509_crt first;
	uint8_t *key;
	size_t keyLength;
} Chain;

/* Values of Text and Number in certificate.ts. */
enum { SUBJECT, ISSUER, SUBJECT_NAME, ISSUER_NAME, SERIAL, NAMES, FINGERPRINT, KEY };
enum { NOT_BEFORE, NOT_AFTER, BITS, SELF_SIGNED, AUTHORITY };

void lws_chain_destructor(void *data)
{
	Chain *chain = data;

	if (!chain)
		return;
	mbedtls_x509_crt_free(&chain->first);
	keyWipe(chain->key, chain->keyLength);
	c_free(chain);
}

void lws_chain_close(xsMachine *the)
{
	Chain *chain = xsmcGetHostData(xsThis);

	xsmcSetHostData(xsThis, NULL);
	lws_chain_destructor(chain);
}

static const char *readKey(Chain *chain, const uint8_t *data, size_t length)
{
	mbedtls_pk_context key;
	const char *error;

	mbedtls_pk_init(&key);
	error = keyRead(&key, data, length, &chain->key, &chain->keyLength);
	if (!error)
		error = keyCheck(&chain->first, &key);
	mbedtls_pk_free(&key);
	return error;
}

void lws_chain(xsMachine *the)
{
	void *data, *key = NULL;
	xsUnsignedValue length, keyLength = 0;
	int isServer = xsmcArgc > 2 && xsmcTest(xsArg(2));
	const char *error;
	Chain *chain;

	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (xsmcArgc > 1 && xsmcTest(xsArg(1)))
		xsmcGetBufferReadable(xsArg(1), &key, &keyLength);
	chain = c_malloc(sizeof *chain);
	if (!chain)
		xsUnknownError(NO_MEMORY);
	memset(chain, 0, sizeof *chain);
	mbedtls_x509_crt_init(&chain->first);
	error = psa_crypto_init() ? NO_MEMORY : certificateRead(&chain->first, data, length);
	if (!error && isServer)
		error = chainCheck(&chain->first);
	if (!error && key)
		error = readKey(chain, key, keyLength);
	if (error) {
		lws_chain_destructor(chain);
		xsUnknownError("%s", error);
	}
	xsmcSetHostData(xsThis, chain);
}

static Chain *opened(xsMachine *the)
{
	Chain *chain = xsmcGetHostData(xsThis);

	if (!chain)
		xsUnknownError("closed");
	return chain;
}

static const mbedtls_x509_crt *certificateAt(xsMachine *the)
{
	const mbedtls_x509_crt *certificate = &opened(the)->first;

	for (xsIntegerValue index = xsmcToInteger(xsArg(0)); index > 0 && certificate; index--)
		certificate = certificate->next;
	if (!certificate)
		xsRangeError("no such certificate");
	return certificate;
}

void lws_chain_get_count(xsMachine *the)
{
	xsIntegerValue count = 0;

	for (const mbedtls_x509_crt *each = &opened(the)->first; each; each = each->next)
		count++;
	xsmcSetInteger(xsResult, count);
}

void lws_chain_number(xsMachine *the)
{
	const mbedtls_x509_crt *certificate = certificateAt(the);

	switch (xsmcToInteger(xsArg(1))) {
	case NOT_BEFORE: xsmcSetNumber(xsResult, (double)certificateTime(&certificate->valid_from)); break;
	case NOT_AFTER: xsmcSetNumber(xsResult, (double)certificateTime(&certificate->valid_to)); break;
	case BITS: xsmcSetInteger(xsResult, (xsIntegerValue)mbedtls_pk_get_bitlen(&certificate->pk)); break;
	case SELF_SIGNED: xsmcSetInteger(xsResult, isSelfIssued(certificate)); break;
	case AUTHORITY: xsmcSetInteger(xsResult, mbedtls_x509_crt_get_ca_istrue(certificate) > 0); break;
	default: xsRangeError("no such number");
	}
}

/* Bytes as hex digits. */
static void putHex(char *text, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02X", bytes[i]);
}

static void putName(char *text, const mbedtls_x509_name *name)
{
	if (mbedtls_x509_dn_gets(text, TEXT, name) < 0)
		strcpy(text, "?");
}

/* The common name, else the whole. */
static void putCommonName(char *text, const mbedtls_x509_name *name)
{
	for (const mbedtls_x509_name *each = name; each; each = each->next) {
		mbedtls_x509_name one = *each;

		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &each->oid))
			continue;
		one.next = NULL;
		putName(text, &one);
		if (!strncmp(text, "CN=", 3))
			memmove(text, text + 3, strlen(text + 3) + 1);
		return;
	}
	putName(text, name);
}

/* One alternative name; what is neither a host name nor an address is left out. */
static void alternativeName(char *text, size_t size, const mbedtls_x509_buf *name)
{
	const uint8_t *bytes = name->p;
	size_t at = 0;

	text[0] = 0;
	switch (name->tag & MBEDTLS_ASN1_TAG_VALUE_MASK) {
	case MBEDTLS_X509_SAN_DNS_NAME:
		for (; at < name->len && at + 1 < size; at++)
			text[at] = bytes[at] > ' ' && bytes[at] < 0x7f ? (char)bytes[at] : '?';
		text[at] = 0;
		break;
	case MBEDTLS_X509_SAN_IP_ADDRESS:
		if (name->len == 4)
			snprintf(text, size, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
		else if (name->len == 16)
			for (size_t i = 0; i < 16; i += 2)
				at += (size_t)snprintf(text + at, size - at, "%s%x", i ? ":" : "", (unsigned)(bytes[i] << 8 | bytes[i + 1]));
		break;
	}
}

static void putNames(char *text, const mbedtls_x509_crt *certificate)
{
	char name[64];
	size_t at = 0;

	text[0] = 0;
	if (!mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
		return;
	for (const mbedtls_x509_sequence *each = &certificate->subject_alt_names; each; each = each->next) {
		alternativeName(name, sizeof name, &each->buf);
		if (!name[0])
			continue;
		if (at + strlen(name) + 2 > TEXT - 4) {
			strcpy(text + at, " ...");
			return;
		}
		at += (size_t)sprintf(text + at, "%s%s", at ? " " : "", name);
	}
}

void lws_chain_text(xsMachine *the)
{
	const mbedtls_x509_crt *certificate = certificateAt(the);
	char text[TEXT + 1] = "";
	uint8_t hash[32];
	size_t length;

	switch (xsmcToInteger(xsArg(1))) {
	case SUBJECT: putName(text, &certificate->subject); break;
	case ISSUER: putName(text, &certificate->issuer); break;
	case SUBJECT_NAME: putCommonName(text, &certificate->subject); break;
	case ISSUER_NAME: putCommonName(text, &certificate->issuer); break;
	case SERIAL: putHex(text, certificate->serial.p, certificate->serial.len < 32 ? certificate->serial.len : 32); break;
	case NAMES: putNames(text, certificate); break;
	case FINGERPRINT:
		if (psa_hash_compute(PSA_ALG_SHA_256, certificate->raw.p, certificate->raw.len, hash, sizeof hash, &length))
			xsUnknownError(NO_MEMORY);
		putHex(text, hash, sizeof hash);
		break;
	case KEY: strcpy(text, keyIsRSA(&certificate->pk) ? "RSA" : "EC"); break;
	default: xsRangeError("no such text");
	}
	xsmcSetString(xsResult, text);
}

static size_t chainLength(const Chain *chain)
{
	size_t length = 0;

	for (const mbedtls_x509_crt *each = &chain->first; each; each = each->next)
		length += each->raw.len;
	return length;
}

void lws_chain_get_chainLength(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)chainLength(opened(the)));
}

void lws_chain_get_keyLength(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)opened(the)->keyLength);
}

void lws_chain_put(xsMachine *the)
{
	Chain *chain = opened(the);
	xsIntegerValue at = xsmcToInteger(xsArg(1));
	xsUnsignedValue length;
	void *data;
	uint8_t *into;

	xsmcGetBufferWritable(xsArg(0), &data, &length);
	if (at < 0 || (size_t)at + chainLength(chain) + chain->keyLength > length)
		xsRangeError("range outside the buffer");
	into = (uint8_t *)data + at;
	for (const mbedtls_x509_crt *each = &chain->first; each; into += each->raw.len, each = each->next)
		memcpy(into, each->raw.p, each->raw.len);
	if (chain->key)
		memcpy(into, chain->key, chain->keyLength);
	keyWipe(chain->key, chain->keyLength);
	chain->key = NULL;
	chain->keyLength = 0;
}
