/*
 * Natives of Boot in modules/platform/flash.ts: which image runs, which one is to run next, and whether the running one is to stay.
 */
#include "../flash.h"

static const struct partition *partition_argument(xsMachine *the)
{
	char label[64];
	return partition_find(xsmcToStringBuffer(xsArg(0), label, sizeof(label)));
}

static void boot_get_running(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)boot_running()->label);
}

static void boot_get_selected(xsMachine *the)
{
	int slot = otadata_selected();
	const struct partition *partition = partition_of(PARTITION_APP, (uint8_t)(slot < 0 ? APP_FACTORY : APP_OTA_FIRST + slot));
	xsmcSetString(xsResult, partition ? (char *)partition->label : "factory");
}

static void boot_set_selected(xsMachine *the)
{
	const struct partition *partition = partition_argument(the);
	if (!partition)
		xsUnknownError("no partition");
	int slot = -1;
	if (partition->type != PARTITION_APP || partition->subtype != APP_FACTORY) {
		slot = partition->subtype - APP_OTA_FIRST;
		if (partition->type != PARTITION_APP || slot < 0 || *image_verify(partition, NULL))
			xsUnknownError("image invalid");
	}
	if (!otadata_select(slot))
		xsUnknownError("flash failed");
}

static void boot_get_pending(xsMachine *the)
{
	xsmcSetBoolean(xsResult, rollback_pending());
}

static void boot_confirm(xsMachine *the)
{
	if (!rollback_confirm())
		xsUnknownError("flash failed");
}

static void boot_reject(xsMachine *the)
{
	const char *trouble = rollback_reject();
	if (*trouble)
		xsUnknownError("%s", trouble);
}

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {
		[OTADATA_NEW] = "new", [OTADATA_PENDING] = "pending", [OTADATA_VALID] = "valid", [OTADATA_INVALID] = "invalid", [OTADATA_ABORTED] = "aborted",
	};
	return state < sizeof(names) / sizeof(*names) ? names[state] : "undefined";
}

static void boot_state(xsMachine *the)
{
	const struct partition *partition = partition_argument(the);
	uint32_t state;
	bool known = partition && partition->type == PARTITION_APP && partition->subtype >= APP_OTA_FIRST && partition->subtype <= APP_OTA_LAST &&
		otadata_state(partition->subtype - APP_OTA_FIRST, &state);
	xsmcSetString(xsResult, (char *)(known ? state_name(state) : ""));
}

static void boot_get_overlay(xsMachine *the)
{
	xsmcSetInteger(xsResult, overlay_offset());
}

const struct native natives_boot[] = {
	{"lws_boot_get_running", boot_get_running},
	{"lws_boot_get_selected", boot_get_selected},
	{"lws_boot_set_selected", boot_set_selected},
	{"lws_boot_get_pending", boot_get_pending},
	{"lws_boot_confirm", boot_confirm},
	{"lws_boot_reject", boot_reject},
	{"lws_boot_state", boot_state},
	{"lws_boot_get_overlay", boot_get_overlay},
	{NULL, NULL},
};
