/*
 * TCP connections below JavaScript: their records, and lwIP's callbacks, which only note what happened.
 */
#include "lws-lwip.h"

#include <stdlib.h>

#include "lwip/priv/tcp_priv.h"

/* Pieces of unread bytes that are kept as they came. Beyond that they are put together: a peer that sends one byte a segment would fill the heap. */
enum { PIECES = 16 };

const char NETWORK_DOWN[] = "network down";

Connection *connections;

int connectionsCount(void)
{
	int count = 0;

	for (Connection *c = connections; c; c = c->next)
		count += c->tcp || c->told;
	return count;
}

/* lwIP goes on with it alone: there is nothing more that it could tell us. */
static void letGo(Connection *c)
{
	tcp_arg(c->pcb, NULL);
	tcp_err(c->pcb, NULL);
	tcp_recv(c->pcb, NULL);
	tcp_sent(c->pcb, NULL);
	tcp_poll(c->pcb, NULL, 0);
	c->pcb = NULL;
}

static err_t onReceived(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
	Connection *c = argument;

	(void)error;
	if (data) {
		if (c->unread)
			pbuf_cat(c->unread, data);
		else
			c->unread = data;
		if (pbuf_clen(c->unread) > PIECES)
			c->unread = pbuf_coalesce(c->unread, PBUF_RAW);
	}
	else {
		c->fin = true;
		/* both sides have ended it: lwIP frees it later without a word */
		if (pcb->state == TIME_WAIT || pcb->state == CLOSING)
			letGo(c);
	}
	if (c->tcp)
		sourceWakes(&c->source);
	return ERR_OK;
}

err_t connectionSucceeds(void *argument, struct tcp_pcb *pcb, err_t error)
{
	Connection *c = argument;

	(void)pcb, (void)error;	/* lwIP never calls with one */
	c->connected = true;
	sourceWakes(&c->source);
	return ERR_OK;
}

static err_t onSent(void *argument, struct tcp_pcb *pcb, u16_t length)
{
	Connection *c = argument;

	(void)pcb, (void)length;
	if (c->wantsRoom)
		sourceWakes(&c->source);
	return ERR_OK;
}

/* Twice a second: a write that found no memory has no acknowledgement to wait for. */
static err_t onPoll(void *argument, struct tcp_pcb *pcb)
{
	return onSent(argument, pcb, 0);
}

static const char *reasonOf(const Connection *c, err_t error)
{
	if (error == ERR_RST)
		return c->connecting ? "refused" : "reset";
	return error == ERR_ABRT ? "timeout" : "reset";
}

/* lwIP has freed it. Nobody knows yet of a connection that waits to be accepted: it is simply gone. */
static void onFailed(void *argument, err_t error)
{
	Connection *c = argument;

	c->pcb = NULL;
	if (!c->tcp)
		connectionClose(c, true);
	else if (error != ERR_CLSD) {	/* that is our FIN acknowledged, after the peer's */
		c->failure = reasonOf(c, error);
		sourceWakes(&c->source);
	}
}

uint16_t connectionRoom(const Connection *c)
{
	return c->pcb && !c->connecting && !c->shut ? (uint16_t)tcp_sndbuf(c->pcb) : 0;
}

/*
 * lwIP remembers for two minutes what was closed by us first. ESP-IDF lets it take its records from the heap, without a limit; so the oldest go here,
 * as lwIP does when it has none left.
 */
static void forgetClosed(void)
{
	struct tcp_pcb *pcb = tcp_tw_pcbs;

	for (int count = 0; pcb && count < MEMP_NUM_TCP_PCB; count++)
		pcb = pcb->next;
	while (pcb) {
		struct tcp_pcb *next = pcb->next;

		tcp_abort(pcb);
		pcb = next;
	}
}

Connection *connectionNew(struct tcp_pcb *pcb)
{
	Connection *c = calloc(1, sizeof *c), **link = &connections;

	forgetClosed();
	if (!c)
		return NULL;
	c->source.report = connectionReport;
	c->pcb = pcb;
	c->local = *ip_2_ip4(&pcb->local_ip);
	while (*link)
		link = &(*link)->next;
	*link = c;
	tcp_arg(pcb, c);
	tcp_err(pcb, onFailed);
	tcp_recv(pcb, onReceived);
	tcp_sent(pcb, onSent);
	tcp_poll(pcb, onPoll, 1);
	tcp_nagle_disable(pcb);
	return c;
}

void connectionClose(Connection *c, bool reset)
{
	Connection **link = &connections;
	struct tcp_pcb *pcb = c->pcb;

	sourceSleeps(&c->source);
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	if (pcb) {
		letGo(c);
		if (reset)
			tcp_abort(pcb);
		else
			tcp_close(pcb);
	}
	if (c->unread)
		pbuf_free(c->unread);
	if (c->tcp) {
		xsMachine *the = networkMachine();

		/* a root is a link in the machine's list: it must be out of it when its memory goes */
		xsForget(c->object);
		xsForget(c->target);
		c->tcp->connection = NULL;
	}
	free(c);
	listenersMakeRoom();
}

void connectionOwn(xsMachine *the, Connection *c, Tcp *tcp, xsSlot *object, xsSlot *target)
{
	tcp->connection = c;
	c->tcp = tcp;
	c->object = *object;
	xsRemember(c->object);
	c->target = *target;
	xsRemember(c->target);
}

void connectionFails(Connection *c, const char *failure)
{
	struct tcp_pcb *pcb = c->pcb;

	if (pcb) {
		letGo(c);
		tcp_abort(pcb);
	}
	c->failure = failure;
	sourceWakes(&c->source);
}

void connectionsSend(void)
{
	for (Connection *c = connections; c; c = c->next) {
		if (c->unsent && c->pcb)
			tcp_output(c->pcb);
		c->unsent = false;
	}
}

/* lwIP has ended some of them already, as if they had timed out: it does so before it tells that an address is gone. */
void connectionsCheck(void)
{
	Connection *c, *next;

	for (c = connections; c; c = next) {
		next = c->next;
		if (isOwnAddress(&c->local))
			continue;
		if (c->tcp)
			connectionFails(c, NETWORK_DOWN);
		else
			connectionClose(c, true);
	}
}
