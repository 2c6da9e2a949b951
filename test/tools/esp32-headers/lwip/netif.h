/* What our natives use of lwIP: interfaces, and the news of them. */
#pragma once

#include "lwip/ip_addr.h"

struct netif {
	struct netif *next;
	ip_addr_t ip_addr, netmask, gw;
	char name[2];
	u8_t flags;
	const char *hostname;
};

#define NETIF_FLAG_UP 1
#define NETIF_FLAG_LINK_UP 4

extern struct netif *netif_list;

#define NETIF_FOREACH(netif) for ((netif) = netif_list; (netif); (netif) = (netif)->next)
#define netif_is_up(netif) ((netif)->flags & NETIF_FLAG_UP)
#define netif_is_link_up(netif) ((netif)->flags & NETIF_FLAG_LINK_UP)
#define netif_ip4_addr(netif) ((const ip4_addr_t *)&(netif)->ip_addr)
#define netif_ip4_netmask(netif) ((const ip4_addr_t *)&(netif)->netmask)
#define netif_ip4_gw(netif) ((const ip4_addr_t *)&(netif)->gw)
#define netif_set_hostname(netif, name) ((netif)->hostname = (name))

typedef u16_t netif_nsc_reason_t;

#define LWIP_NSC_NETIF_ADDED 0x0001
#define LWIP_NSC_NETIF_REMOVED 0x0002
#define LWIP_NSC_LINK_CHANGED 0x0004
#define LWIP_NSC_STATUS_CHANGED 0x0008
#define LWIP_NSC_IPV4_ADDRESS_CHANGED 0x0010

typedef union {
	struct {
		u8_t state;
	} status_changed;
} netif_ext_callback_args_t;

typedef void (*netif_ext_callback_fn)(struct netif *netif, netif_nsc_reason_t reason, const netif_ext_callback_args_t *args);

typedef struct netif_ext_callback {
	netif_ext_callback_fn callback_fn;
	struct netif_ext_callback *next;
} netif_ext_callback_t;

void netif_add_ext_callback(netif_ext_callback_t *callback, netif_ext_callback_fn fn);
