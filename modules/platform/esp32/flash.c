/*
 * Natives of Partition in flash.ts: partitions as byte ranges, by ESP-IDF's partition API.
 */
#include "lws-esp32.h"

#include "esp_ota_ops.h"

enum { BLOCK = 4096 };

void lws_partition_destructor(void *data)
{
	(void)data;	/* the table of ESP-IDF: nothing to free */
}

static const esp_partition_t *partitionOf(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)lws_partition_destructor);
}

static const esp_partition_t *writablePartition(xsMachine *the)
{
	const esp_partition_t *partition = partitionOf(the);

	if (partition->address == esp_ota_get_running_partition()->address)
		xsUnknownError("running partition");
	return partition;
}

void lws_partition(xsMachine *the)
{
	char label[64];
	const esp_partition_t *partition;

	xsmcToStringBuffer(xsArg(0), label, sizeof label);
	partition = esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
	if (!partition)
		xsUnknownError("no partition");
	xsmcSetHostData(xsThis, (void *)partition);
}

void lws_partition_get_label(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)partitionOf(the)->label);
}

void lws_partition_get_offset(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)partitionOf(the)->address);
}

void lws_partition_get_size(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)partitionOf(the)->size);
}

void lws_partition_read(xsMachine *the)
{
	const esp_partition_t *partition = partitionOf(the);
	uint32_t offset = numberOf(the, 0, 0, partition->size);
	uint32_t length = numberOf(the, 3, 0, partition->size - offset);
	uint32_t at = numberOf(the, 2, 0, UINT32_MAX);
	Bytes into = bytesOf(the, 1, true);

	if (at > into.length || length > into.length - at)
		xsRangeError("out of range");
	if (esp_partition_read(partition, offset, into.data + at, length) != ESP_OK)
		xsUnknownError("flash failed");
}

void lws_partition_write(xsMachine *the)
{
	const esp_partition_t *partition = writablePartition(the);
	uint32_t offset = numberOf(the, 0, 0, partition->size);
	uint32_t from = numberOf(the, 2, 0, UINT32_MAX);
	uint32_t to = numberOf(the, 3, 0, UINT32_MAX);
	Bytes source = bytesOf(the, 1, false);

	if (from > to || to > source.length || to - from > partition->size - offset)
		xsRangeError("out of range");
	if (esp_partition_write(partition, offset, source.data + from, to - from) != ESP_OK)
		xsUnknownError("flash failed");
}

void lws_partition_erase(xsMachine *the)
{
	const esp_partition_t *partition = writablePartition(the);
	uint32_t offset = numberOf(the, 0, 0, partition->size);
	uint32_t length = numberOf(the, 1, 0, partition->size - offset);

	if (offset % BLOCK || length % BLOCK)
		xsRangeError("out of range");
	if (esp_partition_erase_range(partition, offset, length) != ESP_OK)
		xsUnknownError("flash failed");
}

void lws_partition_verify(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)lwsVerifyImage(partitionOf(the)));
}

void lws_partition_close(xsMachine *the)
{
	if (!xsGetHostDestructor(xsThis))
		return;
	partitionOf(the);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
}
