/*
 * Datagrams on their way to a script: up to 8 wait as lwIP's buffers, more are dropped and counted. And the group of a socket, on each interface.
 */
#include "lws-udp.h"

#include "lwip/igmp.h"
#include "lwip/ip.h"

Udp *udps;

void udpArrived(void *argument, struct udp_pcb *pcb, struct pbuf *data, const ip_addr_t *address, u16_t port)
{
	Udp *udp = argument;
	Interface interface = interfaceOf(ip_current_input_netif());

	(void)pcb;
	if (interface == INTERFACES || udp->count == WAITING) {
		udp->dropped += interface != INTERFACES;
		pbuf_free(data);
	}
	else {
		Datagram *datagram = &udp->waiting[(udp->first + udp->count++) % WAITING];

		*datagram = (Datagram){ data, *ip_2_ip4(address), port, interface, ip4_addr_ismulticast(ip4_current_dest_addr()) };
		udp->arrived = true;
	}
	sourceWakes(&udp->source);
}

void udpReport(xsMachine *the, Source *source)
{
	Udp *udp = (Udp *)source;
	bool arrived;
	int dropped;

	LOCK_TCPIP_CORE();
	dropped = udp->dropped;
	arrived = udp->arrived;
	udp->dropped = 0;
	udp->arrived = false;
	UNLOCK_TCPIP_CORE();
	xsBeginHost(the);
	xsmcVars(2);
	xsVar(0) = udp->object;
	xsVar(1) = udp->target;
	if (dropped && xsmcHas(xsVar(1), xsID("onDropped")))
		xsCall1_noResult(xsVar(1), xsID("onDropped"), xsInteger(dropped));
	if (arrived && xsmcGetHostData(xsVar(0)))
		xsCall0_noResult(xsVar(1), xsID("onDatagram"));
	xsEndHost(the);
}

static void leave(Udp *udp, Interface interface)
{
	if (udp->joined[interface])
		igmp_leavegroup_netif(udp->joined[interface], &udp->group);
	udp->joined[interface] = NULL;
}

void udpFollow(Udp *udp)
{
	for (Interface i = STATION; i < INTERFACES; i++) {
		struct netif *netif = interfaceNetif(i);

		if (ip4_addr_isany_val(udp->group) || !netif || netif == udp->joined[i])
			continue;
		leave(udp, i);
		if (igmp_joingroup_netif(netif, &udp->group) == ERR_OK)
			udp->joined[i] = netif;
	}
}

/* An interface keeps its groups while it is down, and forgets them when it is removed. */
void udpFollowsNetifs(const struct netif *removed)
{
	for (Udp *udp = udps; udp; udp = udp->next) {
		for (Interface i = STATION; i < INTERFACES; i++)
			if (removed && udp->joined[i] == removed)
				udp->joined[i] = NULL;
		udpFollow(udp);
	}
}

void udpLeave(Udp *udp)
{
	for (Interface i = STATION; i < INTERFACES; i++)
		leave(udp, i);
}
