/* What our boot loader uses of ESP-IDF's: the choice by otadata, and the start of an image. */
#pragma once

#include <stdbool.h>

#include "bootloader_config.h"

bool bootloader_utility_load_partition_table(bootloader_state_t *bs);
int bootloader_utility_get_selected_boot_partition(const bootloader_state_t *bs);
void bootloader_utility_load_boot_image(const bootloader_state_t *bs, int start_index) __attribute__((noreturn));
void bootloader_reset(void) __attribute__((noreturn));
