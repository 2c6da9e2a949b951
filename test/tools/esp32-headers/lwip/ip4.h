/* What our natives use of lwIP: routes. */
#pragma once

#include "lwip/netif.h"

struct netif *ip4_route(const ip4_addr_t *to);
