/* What our natives use of ESP-IDF: a register of the ESP32's RTC domain. */
#pragma once

#define RTC_CNTL_STORE0_REG 0x3ff4804cu
