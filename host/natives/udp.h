/*
 * What the files of the UDP class share.
 */
#ifndef LWS_XS_UDP_H
#define LWS_XS_UDP_H

#include "sockets.h"

#define WAITING 8
#define PAYLOAD 1472	/* of one Ethernet frame */
#define GROUP INTERFACES

struct udp;

struct place {
	struct loop_watch watch;	/* must be first; fd -1: not bound */
	struct udp *udp;
	uint32_t address;
};

struct datagram {
	struct datagram *next;
	uint32_t address;
	uint16_t port, length;
	uint8_t interface;
	bool grouped;	/* sent to the group, not to us alone */
	uint8_t data[];
};

struct udp {
	struct place places[INTERFACES + 1];	/* the last one for the group */
	struct udp *next;
	xsSlot object, target;
	struct datagram *first, **last;
	int waiting;
	uint32_t group;
	uint32_t sender_address;	/* of the datagram read last */
	uint16_t sender_port, port;
	enum interface sender_interface;
	bool sender_grouped;
};

/* udp-receive.c: takes one datagram from the kernel: 1 kept, 0 dropped, -1 none there. */
int udp_take(struct udp *udp, struct place *place);

/* udp-peers.c: where a datagram really goes to, and whom it seems to come from. */
void peers_out(struct sockaddr_in *to);
void peers_in(struct sockaddr_in *from);

#endif
