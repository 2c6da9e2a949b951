/*
 * Hashes, and what is made of them for passwords. The state of a hash is native memory, as the chip's library has it.
 */
#include <string.h>

#include "../host.h"

static void digest_destructor(void *data)
{
	heap_free(data);
}

static void digest_constructor(xsMachine *the)
{
	const char *algorithm = xsmcToString(xsArg(0));
	int bits = !strcmp(algorithm, "SHA-1") ? 1 : !strcmp(algorithm, "SHA-256") ? 256 : 0;
	struct sha *sha;

	if (!bits)
		xsRangeError("unknown algorithm");
	sha = heap_alloc(sizeof *sha);
	if (!sha)
		xsUnknownError("no memory");
	sha_start(sha, bits);
	xsmcSetHostData(xsThis, sha);
}

static struct sha *digest_of(xsMachine *the)
{
	struct sha *sha = xsmcGetHostData(xsThis);

	if (!sha)
		xsUnknownError("closed");
	return sha;
}

static void digest_write(xsMachine *the)
{
	struct sha *sha = digest_of(the);
	struct buffer_range range = js_buffer(the, &xsArg(0), false);
	uint32_t to, from = js_range(the, 1, 2, range.length, &to);

	sha_update(sha, range.data + from, to - from);
}

static void digest_close(xsMachine *the)
{
	struct sha *sha = digest_of(the);
	uint8_t hash[32];
	int length = sha_finish(sha, hash);

	xsmcSetHostData(xsThis, NULL);
	heap_free(sha);
	xsmcSetArrayBuffer(xsResult, hash, length);
}

/* HMAC (RFC 2104) of messages under one key: the hash after the key's inner block, and after its outer one. */
struct hmac { struct sha inner, outer; };

static void hmac_key(struct hmac *hmac, const uint8_t *key, size_t length)
{
	uint8_t block[64] = { 0 }, hash[32];

	if (length > sizeof block) {
		sha_start(&hmac->inner, 256);
		sha_update(&hmac->inner, key, length);
		sha_finish(&hmac->inner, hash);
		memcpy(block, hash, sizeof hash);
	} else
		memcpy(block, key, length);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	sha_start(&hmac->inner, 256);
	sha_update(&hmac->inner, block, sizeof block);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	sha_start(&hmac->outer, 256);
	sha_update(&hmac->outer, block, sizeof block);
}

/* Ends a message that `inner`, begun as a copy of hmac->inner, has taken in. */
static void hmac_finish(const struct hmac *hmac, struct sha *inner, uint8_t out[32])
{
	struct sha outer = hmac->outer;
	uint8_t hash[32];

	sha_finish(inner, hash);
	sha_update(&outer, hash, sizeof hash);
	sha_finish(&outer, out);
}

#define PBKDF2_ROUNDS 1000000
#define PBKDF2_LENGTH 64

/* RFC 8018 section 5.2. */
static void digest_pbkdf2(xsMachine *the)
{
	xsIntegerValue rounds = xsmcToInteger(xsArg(2)), length = xsmcToInteger(xsArg(3));
	struct buffer_range password = js_buffer(the, &xsArg(0), false), salt = js_buffer(the, &xsArg(1), false);
	uint8_t key[PBKDF2_LENGTH], block[32], sum[32];
	struct hmac hmac;

	if (rounds < 1 || rounds > PBKDF2_ROUNDS || length < 1 || length > PBKDF2_LENGTH)
		xsRangeError("iterations or length");
	hmac_key(&hmac, password.data, password.length);
	for (int at = 0; at < length; at += (int)sizeof block) {
		uint8_t index[4] = { 0, 0, 0, (uint8_t)(at / (int)sizeof block + 1) };
		struct sha inner = hmac.inner;

		sha_update(&inner, salt.data, salt.length);
		sha_update(&inner, index, sizeof index);
		hmac_finish(&hmac, &inner, block);
		memcpy(sum, block, sizeof sum);
		for (xsIntegerValue round = 1; round < rounds; round++) {
			inner = hmac.inner;
			sha_update(&inner, block, sizeof block);
			hmac_finish(&hmac, &inner, block);
			for (size_t i = 0; i < sizeof sum; i++)
				sum[i] ^= block[i];
		}
		memcpy(key + at, sum, sizeof sum);
	}
	xsmcSetArrayBuffer(xsResult, key, length);
}

/* Takes as long whatever the bytes are; only the lengths may be told from it. */
static void digest_equal(xsMachine *the)
{
	struct buffer_range a = js_buffer(the, &xsArg(0), false), b = js_buffer(the, &xsArg(1), false);
	volatile uint8_t difference = a.length != b.length;

	for (uint32_t i = 0; i < a.length && i < b.length; i++)
		difference |= a.data[i] ^ b.data[i];
	xsmcSetBoolean(xsResult, !difference);
}

const struct native natives_digest[] = {
	{ "lws_digest_destructor", digest_destructor }, { "lws_digest", digest_constructor }, { "lws_digest_write", digest_write },
	{ "lws_digest_close", digest_close }, { "lws_digest_pbkdf2", digest_pbkdf2 }, { "lws_digest_equal", digest_equal },
	{ NULL, NULL },
};
