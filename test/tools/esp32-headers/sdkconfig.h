/* What our natives use of the header that ESP-IDF makes of its options. */
#pragma once

#define CONFIG_IDF_FIRMWARE_CHIP_ID 0x0000
