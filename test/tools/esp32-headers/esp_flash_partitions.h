/* What our natives use of ESP-IDF: what lies in otadata, and places in flash. */
#pragma once

#include <stdint.h>

#include "esp_err.h"

typedef enum {
	ESP_OTA_IMG_NEW,
	ESP_OTA_IMG_PENDING_VERIFY,
	ESP_OTA_IMG_VALID,
	ESP_OTA_IMG_INVALID,
	ESP_OTA_IMG_ABORTED,
} esp_ota_img_states_t;

typedef struct {
	uint32_t ota_seq;
	uint8_t seq_label[20];
	uint32_t ota_state, crc;
} esp_ota_select_entry_t;

typedef struct {
	uint32_t offset, size;
} esp_partition_pos_t;
