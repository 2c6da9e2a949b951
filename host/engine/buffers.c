/*
 * Arguments of natives: buffers, ranges and host objects.
 */
#include "engine.h"

struct buffer_range js_buffer(xsMachine *the, xsSlot *slot, bool writable)
{
	struct buffer_range range;
	xsUnsignedValue length;
	void *data;

	/* A host object that is no buffer would be asked for its byteLength, which a script can make up. */
	if (mxIsReference(slot)) {
		txSlot *host = slot->value.reference->next;

		if (host && host->kind == XS_HOST_KIND && !(host->next && host->next->kind == XS_BUFFER_INFO_KIND))
			mxTypeError("this is no buffer");
	}
	_xsmcGetBuffer(the, slot, &data, &length, writable);
	range.data = data;
	range.length = length;
	return range;
}

void *js_host_data(xsSlot *slot, const xsHostHooks *hooks)
{
	txSlot *host = mxIsReference(slot) ? slot->value.reference->next : NULL;

	if (!host || host->kind != XS_HOST_KIND || !(host->flag & XS_HOST_HOOKS_FLAG) || host->value.host.variant.hooks != hooks)
		return NULL;
	return host->value.host.data;
}

static uint32_t index_at(xsMachine *the, int arg, uint32_t low, uint32_t high)
{
	xsNumberValue value = fxToNumber(the, mxArgv(fxCheckArg(the, arg)));

	if (!(value >= low && value <= high))
		mxRangeError("range outside the buffer");
	return (uint32_t)value;
}

uint32_t js_range(xsMachine *the, int from_arg, int to_arg, uint32_t length, uint32_t *to)
{
	uint32_t from = index_at(the, from_arg, 0, length);

	*to = index_at(the, to_arg, from, length);
	return from;
}
