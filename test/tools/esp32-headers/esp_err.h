/* What our natives use of ESP-IDF, from its API reference: errors. */
#pragma once

typedef int esp_err_t;

#define ESP_OK 0
#define ESP_ERR_NOT_FOUND 0x105
