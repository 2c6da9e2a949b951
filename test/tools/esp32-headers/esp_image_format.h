/* What our natives use of ESP-IDF: application images and their check. */
#pragma once

#include "esp_flash_partitions.h"

#define ESP_IMAGE_HEADER_MAGIC 0xe9
#define ESP_IMAGE_MAX_SEGMENTS 16
#define ESP_IMAGE_HASH_LEN 32

typedef struct {
	uint8_t magic, segment_count, spi_mode, spi_speed_size;
	uint32_t entry_addr;
	uint8_t wp_pin, spi_pin_drv[3];
	uint16_t chip_id;
	uint8_t min_chip_rev;
	uint16_t min_chip_rev_full, max_chip_rev_full;
	uint8_t reserved[4], hash_appended;
} __attribute__((packed)) esp_image_header_t;

typedef struct {
	uint32_t load_addr, data_len;
} esp_image_segment_header_t;

typedef struct {
	uint32_t start_addr;
	esp_image_header_t image;
	uint32_t image_len;
} esp_image_metadata_t;

typedef enum { ESP_IMAGE_VERIFY, ESP_IMAGE_VERIFY_SILENT } esp_image_load_mode_t;

esp_err_t esp_image_verify(esp_image_load_mode_t mode, const esp_partition_pos_t *part, esp_image_metadata_t *data);
