/* What our natives use of ESP-IDF, from its API reference: the choice of an application, and its probation. */
#pragma once

#include "esp_flash_partitions.h"
#include "esp_partition.h"

#define ESP_ERR_OTA_ROLLBACK_FAILED 0x1505

const esp_partition_t *esp_ota_get_running_partition(void);
const esp_partition_t *esp_ota_get_boot_partition(void);
uint8_t esp_ota_get_app_partition_count(void);
esp_err_t esp_ota_set_boot_partition(const esp_partition_t *partition);
esp_err_t esp_ota_mark_app_valid_cancel_rollback(void);
esp_err_t esp_ota_mark_app_invalid_rollback(void);
