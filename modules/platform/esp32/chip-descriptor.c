/*
 * Room for what an image says of itself, which the linker puts right behind esp_app_desc_t, where updates look for it. It is filled in when the image is
 * finished (describe.mjs): versions and kinds are not known here.
 */
#include "lws-esp32.h"

static const struct {
	uint32_t magic;
	uint8_t rest[124];
} descriptor __attribute__((section(".rodata_custom_desc"), used)) = { .magic = 0x4453574c };

/* Nothing else refers to it, and the linker leaves out what nothing refers to. */
const void *lwsDescriptor(void)
{
	return &descriptor;
}
