/* What our natives use of lwIP: UDP, by callbacks. */
#pragma once

#include "lwip/netif.h"
#include "lwip/pbuf.h"

struct udp_pcb;

typedef void (*udp_recv_fn)(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *address, u16_t port);

struct udp_pcb {
	u8_t so_options, mcast_ttl;
	struct udp_pcb *next;
	u16_t local_port;
	udp_recv_fn recv;
	void *recv_arg;
};

#define udp_set_multicast_ttl(pcb, value) ((pcb)->mcast_ttl = (value))

struct udp_pcb *udp_new(void);
void udp_remove(struct udp_pcb *pcb);
err_t udp_bind(struct udp_pcb *pcb, const ip_addr_t *address, u16_t port);
void udp_recv(struct udp_pcb *pcb, udp_recv_fn recv, void *arg);
err_t udp_sendto_if(struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *to, u16_t port, struct netif *netif);
