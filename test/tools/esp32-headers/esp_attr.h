/* What our natives use of ESP-IDF: memory that a restart leaves alone. */
#pragma once

#define RTC_NOINIT_ATTR __attribute__((section(".rtc_noinit")))
