/*
 * The UDP class: calls of scripts. What goes to a group, or to everybody, leaves by each interface.
 */
#include "lws-udp.h"

#include <stdlib.h>

#include "lwip/ip4.h"

static bool isGroup(const ip4_addr_t *address)
{
	return ip4_addr_ismulticast(address) || ip4_addr_get_u32(address) == IPADDR_BROADCAST;
}

void lws_udp_destructor(void *data)
{
	Udp *udp = data, **link = &udps;
	xsMachine *the = networkMachine();

	if (!udp)
		return;
	LOCK_TCPIP_CORE();
	while (*link != udp)
		link = &(*link)->next;
	*link = udp->next;
	sourceSleeps(&udp->source);
	udpLeave(udp);
	udp_remove(udp->pcb);
	for (; udp->count > 0; udp->count--, udp->first++)
		pbuf_free(udp->waiting[udp->first % WAITING].data);
	UNLOCK_TCPIP_CORE();
	xsForget(udp->object);
	xsForget(udp->target);
	free(udp);
}

static Udp *udpOf(xsMachine *the)
{
	Udp *udp = xsmcGetHostDataValidate(xsThis, (void *)lws_udp_destructor);

	if (!udp)
		xsUnknownError("closed");
	return udp;
}

/* NULL, or the trouble. With the lock held. */
static const char *bindFor(Udp *udp, uint16_t port)
{
	err_t error;

	udp->pcb = udp_new();
	if (!udp->pcb)
		return "no socket";
	ip_set_option(udp->pcb, SOF_BROADCAST);
	udp_set_multicast_ttl(udp->pcb, 255);
	error = udp_bind(udp->pcb, IP4_ADDR_ANY, port);
	if (error != ERR_OK) {
		udp_remove(udp->pcb);
		return error == ERR_USE && port ? "port in use" : "no socket";
	}
	udp_recv(udp->pcb, udpArrived, udp);
	udp->next = udps;
	udps = udp;
	return NULL;
}

void lws_udp(xsMachine *the)
{
	const char *trouble;
	uint16_t port = 0;
	Udp *udp;

	xsmcVars(2);
	xsmcGet(xsVar(0), xsArg(0), xsID("port"));
	if (xsmcTypeOf(xsVar(0)) != xsUndefinedType)
		port = portOf(the, &xsVar(0), 0);
	xsmcGet(xsVar(1), xsArg(0), xsID("target"));
	networkStart(the);
	udp = calloc(1, sizeof *udp);
	if (!udp)
		xsUnknownError("no memory");
	udp->source.report = udpReport;
	udp->object = xsThis;
	udp->target = xsVar(1);
	LOCK_TCPIP_CORE();
	trouble = bindFor(udp, port);
	UNLOCK_TCPIP_CORE();
	if (trouble) {
		free(udp);
		xsUnknownError("%s", trouble);
	}
	xsRemember(udp->object);
	xsRemember(udp->target);
	xsmcSetHostData(xsThis, udp);
}

void lws_udp_close(xsMachine *the)
{
	lws_udp_destructor(xsmcGetHostDataValidate(xsThis, (void *)lws_udp_destructor));
	xsmcSetHostData(xsThis, NULL);
}

/* A datagram longer than any that may be written here was put together of parts, and is cut. */
void lws_udp_read(xsMachine *the)
{
	Udp *udp = udpOf(the);
	Bytes into = partOf(the, true);
	int count = -1;

	LOCK_TCPIP_CORE();
	if (udp->count > 0) {
		udp->sender = udp->waiting[udp->first];
		udp->first = (udp->first + 1) % WAITING;
		udp->count--;
		count = pbuf_copy_partial(udp->sender.data, into.data, (u16_t)(into.length < PAYLOAD ? into.length : PAYLOAD), 0);
		pbuf_free(udp->sender.data);
	}
	UNLOCK_TCPIP_CORE();
	xsmcSetInteger(xsResult, count);
}

/* False only where there was no room; what the network loses is lost without a word. */
static bool sendBy(Udp *udp, struct netif *netif, const Bytes *source, const ip4_addr_t *to, uint16_t port)
{
	struct pbuf *data;
	ip_addr_t peer;
	err_t error;

	if (!netif)
		return true;
	data = pbuf_alloc(PBUF_TRANSPORT, (u16_t)source->length, PBUF_RAM);
	if (!data)
		return false;
	pbuf_take(data, source->data, (u16_t)source->length);
	ip_addr_copy_from_ip4(peer, *to);
	error = udp_sendto_if(udp->pcb, data, &peer, port, netif);
	pbuf_free(data);
	return error != ERR_MEM && error != ERR_BUF;
}

static bool sendTo(Udp *udp, const Bytes *source, const ip4_addr_t *to, uint16_t port, Interface only)
{
	bool sent = true;

	if (isGroup(to)) {
		for (Interface i = STATION; i < INTERFACES; i++)
			if (only == INTERFACES || only == i)
				sent = sendBy(udp, interfaceNetif(i), source, to, port) && sent;
		return sent;
	}
	/* an answer leaves by the interface that the question came by */
	if (only == INTERFACES && port == udp->sender.port && ip4_addr_cmp(to, &udp->sender.address))
		only = udp->sender.interface;
	return sendBy(udp, only == INTERFACES ? ip4_route(to) : interfaceNetif(only), source, to, port);
}

void lws_udp_write(xsMachine *the)
{
	Udp *udp = udpOf(the);
	ip4_addr_t to = addressOf(the, &xsArg(3));
	uint16_t port = portOf(the, &xsArg(4), 1);
	Interface only = INTERFACES;
	Bytes source;
	bool sent;

	if (xsmcArgc > 5 && xsmcTypeOf(xsArg(5)) != xsUndefinedType)
		only = interfaceArgument(the, 5);
	source = partOf(the, false);
	if (source.length > PAYLOAD)
		xsRangeError("datagram too long");
	LOCK_TCPIP_CORE();
	sent = sendTo(udp, &source, &to, port, only);
	UNLOCK_TCPIP_CORE();
	xsmcSetBoolean(xsResult, sent);
}

void lws_udp_join(xsMachine *the)
{
	Udp *udp = udpOf(the);
	ip4_addr_t group = addressOf(the, &xsArg(0));

	if (!ip4_addr_ismulticast(&group))
		xsRangeError("invalid address");
	if (!ip4_addr_isany_val(udp->group) && !ip4_addr_cmp(&udp->group, &group))
		xsUnknownError("one group only");
	LOCK_TCPIP_CORE();
	udp->group = group;
	udpFollow(udp);
	UNLOCK_TCPIP_CORE();
}

void lws_udp_get_address(xsMachine *the)
{
	setAddress(the, udpOf(the)->sender.address);
}

void lws_udp_get_port(xsMachine *the)
{
	xsmcSetInteger(xsResult, udpOf(the)->sender.port);
}

void lws_udp_get_interface(xsMachine *the)
{
	xsmcSetString(xsResult, udpOf(the)->sender.interface == STATION ? "station" : "ap");
}

void lws_udp_get_grouped(xsMachine *the)
{
	xsmcSetBoolean(xsResult, udpOf(the)->sender.grouped);
}

void lws_udp_get_near(xsMachine *the)
{
	Udp *udp = udpOf(the);
	struct netif *netif;
	bool near;

	LOCK_TCPIP_CORE();
	netif = interfaceNetif(udp->sender.interface);
	near = netif && ip4_addr_netcmp(&udp->sender.address, netif_ip4_addr(netif), netif_ip4_netmask(netif));
	UNLOCK_TCPIP_CORE();
	xsmcSetBoolean(xsResult, near);
}
