/*
 * Certificates and keys out of files. Nothing is skipped and nothing guessed: what is not whole, or not what it says it is, is an error
 * with a name of its own.
 */
#include "certificate.h"
#include "certificate-blocks.h"

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

/* Signatures with MD5 and SHA-1, which the library does not even know: RSA and ECDSA. */
static int hasWeakSignature(const uint8_t *der, size_t length)
{
	static const char *const weak[] = { "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "\x2a\x86\x48\xce\x3d\x04\x01" };
	Text text = { der, der + length };

	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
		if (textFind(text, weak[i]))
			return 1;
	return 0;
}

static const char *certificateError(int error, const uint8_t *der, size_t length)
{
	switch (-error & 0xff80) {
	case -MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG:
		return hasWeakSignature(der, length) ? "CERT_WEAK" : "CERT_UNSUPPORTED";
	case -MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE:
	case -MBEDTLS_ERR_X509_UNKNOWN_VERSION:
	case -MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
	case -MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
		return "CERT_UNSUPPORTED";
	}
	if (error == MBEDTLS_ERR_X509_ALLOC_FAILED || error == PSA_ERROR_INSUFFICIENT_MEMORY)
		return NO_MEMORY;
	/* Errors of two layers are added up; below, ASN.1 and big numbers may have had no memory. */
	if ((-error & 0x7f) == 0x6a || (-error & 0x7f) == 0x10)
		return NO_MEMORY;
	return "CERT_MALFORMED";
}

static const char *addCertificate(mbedtls_x509_crt *chain, const uint8_t *der, size_t length)
{
	size_t bytes = length, count = 1;
	int error;

	for (const mbedtls_x509_crt *each = chain; each && each->raw.p; each = each->next) {
		bytes += each->raw.len;
		count++;
	}
	if (bytes > CHAIN_BYTES || count > CHAIN_COUNT)
		return "CERT_TOO_LARGE";
	error = mbedtls_x509_crt_parse_der(chain, der, length);
	return error ? certificateError(error, der, length) : NULL;
}

static const char *readBlock(mbedtls_x509_crt *chain, Text body)
{
	uint8_t *der;
	size_t length, taken;
	const char *error = NULL;
	int state = pemDecode(body, &der, &length);

	if (state < 0)
		return NO_MEMORY;
	if (!state)
		state = derWhole(der, length, &taken);
	if (state)
		error = state == CUT ? "CERT_TRUNCATED" : "CERT_MALFORMED";
	else
		error = taken < length ? "CERT_MALFORMED" : addCertificate(chain, der, length);
	mbedtls_free(der);
	return error;
}

const char *certificateRead(mbedtls_x509_crt *chain, const uint8_t *data, size_t length)
{
	Text text = { data, data + length };
	Block block;
	int state, found = 0;
	size_t taken;
	const char *error;

	if (length > FILE_BYTES)
		return "CERT_TOO_LARGE";
	if (length && data[0] == SEQUENCE) {
		for (; length; data += taken, length -= taken) {
			state = derWhole(data, length, &taken);
			if (state)
				return state == CUT ? "CERT_TRUNCATED" : "CERT_MALFORMED";
			error = addCertificate(chain, data, taken);
			if (error)
				return error;
		}
		return NULL;
	}
	while ((state = pemNext(&text, &block)) == FOUND) {
		if (!textEndsWith(block.label, "CERTIFICATE"))
			continue;
		found = 1;
		error = readBlock(chain, block.body);
		if (error)
			return error;
	}
	if (state == CUT)
		return "CERT_TRUNCATED";
	return state == BAD || !found ? "CERT_MALFORMED" : NULL;
}

void keyWipe(uint8_t *der, size_t length)
{
	if (!der)
		return;
	mbedtls_platform_zeroize(der, length);
	mbedtls_free(der);
}

/* Whether a key that could not be read says that it is of a kind that is not known here: its algorithm and curve are behind the version. */
static int isOtherKind(const uint8_t *der, size_t length, size_t head)
{
	Text text = { der, der + length };

	/* The RSA key of PKCS #1 has a number there. */
	if (length < head + 4 || der[head] != 2 || der[head + 1] != 1 || der[head + 3] == 2)
		return 0;
	/* rsaEncryption, P-256, P-384 */
	return !textFindBytes(text, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9) && !textFindBytes(text, "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8) &&
		!textFindBytes(text, "\x2b\x81\x04\x00\x22", 5);
}

static const char *keyError(int error)
{
	switch (-error & 0xff80) {
	case -MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
	case -MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
	case -MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE:
		return "KEY_UNSUPPORTED";
	case -MBEDTLS_ERR_PK_PASSWORD_REQUIRED:
	case -MBEDTLS_ERR_PK_PASSWORD_MISMATCH:
		return "KEY_ENCRYPTED";
	}
	if (error == MBEDTLS_ERR_PK_ALLOC_FAILED || error == PSA_ERROR_INSUFFICIENT_MEMORY)
		return NO_MEMORY;
	return "KEY_MALFORMED";
}

static const char *parseKey(mbedtls_pk_context *key, const uint8_t *der, size_t length)
{
	size_t taken, head;
	int error = derWhole(der, length, &taken);

	if (error)
		return error == CUT ? "KEY_TRUNCATED" : "KEY_MALFORMED";
	if (taken < length)
		return "KEY_MALFORMED";
	/* Where plain keys have their version, EncryptedPrivateKeyInfo names its algorithm (RFC 5958 section 3). */
	head = der[1] < 0x80 ? 2 : 2u + (der[1] & 0x7f);
	if (head < length && der[head] == SEQUENCE)
		return "KEY_ENCRYPTED";
	if (length > KEY_BYTES)
		return "KEY_TOO_LARGE";
	error = mbedtls_pk_parse_key(key, der, length, NULL, 0 RANDOM);
	if (!error)
		return NULL;
	return isOtherKind(der, length, head) ? "KEY_UNSUPPORTED" : keyError(error);
}

static const char *readKeyBlock(const Block *block, uint8_t **der, size_t *length)
{
	int state;

	/* Either in the label, or in what older programs write in front of the key (RFC 1421 section 4.6.1.1). */
	if (textFind(block->label, "ENCRYPTED") || textFind(block->body, "ENCRYPTED"))
		return "KEY_ENCRYPTED";
	state = pemDecode(block->body, der, length);
	if (state)
		return state < 0 ? NO_MEMORY : "KEY_MALFORMED";
	return NULL;
}

const char *keyRead(mbedtls_pk_context *key, const uint8_t *data, size_t length, uint8_t **der, size_t *derLength)
{
	Text text = { data, data + length };
	Block block;
	const char *error = NULL;
	int state;

	*der = NULL;
	*derLength = 0;
	if (length > FILE_BYTES)
		return "KEY_TOO_LARGE";
	if (length && data[0] == SEQUENCE) {
		*der = mbedtls_calloc(1, length);
		if (!*der)
			return NO_MEMORY;
		memcpy(*der, data, *derLength = length);
	} else {
		do
			state = pemNext(&text, &block);
		while (state == FOUND && !textEndsWith(block.label, "PRIVATE KEY"));
		if (state != FOUND)
			return state == CUT ? "KEY_TRUNCATED" : "KEY_MALFORMED";
		error = readKeyBlock(&block, der, derLength);
	}
	if (!error)
		error = parseKey(key, *der, *derLength);
	return error;
}
