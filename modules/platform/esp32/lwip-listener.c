/*
 * The Listener class. lwIP listens on every interface at once. A connection has its record, and with it all callbacks, from the moment that lwIP
 * knows of it, so none is lost before a script accepts it. A few more than the device's number of connections wait for a place, as in the queue of
 * any other stack; SYNs beyond that go unanswered, and come again.
 */
#include "lws-lwip.h"

#include <stdlib.h>

struct Listener {
	Source source;	/* must be first */
	Listener *next;
	struct tcp_pcb *pcb;
	xsSlot object, target;
	uint16_t port;
	bool accepting;
};

static Listener *listeners;

/* The oldest of its connections that wait, of those that the target has been told of or of the others. With the lock held. */
static Connection *waitingFor(const Listener *l, bool told)
{
	Connection *c = connections;

	while (c && (c->tcp || c->listener != l || c->told != told))
		c = c->next;
	return c;
}

/*
 * lwIP counts what has not shaken hands yet, and what waits, against the backlog; what was accepted, and what waits elsewhere, takes from it here.
 * ESP-IDF lets lwIP take its records from the heap, without any limit but this one. What waited for a place is told of when there is one.
 */
void listenersMakeRoom(void)
{
	bool isFull = connectionsCount() >= MEMP_NUM_TCP_PCB;

	for (Listener *l = listeners; l; l = l->next) {
		int room = l->accepting ? MEMP_NUM_TCP_PCB : 0;

		for (Connection *c = connections; c; c = c->next)
			room -= c->tcp || c->listener != l;
		((struct tcp_pcb_listen *)l->pcb)->backlog = (u8_t)(BACKLOG + (room > 0 ? room : 0));
		if (l->accepting && !isFull && waitingFor(l, false))
			sourceWakes(&l->source);
	}
}

static err_t onAccepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
	Listener *l = argument;
	Connection *c;

	if (error != ERR_OK || !pcb || !l)
		return ERR_VAL;
	c = connectionNew(pcb);
	if (!c)
		return ERR_MEM;	/* lwIP resets it */
	c->listener = l;
	tcp_backlog_delayed(pcb);
	listenersMakeRoom();
	return ERR_OK;
}

static void report(xsMachine *the, Source *source)
{
	Listener *l = (Listener *)source;
	Connection *c;

	xsBeginHost(the);
	xsmcVars(1);
	xsVar(0) = l->object;
	do {
		LOCK_TCPIP_CORE();
		c = l->accepting && connectionsCount() < MEMP_NUM_TCP_PCB ? waitingFor(l, false) : NULL;
		if (c)
			c->told = true;
		UNLOCK_TCPIP_CORE();
		if (c)
			xsCall0_noResult(l->target, xsID("onConnection"));
	} while (c && xsmcGetHostData(xsVar(0)));
	xsEndHost(the);
}

void lws_listener_destructor(void *data)
{
	Listener *l = data, **link = &listeners;
	xsMachine *the = networkMachine();
	Connection *c;

	if (!l)
		return;
	LOCK_TCPIP_CORE();
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	sourceSleeps(&l->source);
	tcp_close(l->pcb);
	while ((c = waitingFor(l, true)) || (c = waitingFor(l, false)))
		connectionClose(c, true);
	UNLOCK_TCPIP_CORE();
	xsForget(l->object);
	xsForget(l->target);
	free(l);
}

static Listener *listenerOf(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)lws_listener_destructor);
}

/* NULL, or the trouble. With the lock held. */
static const char *listenFor(Listener *l)
{
	struct tcp_pcb *pcb;
	err_t error;

	for (Listener *other = listeners; other; other = other->next)
		if (other->port == l->port)
			return "port in use";
	pcb = tcp_new();
	if (!pcb)
		return "no socket";
	ip_set_option(pcb, SOF_REUSEADDR);	/* connections that were closed a moment ago don't hold it */
	error = tcp_bind(pcb, IP4_ADDR_ANY, l->port);
	l->pcb = error == ERR_OK ? tcp_listen_with_backlog_and_err(pcb, 1, &error) : NULL;
	if (!l->pcb) {
		tcp_close(pcb);
		return error == ERR_USE ? "port in use" : "no socket";
	}
	tcp_arg(l->pcb, l);
	tcp_accept(l->pcb, onAccepted);
	l->next = listeners;
	listeners = l;
	listenersMakeRoom();
	return NULL;
}

void lws_listener(xsMachine *the)
{
	const char *trouble;
	uint16_t port;
	Listener *l;

	xsmcVars(2);
	xsmcGet(xsVar(0), xsArg(0), xsID("port"));
	port = portOf(the, &xsVar(0), 1);
	xsmcGet(xsVar(1), xsArg(0), xsID("target"));
	networkStart(the);
	l = calloc(1, sizeof *l);
	if (!l)
		xsUnknownError("no memory");
	l->source.report = report;
	l->port = port;
	l->accepting = true;
	l->object = xsThis;
	l->target = xsVar(1);
	LOCK_TCPIP_CORE();
	trouble = listenFor(l);
	UNLOCK_TCPIP_CORE();
	if (trouble) {
		free(l);
		xsUnknownError("%s", trouble);
	}
	xsRemember(l->object);
	xsRemember(l->target);
	xsmcSetHostData(xsThis, l);
}

void lws_listener_close(xsMachine *the)
{
	Listener *l = listenerOf(the);

	if (!l)
		return;
	lws_listener_destructor(l);
	xsmcSetHostData(xsThis, NULL);
}

/* The object comes first, for the connection may be gone by then; it is the collector's if nothing waits any more. */
void lws_listener_accept(xsMachine *the)
{
	Listener *l = listenerOf(the);
	Connection *c = NULL;
	Tcp *tcp;

	if (l) {
		LOCK_TCPIP_CORE();
		c = waitingFor(l, true);
		UNLOCK_TCPIP_CORE();
	}
	if (!c)
		return;
	tcp = tcpObject(the);
	LOCK_TCPIP_CORE();
	c = waitingFor(l, true);
	if (c && tcp) {
		tcp->remote = *ip_2_ip4(&c->pcb->remote_ip);
		tcp->local = c->local;
		tcp->remotePort = c->pcb->remote_port;
		tcp->localPort = c->pcb->local_port;
		c->listener = NULL;
		tcp_backlog_accepted(c->pcb);
		connectionOwn(the, c, tcp, &xsResult, &xsArg(0));
		listenersMakeRoom();
		sourceWakes(&c->source);
	}
	else if (c)
		connectionClose(c, true);
	UNLOCK_TCPIP_CORE();
	if (!tcp)
		xsUnknownError("no memory");
	if (!c)
		xsmcSetUndefined(xsResult);
}

void lws_listener_set_accepting(xsMachine *the)
{
	Listener *l = listenerOf(the);
	bool on = xsmcTest(xsArg(0));

	if (!l)
		return;
	LOCK_TCPIP_CORE();
	l->accepting = on;
	listenersMakeRoom();
	UNLOCK_TCPIP_CORE();
}

void lws_listener_get_port(xsMachine *the)
{
	Listener *l = listenerOf(the);

	xsmcSetInteger(xsResult, l ? l->port : 0);
}

void lws_listener_get_connections(xsMachine *the)
{
	xsmcSetInteger(xsResult, MEMP_NUM_TCP_PCB);
}
