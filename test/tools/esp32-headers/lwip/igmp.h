/* What our natives use of lwIP: multicast groups. */
#pragma once

#include "lwip/netif.h"

err_t igmp_joingroup_netif(struct netif *netif, const ip4_addr_t *group);
err_t igmp_leavegroup_netif(struct netif *netif, const ip4_addr_t *group);
