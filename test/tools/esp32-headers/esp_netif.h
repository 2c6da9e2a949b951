/* What our natives use of ESP-IDF, from its API reference: the start of lwIP. */
#pragma once

#include "esp_err.h"

esp_err_t esp_netif_init(void);
