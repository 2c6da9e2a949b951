/* What our natives use of ESP-IDF, from its API reference: the hardware generator. */
#pragma once

#include <stddef.h>

void esp_fill_random(void *buf, size_t len);
