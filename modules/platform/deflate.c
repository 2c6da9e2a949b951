/*
 * The natives of deflate.ts. The same file runs on every place, so it uses the SDK's C interface (xsmc.h) and that of C itself.
 */
#include "xsmc.h"

#include "deflate.h"

#include <stdlib.h>

/* Arguments index + 1 and index + 2 are a range of the buffer that argument index is. */
static Range ranged(xsMachine *the, int index, int isWritable)
{
	Range range;
	void *data;
	xsUnsignedValue length;
	xsIntegerValue from, to;

	if (isWritable)
		xsmcGetBufferWritable(xsArg(index), &data, &length);
	else
		xsmcGetBufferReadable(xsArg(index), &data, &length);
	from = xsmcToInteger(xsArg(index + 1));
	to = xsmcToInteger(xsArg(index + 2));
	if (from < 0 || to < from || (xsUnsignedValue)to > length)
		xsRangeError("range outside the buffer");
	range.data = (uint8_t *)data + from;
	range.length = (uint32_t)(to - from);
	return range;
}

static int bitsOf(xsMachine *the, int most)
{
	xsIntegerValue bits = xsmcToInteger(xsArg(0));

	if (bits < 8 || bits > most)
		xsRangeError("window bits");
	return bits;
}

static void *allocate(xsMachine *the, size_t size)
{
	void *z = c_malloc(size);

	if (!z)
		xsUnknownError("no memory");
	return z;
}

static void *opened(xsMachine *the)
{
	void *z = xsmcGetHostData(xsThis);

	if (!z)
		xsUnknownError("closed");
	return z;
}

static Range outputOf(xsMachine *the, uint32_t least)
{
	Range out = ranged(the, 3, 1);

	if (out.length < least || out.length > 65535)
		xsRangeError("output");
	return out;
}

void lws_deflate_destructor(void *data)
{
	if (data)
		c_free(data);
}

void lws_deflate_close(xsMachine *the)
{
	void *z = xsmcGetHostData(xsThis);

	xsmcSetHostData(xsThis, NULL);
	lws_deflate_destructor(z);
}

void lws_inflate(xsMachine *the)
{
	int bits = bitsOf(the, 15);
	Inflater *z = allocate(the, INFLATER_SIZE(bits));

	inflaterStart(z, bits);
	xsmcSetHostData(xsThis, z);
}

void lws_inflate_read(xsMachine *the)
{
	Inflater *z = opened(the);
	Range in = ranged(the, 0, 0), out = outputOf(the, LONGEST_MATCH);
	uint32_t used = 0, made = 0;

	inflaterRead(z, in, out, &used, &made);
	xsmcSetNumber(xsResult, z->state == BAD ? -1 : used * 65536.0 + made);
}

void lws_inflate_finish(xsMachine *the)
{
	xsmcSetBoolean(xsResult, inflaterFinish(opened(the)));
}

void lws_inflate_reset(xsMachine *the)
{
	inflaterReset(opened(the));
}

void lws_deflate(xsMachine *the)
{
	/* Two windows are indexed with 16 bits. */
	int bits = bitsOf(the, 14);
	Deflater *z = allocate(the, DEFLATER_SIZE(bits));

	deflaterStart(z, bits);
	xsmcSetHostData(xsThis, z);
}

void lws_deflate_write(xsMachine *the)
{
	Deflater *z = opened(the);
	Range in = ranged(the, 0, 0), out = outputOf(the, 16);
	uint32_t used = 0, made = 0;

	deflaterWrite(z, in, out, xsmcTest(xsArg(6)), &used, &made);
	xsmcSetNumber(xsResult, used * 65536.0 + made);
}

void lws_deflate_reset(xsMachine *the)
{
	Deflater *z = opened(the);

	deflaterReset(z, bitsOf(the, 14));
}
