/*
 * Hashes. The state is native memory, as the chip's library has it.
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

const struct native natives_digest[] = {
	{ "lws_digest_destructor", digest_destructor }, { "lws_digest", digest_constructor }, { "lws_digest_write", digest_write },
	{ "lws_digest_close", digest_close }, { NULL, NULL },
};
