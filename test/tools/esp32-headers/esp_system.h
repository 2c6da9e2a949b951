/* What our natives use of ESP-IDF, from its API reference: resets. */
#pragma once

#include "esp_err.h"

typedef enum {
	ESP_RST_UNKNOWN,
	ESP_RST_POWERON,
	ESP_RST_EXT,
	ESP_RST_SW,
	ESP_RST_PANIC,
	ESP_RST_INT_WDT,
	ESP_RST_TASK_WDT,
	ESP_RST_WDT,
	ESP_RST_CPU_LOCKUP = 15,
} esp_reset_reason_t;

esp_reset_reason_t esp_reset_reason(void);
esp_err_t esp_register_shutdown_handler(void (*handler)(void));
void esp_restart(void) __attribute__((noreturn));
