/*
 * Natives of Partition in modules/platform/flash.ts: partitions as byte ranges.
 */
#include "../flash.h"

#include <string.h>

static void partition_destructor(void *data)
{
	(void)data;	/* points into the partition table: nothing to free */
}

static const struct partition *this_partition(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)partition_destructor);
}

/* An integer in [0, limit], or a RangeError. */
static uint32_t number_argument(xsMachine *the, int index, uint32_t limit)
{
	double value = xsmcToNumber(xsArg(index));
	if (!(value >= 0 && value <= limit) || value != (uint32_t)value)
		xsRangeError("out of range");
	return (uint32_t)value;
}

static const struct partition *writable_partition(xsMachine *the)
{
	const struct partition *partition = this_partition(the);
	if (partition == boot_running())
		xsUnknownError("running partition");
	return partition;
}

static void partition_open(xsMachine *the)
{
	char label[64];
	const struct partition *partition = partition_find(xsmcToStringBuffer(xsArg(0), label, sizeof(label)));
	if (!partition)
		xsUnknownError("no partition");
	xsmcSetHostData(xsThis, (void *)partition);
}

static void partition_get_label(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)this_partition(the)->label);
}

static void partition_get_offset(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)this_partition(the)->offset);
}

static void partition_get_size(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)this_partition(the)->size);
}

static void partition_read(xsMachine *the)
{
	const struct partition *partition = this_partition(the);
	uint32_t offset = number_argument(the, 0, partition->size);
	uint32_t length = number_argument(the, 3, partition->size - offset);
	uint32_t at = number_argument(the, 2, UINT32_MAX);
	struct buffer_range into = js_buffer(the, &xsArg(1), true);
	if (at > into.length || length > into.length - at)
		xsRangeError("out of range");
	memcpy(into.data + at, flash_map() + partition->offset + offset, length);
}

static void partition_write(xsMachine *the)
{
	const struct partition *partition = writable_partition(the);
	uint32_t offset = number_argument(the, 0, partition->size);
	uint32_t from = number_argument(the, 2, UINT32_MAX);
	uint32_t to = number_argument(the, 3, UINT32_MAX);
	struct buffer_range source = js_buffer(the, &xsArg(1), false);
	if (from > to || to > source.length || to - from > partition->size - offset)
		xsRangeError("out of range");
	if (!flash_write(partition->offset + offset, source.data + from, to - from))
		xsUnknownError("flash failed");
}

static void partition_erase(xsMachine *the)
{
	const struct partition *partition = writable_partition(the);
	uint32_t offset = number_argument(the, 0, partition->size);
	uint32_t length = number_argument(the, 1, partition->size - offset);
	if (offset % FLASH_BLOCK || length % FLASH_BLOCK)
		xsRangeError("out of range");
	if (!flash_erase(partition->offset + offset, length))
		xsUnknownError("flash failed");
}

static void partition_verify(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)image_verify(this_partition(the), NULL));
}

static void partition_close(xsMachine *the)
{
	if (!xsGetHostDestructor(xsThis))
		return;
	this_partition(the);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
}

const struct native natives_flash[] = {
	{"lws_partition_destructor", partition_destructor},
	{"lws_partition", partition_open},
	{"lws_partition_get_label", partition_get_label},
	{"lws_partition_get_offset", partition_get_offset},
	{"lws_partition_get_size", partition_get_size},
	{"lws_partition_read", partition_read},
	{"lws_partition_write", partition_write},
	{"lws_partition_erase", partition_erase},
	{"lws_partition_verify", partition_verify},
	{"lws_partition_close", partition_close},
	{NULL, NULL},
};
