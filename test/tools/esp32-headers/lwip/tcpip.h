/* What our natives use of lwIP: its task, and the lock around it. */
#pragma once

#include "lwip/ip_addr.h"

/* sdkconfig/sdkconfig.defaults */
#define LWIP_TCPIP_CORE_LOCKING 1

void sys_lock_tcpip_core(void);
void sys_unlock_tcpip_core(void);

#define LOCK_TCPIP_CORE() sys_lock_tcpip_core()
#define UNLOCK_TCPIP_CORE() sys_unlock_tcpip_core()

typedef void (*tcpip_callback_fn)(void *context);

err_t tcpip_try_callback(tcpip_callback_fn function, void *context);
