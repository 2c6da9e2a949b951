/*
 * NVS, before anything else of the SDK: its app_main() ends in abort(), and so in a reset, when NVS can't be used, again and again. What nobody can
 * read is erased here, and the unit is as new. The virtual device goes on without storage instead (nvs.c there), for a test to see why.
 */
#include "lws-esp32.h"

#include "esp_rom_sys.h"
#include "nvs_flash.h"

/* While the other core still waits in RAM: ESP-IDF lets flash be written then. app_main() finds that all is done. */
void lwsStartNvs(void)
{
	esp_err_t error = nvs_flash_init();

	if (error == ESP_OK || error == ESP_ERR_NOT_FOUND)
		return;
	esp_rom_printf("E (0) nvs: not usable (0x%x): it is erased\n", error);
	if (nvs_flash_erase() == ESP_OK)
		nvs_flash_init();
}
