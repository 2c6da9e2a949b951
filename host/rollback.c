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

bool rollback_confirm(void)
{
	/* an image that runs for want of another has nothing to confirm */
	bool idle = running_slot() == FACTORY || otadata_selected() != running_slot();
	return (idle || otadata_confirm(running_slot())) && overlay_confirm();
}

const char *rollback_reject(void)
{
	if (overlay_pending() && !slot_pending())
		return overlay_reject() ? "" : "flash failed";
	int previous = otadata_previous();
	const struct partition *other = partition_of(PARTITION_APP, (uint8_t)(previous == FACTORY ? APP_FACTORY : APP_OTA_FIRST + previous));
	if (!other || *image_verify(other, NULL))
		return "no other image";
	return otadata_reject(running_slot()) ? "" : "not selected";
}
