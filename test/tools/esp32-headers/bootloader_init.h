/* What our boot loader uses of ESP-IDF's: the start of the hardware. */
#pragma once

#include "esp_err.h"

esp_err_t bootloader_init(void);
