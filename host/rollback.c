/*
 * Probation of the running image, as esp_ota_ops.c has it: the image says itself that it works, or that it does not.
 */
#include "flash.h"

#define FACTORY (-1)

static int running_slot(void)
{
	const struct partition *partition = boot_running();
	return partition->subtype == APP_FACTORY ? FACTORY : partition->subtype - APP_OTA_FIRST;
}

static bool slot_pending(void)
{
	uint32_t state;
	return otadata_selected() == running_slot() && otadata_state(running_slot(), &state) && state == OTADATA_PENDING;
}

bool rollback_pending(void)
{
	return slot_pending() || overlay_pending();
}

/* False for an image that runs for want of another, and for one that is not to run the next time. */
static bool is_selected(void)
{
	return running_slot() != FACTORY && otadata_selected() == running_slot();
}

bool rollback_confirm(void)
{
	return (!is_selected() || otadata_confirm(running_slot())) && overlay_confirm();
}

const char *rollback_reject(void)
{
	if (overlay_pending() && !slot_pending())
		return overlay_reject() ? "" : "flash failed";
	if (!is_selected())
		return "not selected";
	int previous = otadata_previous();
	const struct partition *other = partition_of(PARTITION_APP, (uint8_t)(previous == FACTORY ? APP_FACTORY : APP_OTA_FIRST + previous));
	if (!other || *image_verify(other, NULL))
		return "no other image";
	return otadata_reject(running_slot()) ? "" : "flash failed";
}
