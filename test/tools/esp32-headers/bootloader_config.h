/* What our boot loader uses of ESP-IDF's: partitions, and which of them is chosen. */
#pragma once

#include "esp_flash_partitions.h"

#define FACTORY_INDEX (-1)
#define INVALID_INDEX (-99)

typedef struct {
	esp_partition_pos_t factory, ota[16];
	uint32_t app_count;
} bootloader_state_t;
