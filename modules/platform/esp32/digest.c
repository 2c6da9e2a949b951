/*
 * Natives of Digest in digest.ts, by the PSA API of Mbed TLS, whose operations the chip's own unit may do.
 */
#include "lws-esp32.h"

#include <stdlib.h>
#include <string.h>

#include "psa/crypto.h"

enum { BLOCK = 64, HASH = 32, PBKDF2_ROUNDS = 1000000, PBKDF2_LENGTH = 64 };

static void check(xsMachine *the, psa_status_t status)
{
	if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
		xsUnknownError("no memory");
	if (status != PSA_SUCCESS)
		xsUnknownError("digest failed");
}

void lws_digest_destructor(void *data)
{
	if (!data)
		return;
	psa_hash_abort(data);
	free(data);
}

void lws_digest(xsMachine *the)
{
	const char *algorithm = xsmcToString(xsArg(0));
	psa_algorithm_t id = !strcmp(algorithm, "SHA-1") ? PSA_ALG_SHA_1 : !strcmp(algorithm, "SHA-256") ? PSA_ALG_SHA_256 : PSA_ALG_NONE;
	psa_hash_operation_t *hash;

	if (id == PSA_ALG_NONE)
		xsRangeError("unknown algorithm");
	check(the, psa_crypto_init());
	hash = calloc(1, sizeof *hash);
	if (!hash)
		xsUnknownError("no memory");
	xsmcSetHostData(xsThis, hash);
	check(the, psa_hash_setup(hash, id));
}

static psa_hash_operation_t *hashOf(xsMachine *the)
{
	psa_hash_operation_t *hash = xsmcGetHostData(xsThis);

	if (!hash)
		xsUnknownError("closed");
	return hash;
}

void lws_digest_write(xsMachine *the)
{
	Bytes source;

	hashOf(the);
	source = partOf(the, false);
	/* a script may have run, and closed it */
	check(the, psa_hash_update(hashOf(the), source.data, source.length));
}

void lws_digest_close(xsMachine *the)
{
	psa_hash_operation_t *hash = hashOf(the);
	uint8_t result[HASH];
	size_t length;
	psa_status_t status = psa_hash_finish(hash, result, sizeof result, &length);

	xsmcSetHostData(xsThis, NULL);
	lws_digest_destructor(hash);
	check(the, status);
	xsmcSetArrayBuffer(xsResult, result, (xsIntegerValue)length);
}

/* HMAC (RFC 2104) of messages under one key: the hash after the key's inner block, and after its outer one. */
typedef struct {
	psa_hash_operation_t inner, outer;
} Hmac;

/* Each of these gives the first status that is no success, and does nothing from then on. */

static psa_status_t begin(psa_hash_operation_t *hash, const uint8_t block[BLOCK], uint8_t pad)
{
	uint8_t padded[BLOCK];
	psa_status_t status = psa_hash_setup(hash, PSA_ALG_SHA_256);

	for (int i = 0; i < BLOCK; i++)
		padded[i] = block[i] ^ pad;
	return status ? status : psa_hash_update(hash, padded, sizeof padded);
}

static psa_status_t setKey(Hmac *hmac, const uint8_t *key, size_t length)
{
	uint8_t block[BLOCK] = { 0 };
	psa_status_t status = PSA_SUCCESS;
	size_t count;

	if (length > BLOCK)
		status = psa_hash_compute(PSA_ALG_SHA_256, key, length, block, HASH, &count);
	else if (length > 0)
		memcpy(block, key, length);
	if (!status)
		status = begin(&hmac->inner, block, 0x36);
	return status ? status : begin(&hmac->outer, block, 0x5c);
}

/* The code of a message in two pieces. */
static psa_status_t sign(const Hmac *hmac, const uint8_t *one, size_t oneLength, const uint8_t *two, size_t twoLength, uint8_t out[HASH])
{
	psa_hash_operation_t inner = PSA_HASH_OPERATION_INIT, outer = PSA_HASH_OPERATION_INIT;
	uint8_t hash[HASH];
	size_t length;
	psa_status_t status = psa_hash_clone(&hmac->inner, &inner);

	if (!status)
		status = psa_hash_update(&inner, one, oneLength);
	if (!status && twoLength > 0)
		status = psa_hash_update(&inner, two, twoLength);
	if (!status)
		status = psa_hash_finish(&inner, hash, sizeof hash, &length);
	if (!status)
		status = psa_hash_clone(&hmac->outer, &outer);
	if (!status)
		status = psa_hash_update(&outer, hash, sizeof hash);
	if (!status)
		status = psa_hash_finish(&outer, out, HASH, &length);
	psa_hash_abort(&inner);
	psa_hash_abort(&outer);
	return status;
}

/* Block `number` of the key, from 1 (RFC 8018 section 5.2: the function F). */
static psa_status_t deriveBlock(const Hmac *hmac, Bytes salt, xsIntegerValue rounds, uint8_t number, uint8_t sum[HASH])
{
	const uint8_t index[4] = { 0, 0, 0, number };
	uint8_t block[HASH];
	psa_status_t status = sign(hmac, salt.data, salt.length, index, sizeof index, block);

	memcpy(sum, block, HASH);
	for (xsIntegerValue round = 1; !status && round < rounds; round++) {
		status = sign(hmac, block, HASH, NULL, 0, block);
		for (int i = 0; i < HASH; i++)
			sum[i] ^= block[i];
	}
	return status;
}

void lws_digest_pbkdf2(xsMachine *the)
{
	xsIntegerValue rounds = xsmcToInteger(xsArg(2)), length = xsmcToInteger(xsArg(3));
	Bytes password = bytesOf(the, 0, false), salt = bytesOf(the, 1, false);
	uint8_t key[PBKDF2_LENGTH];
	Hmac hmac = { PSA_HASH_OPERATION_INIT, PSA_HASH_OPERATION_INIT };
	psa_status_t status;

	if (rounds < 1 || rounds > PBKDF2_ROUNDS || length < 1 || length > PBKDF2_LENGTH)
		xsRangeError("iterations or length");
	check(the, psa_crypto_init());
	status = setKey(&hmac, password.data, password.length);
	for (int at = 0; !status && at < length; at += HASH)
		status = deriveBlock(&hmac, salt, rounds, (uint8_t)(at / HASH + 1), key + at);
	psa_hash_abort(&hmac.inner);
	psa_hash_abort(&hmac.outer);
	check(the, status);
	xsmcSetArrayBuffer(xsResult, key, length);
}

/* Takes as long whatever the bytes are; only the lengths may be told from it. */
void lws_digest_equal(xsMachine *the)
{
	Bytes a = bytesOf(the, 0, false), b = bytesOf(the, 1, false);
	volatile uint8_t difference = a.length != b.length;

	for (xsUnsignedValue i = 0; i < a.length && i < b.length; i++)
		difference |= a.data[i] ^ b.data[i];
	xsmcSetBoolean(xsResult, !difference);
}
