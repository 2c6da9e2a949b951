/* What our natives use of ESP-IDF: registers. */
#pragma once

#include <stdint.h>

#define REG_READ(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define REG_WRITE(address, value) (*(volatile uint32_t *)(uintptr_t)(address) = (value))
