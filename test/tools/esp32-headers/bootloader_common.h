/* What our natives use of ESP-IDF: functions that its boot loader and applications share. */
#pragma once

#include <stdbool.h>

#include "esp_image_format.h"

typedef enum { ESP_IMAGE_BOOTLOADER, ESP_IMAGE_APPLICATION } esp_image_type;

uint32_t bootloader_common_ota_select_crc(const esp_ota_select_entry_t *s);
esp_err_t bootloader_common_check_chip_validity(const esp_image_header_t *img_hdr, esp_image_type type);

typedef enum { GPIO_LONG_HOLD = 1, GPIO_SHORT_HOLD = -1, GPIO_NOT_HOLD = 0 } esp_comm_gpio_hold_t;

esp_comm_gpio_hold_t bootloader_common_check_long_hold_gpio_level(uint32_t num_pin, uint32_t delay_sec, bool level);
