/*
 * What the files of the UDP class share. All of it is used with lwIP's lock held.
 */
#ifndef LWS_UDP_H
#define LWS_UDP_H

#include "lws-lwip.h"

#include "lwip/udp.h"

enum { WAITING = 8, PAYLOAD = 1472 };

typedef struct {
	struct pbuf *data;
	ip4_addr_t address;
	uint16_t port;
	Interface interface;
	bool grouped;	/* sent to the group, not to us alone */
} Datagram;

typedef struct Udp {
	Source source;	/* must be first */
	struct Udp *next;
	struct udp_pcb *pcb;
	xsSlot object, target;
	Datagram waiting[WAITING];	/* a ring */
	int first, count, dropped;
	bool arrived;
	ip4_addr_t group;
	struct netif *joined[INTERFACES];
	Datagram sender;	/* of the datagram read last */
} Udp;

/* lwip-datagram.c */
extern Udp *udps;

void udpArrived(void *udp, struct udp_pcb *pcb, struct pbuf *data, const ip_addr_t *address, u16_t port);
void udpFollow(Udp *udp);	/* joins its group where that has not been done */
void udpLeave(Udp *udp);
void udpReport(xsMachine *the, Source *udp);	/* without the lock */

#endif
