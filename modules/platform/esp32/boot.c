/*
 * Natives of Boot in flash.ts, by ESP-IDF's esp_ota_ops. Where its answers differ from what Boot promises, otadata is looked at here: it tells
 * the state of the first entry for a slot, not of the newest; it takes the setup image back only if that is whole; and it confirms whatever
 * otadata names, be it the running image or not. There are no JavaScript parts on a chip yet.
 */
#include "lws-esp32.h"

#include "bootloader_common.h"
#include "esp_ota_ops.h"

enum { ENTRIES = 2, NO_OVERLAY = -1 };

static const esp_partition_t *otadata(void)
{
	return esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA, NULL);
}

static const esp_partition_t *partitionArgument(xsMachine *the)
{
	char label[64];

	xsmcToStringBuffer(xsArg(0), label, sizeof label);
	return esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
}

static bool isFactory(const esp_partition_t *partition)
{
	return partition->type == ESP_PARTITION_TYPE_APP && partition->subtype == ESP_PARTITION_SUBTYPE_APP_FACTORY;
}

static bool isSlot(const esp_partition_t *partition)
{
	return partition->type == ESP_PARTITION_TYPE_APP && partition->subtype >= ESP_PARTITION_SUBTYPE_APP_OTA_MIN &&
		partition->subtype < ESP_PARTITION_SUBTYPE_APP_OTA_MAX;
}

/* The running image is one that otadata names: not the setup image, and none that runs for want of another. */
static bool isRunningSelected(void)
{
	const esp_partition_t *running = esp_ota_get_running_partition(), *selected = esp_ota_get_boot_partition();

	return isSlot(running) && selected && selected->address == running->address;
}

/* The state in the newest entry for that slot; false if there is none. */
static bool stateOf(const esp_partition_t *slot, uint32_t *state)
{
	const esp_partition_t *data = otadata();
	uint32_t count = esp_ota_get_app_partition_count(), newest = 0;
	bool found = false;

	for (uint32_t i = 0; data && count && i < ENTRIES; i++) {
		esp_ota_select_entry_t entry;

		if (esp_partition_read(data, i * data->erase_size, &entry, sizeof entry) != ESP_OK)
			continue;
		if (entry.ota_seq == UINT32_MAX || entry.crc != bootloader_common_ota_select_crc(&entry) || entry.ota_seq < newest)
			continue;
		if ((entry.ota_seq - 1) % count != (uint32_t)slot->subtype - ESP_PARTITION_SUBTYPE_APP_OTA_MIN)
			continue;
		newest = entry.ota_seq;
		*state = entry.ota_state;
		found = true;
	}
	return found;
}

void lws_boot_get_running(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)esp_ota_get_running_partition()->label);
}

void lws_boot_get_selected(xsMachine *the)
{
	const esp_partition_t *partition = esp_ota_get_boot_partition();

	xsmcSetString(xsResult, partition ? (char *)partition->label : "factory");
}

void lws_boot_set_selected(xsMachine *the)
{
	const esp_partition_t *partition = partitionArgument(the), *data = otadata(), *selected = esp_ota_get_boot_partition();

	if (!partition)
		xsUnknownError("no partition");
	if (!isFactory(partition) && (!isSlot(partition) || *lwsVerifyImage(partition)))
		xsUnknownError("image invalid");
	/* Where nothing valid is selected, an entry that was rejected must not count as newer than the new one. */
	if (isFactory(partition) || !selected || !isSlot(selected)) {
		if (!data || esp_partition_erase_range(data, 0, data->size) != ESP_OK)
			xsUnknownError("flash failed");
	}
	if (isSlot(partition) && esp_ota_set_boot_partition(partition) != ESP_OK)
		xsUnknownError("flash failed");
}

void lws_boot_get_pending(xsMachine *the)
{
	uint32_t state;

	xsmcSetBoolean(xsResult, isRunningSelected() && stateOf(esp_ota_get_running_partition(), &state) && state == ESP_OTA_IMG_PENDING_VERIFY);
}

void lws_boot_confirm(xsMachine *the)
{
	if (isRunningSelected() && esp_ota_mark_app_valid_cancel_rollback() != ESP_OK)
		xsUnknownError("flash failed");
}

void lws_boot_reject(xsMachine *the)
{
	esp_err_t error;

	if (!isRunningSelected())
		xsUnknownError("not selected");
	error = esp_ota_mark_app_invalid_rollback();
	if (error == ESP_ERR_OTA_ROLLBACK_FAILED)
		xsUnknownError("no other image");
	if (error != ESP_OK)
		xsUnknownError("flash failed");
}

static const char *stateName(uint32_t state)
{
	switch (state) {
	case ESP_OTA_IMG_NEW: return "new";
	case ESP_OTA_IMG_PENDING_VERIFY: return "pending";
	case ESP_OTA_IMG_VALID: return "valid";
	case ESP_OTA_IMG_INVALID: return "invalid";
	case ESP_OTA_IMG_ABORTED: return "aborted";
	default: return "undefined";
	}
}

void lws_boot_state(xsMachine *the)
{
	const esp_partition_t *partition = partitionArgument(the);
	uint32_t state;
	bool known = partition && isSlot(partition) && stateOf(partition, &state);

	xsmcSetString(xsResult, (char *)(known ? stateName(state) : ""));
}

void lws_boot_get_overlay(xsMachine *the)
{
	xsmcSetInteger(xsResult, NO_OVERLAY);
}
