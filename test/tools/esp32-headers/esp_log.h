/* What our natives use of ESP-IDF, from its API reference: the time of log lines. */
#pragma once

#include <stdint.h>

uint32_t esp_log_timestamp(void);
