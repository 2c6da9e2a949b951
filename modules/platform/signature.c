/*
 * The native of signature.ts. The same file runs on every place: the SDK's C interface (xsmc.h) on one side, on the other the PSA API of
 * Mbed TLS 3.6 and 4, whose operations the chip's own unit may do.
 */
#include "xsmc.h"

#include <psa/crypto.h>

enum { POINT = 65, HASH = 32, SIGNATURE = 64 };

/* The bytes of an argument, or NULL where there are more or less of them. The pointer holds as long as the machine allocates nothing. */
static const uint8_t *bytesOf(xsMachine *the, int index, xsUnsignedValue length)
{
	void *data;
	xsUnsignedValue given;

	xsmcGetBufferReadable(xsArg(index), &data, &given);
	return given == length ? data : NULL;
}

static psa_status_t verify(const uint8_t *point, const uint8_t *hash, const uint8_t *signature)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_key_id_t key;
	psa_status_t status = psa_crypto_init();

	if (status)
		return status;
	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_HASH);
	psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
	status = psa_import_key(&attributes, point, POINT, &key);
	if (status)
		return status;
	status = psa_verify_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), hash, HASH, signature, SIGNATURE);
	psa_destroy_key(key);
	return status;
}

void lws_signature_isValid(xsMachine *the)
{
	const uint8_t *point = bytesOf(the, 0, POINT), *hash = bytesOf(the, 1, HASH), *signature = bytesOf(the, 2, SIGNATURE);
	psa_status_t status = point && hash && signature ? verify(point, hash, signature) : PSA_ERROR_INVALID_ARGUMENT;

	/* An image must not pass for forged because there was no room to look at it. */
	if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
		xsUnknownError("no memory");
	xsmcSetBoolean(xsResult, status == PSA_SUCCESS);
}
