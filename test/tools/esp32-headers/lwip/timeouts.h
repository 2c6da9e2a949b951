/* What our natives use of lwIP: timers of its task. */
#pragma once

#include "lwip/ip_addr.h"

typedef void (*sys_timeout_handler)(void *arg);

void sys_timeout(u32_t msecs, sys_timeout_handler handler, void *arg);
