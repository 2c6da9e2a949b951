/* What our natives use of lwIP: the packet that is being received. */
#pragma once

#include "lwip/netif.h"

struct netif *ip_current_input_netif(void);
const ip4_addr_t *ip4_current_dest_addr(void);
