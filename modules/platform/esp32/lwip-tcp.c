/*
 * The TCP class: calls of scripts. Each takes the lock for as long as it touches a connection, and throws only without it.
 */
#include "lws-lwip.h"

#include <stdlib.h>

#include "lwip/ip4.h"

static Tcp *tcpOf(xsMachine *the)
{
	Tcp *tcp = xsmcGetHostDataValidate(xsThis, (void *)lws_tcp_destructor);

	if (!tcp)
		xsUnknownError("no socket");
	return tcp;
}

/* An object that is open is a root; so what is collected has no connection. */
void lws_tcp_destructor(void *data)
{
	free(data);
}

/* Starts to connect; NULL, or the trouble. With the lock held. */
static const char *connectFor(xsMachine *the, Tcp *tcp, xsSlot *target)
{
	struct netif *netif = ip4_route(&tcp->remote);
	struct tcp_pcb *pcb;
	ip_addr_t peer;
	Connection *c;

	if (!netif)
		return "no network";
	pcb = connectionsCount() < MEMP_NUM_TCP_PCB ? tcp_new() : NULL;
	if (!pcb)
		return "no socket";
	c = connectionNew(pcb);
	if (!c) {
		tcp_close(pcb);
		return "no memory";
	}
	connectionOwn(the, c, tcp, &xsThis, target);
	c->local = tcp->local = *netif_ip4_addr(netif);
	c->connecting = c->wantsRoom = true;
	ip_addr_copy_from_ip4(peer, tcp->remote);
	if (tcp_connect(pcb, &peer, tcp->remotePort, connectionSucceeds) != ERR_OK)
		connectionFails(c, "unreachable");
	else
		tcp->localPort = pcb->local_port;
	listenersMakeRoom();
	return NULL;
}

void lws_tcp(xsMachine *the)
{
	const char *trouble;
	ip4_addr_t address;
	uint16_t port;
	Tcp *tcp;

	xsmcVars(2);
	xsmcGet(xsVar(0), xsArg(0), xsID("address"));
	address = addressOf(the, &xsVar(0));
	xsmcGet(xsVar(0), xsArg(0), xsID("port"));
	port = portOf(the, &xsVar(0), 1);
	xsmcGet(xsVar(1), xsArg(0), xsID("target"));
	networkStart(the);
	tcp = calloc(1, sizeof *tcp);
	if (!tcp)
		xsUnknownError("no memory");
	xsmcSetHostData(xsThis, tcp);
	tcp->remote = address;
	tcp->remotePort = port;
	LOCK_TCPIP_CORE();
	trouble = connectFor(the, tcp, &xsVar(1));
	UNLOCK_TCPIP_CORE();
	if (trouble)
		xsUnknownError("%s", trouble);
}

/* TCP's prototype, from the module that defines it: a listener makes objects of a class that it was not given. */
static xsSlot prototype;

static void findPrototype(xsMachine *the)
{
	static bool found;

	if (found)
		return;
	xsVar(0) = xsAwaitImport("lws/platform/sockets", XS_IMPORT_NAMESPACE);
	xsmcGet(xsVar(0), xsVar(0), xsID("TCP"));
	xsmcGet(xsVar(0), xsVar(0), xsID("prototype"));
	prototype = xsVar(0);
	xsRemember(prototype);
	found = true;
}

Tcp *tcpObject(xsMachine *the)
{
	Tcp *tcp;

	xsmcVars(1);
	findPrototype(the);
	xsResult = xsNewHostInstance(prototype);
	tcp = calloc(1, sizeof *tcp);
	if (tcp)
		xsmcSetHostData(xsResult, tcp);
	return tcp;
}

void lws_tcp_read(xsMachine *the)
{
	Tcp *tcp = tcpOf(the);
	Bytes into = partOf(the, true);
	Connection *c = tcp->connection;
	uint16_t count = 0;

	if (c && !c->connecting) {
		LOCK_TCPIP_CORE();
		if (c->unread)
			count = pbuf_copy_partial(c->unread, into.data, into.length < UINT16_MAX ? (u16_t)into.length : UINT16_MAX, 0);
		if (count > 0) {
			c->unread = pbuf_free_header(c->unread, count);
			c->known = c->known > count ? c->known - count : 0;
			if (c->pcb)
				tcp_recved(c->pcb, count);
			if (c->fin && !c->ended && !c->unread)
				sourceWakes(&c->source);
		}
		UNLOCK_TCPIP_CORE();
	}
	xsmcSetInteger(xsResult, count);
}

/* What lwIP has neither memory nor room in its queue for, it may still take in part. */
static uint16_t take(Connection *c, const uint8_t *data, uint32_t length)
{
	uint16_t count = connectionRoom(c);

	if (count > length)
		count = (uint16_t)length;
	while (count > 0 && tcp_write(c->pcb, data, count, TCP_WRITE_FLAG_COPY) != ERR_OK)
		count /= 2;
	if (count > 0 && networkReports())
		c->unsent = true;
	else if (count > 0)
		tcp_output(c->pcb);
	return count;
}

void lws_tcp_write(xsMachine *the)
{
	Tcp *tcp = tcpOf(the);
	Bytes source = partOf(the, false);
	Connection *c = tcp->connection;
	uint16_t count = 0;

	if (c && source.length > 0) {
		LOCK_TCPIP_CORE();
		if (!c->failure && !c->shut) {
			count = take(c, source.data, source.length);
			c->wantsRoom = c->wantsRoom || count < source.length;
		}
		UNLOCK_TCPIP_CORE();
	}
	xsmcSetInteger(xsResult, count);
}

void lws_tcp_shutdown(xsMachine *the)
{
	Connection *c = tcpOf(the)->connection;

	if (!c || c->shut)
		return;
	LOCK_TCPIP_CORE();
	c->shut = true;
	c->wantsRoom = c->connecting;
	if (c->pcb && !c->connecting)
		tcp_shutdown(c->pcb, 0, 1);
	UNLOCK_TCPIP_CORE();
}

static void closeIt(xsMachine *the, bool reset)
{
	Connection *c = tcpOf(the)->connection;

	if (!c)
		return;
	LOCK_TCPIP_CORE();
	connectionClose(c, reset || c->connecting);
	UNLOCK_TCPIP_CORE();
}

void lws_tcp_close(xsMachine *the)
{
	closeIt(the, false);
}

void lws_tcp_abort(xsMachine *the)
{
	closeIt(the, true);
}

void lws_tcp_get_readable(xsMachine *the)
{
	Connection *c = tcpOf(the)->connection;
	int count = 0;

	if (c && !c->connecting) {
		LOCK_TCPIP_CORE();
		count = c->unread ? c->unread->tot_len : 0;
		UNLOCK_TCPIP_CORE();
	}
	xsmcSetInteger(xsResult, count);
}

/* A root is a link in the machine's list: it must be out of it while its slot is overwritten. */
void lws_tcp_set_target(xsMachine *the)
{
	Connection *c = tcpOf(the)->connection;

	if (!c)
		return;
	xsForget(c->target);
	c->target = xsArg(0);
	xsRemember(c->target);
}

void lws_tcp_get_remoteAddress(xsMachine *the)
{
	setAddress(the, tcpOf(the)->remote);
}

void lws_tcp_get_remotePort(xsMachine *the)
{
	xsmcSetInteger(xsResult, tcpOf(the)->remotePort);
}

void lws_tcp_get_localAddress(xsMachine *the)
{
	setAddress(the, tcpOf(the)->local);
}

void lws_tcp_get_localPort(xsMachine *the)
{
	xsmcSetInteger(xsResult, tcpOf(the)->localPort);
}
