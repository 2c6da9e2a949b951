/* What our boot loader uses of ESP-IDF's: flash. */
#pragma once

#include <stddef.h>

#include "esp_err.h"

#define FLASH_SECTOR_SIZE 0x1000

esp_err_t bootloader_flash_erase_sector(size_t sector);
