/*
 * The stand-in for lwIP's TCP: one side of each connection, by the rules of its raw API. Who calls it without its lock, or with a connection that it has
 * freed, fails. lwIP's own documents say the rules: a connection that failed is freed before the callback, one in TIME_WAIT is freed without.
 */
#include "fakes.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 8192 };

typedef struct {
	struct tcp_pcb pcb;	/* must be first */
	struct tcp_pcb *listener;
	int window, unacknowledged, pending;
	bool delayed, isFinSent, isFree;
} Fake;

struct tcp_pcb *tcp_tw_pcbs;
int pcbsLive, resetsSent, segmentsSent;

static Fake *listening, *newest;

/* --- connections, as the natives see them --- */

static Fake *fakeOf(struct tcp_pcb *pcb)
{
	CHECK(locked && pcb && !((Fake *)pcb)->isFree);
	return (Fake *)pcb;
}

/* Kept, so that whoever still uses it is found. */
static void freeFake(Fake *f)
{
	if (f->delayed)
		((Fake *)f->listener)->pending--;
	f->isFree = true;
	pcbsLive--;
}

struct tcp_pcb *tcp_new(void)
{
	Fake *f = memoryFull ? NULL : calloc(1, sizeof *f);

	CHECK(locked);
	if (!f)
		return NULL;
	f->window = WINDOW;
	f->pcb.snd_buf = WINDOW;
	newest = f;
	pcbsLive++;
	return &f->pcb;
}

void tcp_arg(struct tcp_pcb *pcb, void *arg) { fakeOf(pcb)->pcb.callback_arg = arg; }
void tcp_recv(struct tcp_pcb *pcb, tcp_recv_fn recv) { fakeOf(pcb)->pcb.recv = recv; }
void tcp_sent(struct tcp_pcb *pcb, tcp_sent_fn sent) { fakeOf(pcb)->pcb.sent = sent; }
void tcp_err(struct tcp_pcb *pcb, tcp_err_fn err) { fakeOf(pcb)->pcb.errf = err; }
void tcp_accept(struct tcp_pcb *pcb, tcp_accept_fn accept) { fakeOf(pcb)->pcb.accept = accept; }

void tcp_poll(struct tcp_pcb *pcb, tcp_poll_fn poll, u8_t interval)
{
	(void)interval;
	fakeOf(pcb)->pcb.poll = poll;
}

void tcp_recved(struct tcp_pcb *pcb, u16_t len)
{
	Fake *f = fakeOf(pcb);

	f->window += len;
	CHECK(f->window <= WINDOW);
}

err_t tcp_bind(struct tcp_pcb *pcb, const ip_addr_t *address, u16_t port)
{
	(void)address;
	fakeOf(pcb)->pcb.local_port = port;
	return ERR_OK;
}

err_t tcp_connect(struct tcp_pcb *pcb, const ip_addr_t *address, u16_t port, tcp_connected_fn connected)
{
	pcb->local_ip = station.ip_addr;
	pcb->remote_ip = *address;
	pcb->remote_port = port;
	pcb->local_port = 50000;
	pcb->connected = connected;
	fakeOf(pcb)->pcb.state = SYN_SENT;
	return ERR_OK;
}

struct tcp_pcb *tcp_listen_with_backlog_and_err(struct tcp_pcb *pcb, u8_t backlog, err_t *err)
{
	listening = fakeOf(pcb);
	pcb->state = LISTEN;
	pcb->backlog = backlog;
	*err = ERR_OK;
	return pcb;
}

void tcp_backlog_delayed(struct tcp_pcb *pcb)
{
	fakeOf(pcb)->delayed = true;
	((Fake *)fakeOf(pcb)->listener)->pending++;
}

void tcp_backlog_accepted(struct tcp_pcb *pcb)
{
	Fake *f = fakeOf(pcb);

	if (f->delayed)
		((Fake *)f->listener)->pending--;
	f->delayed = false;
}

static void unlink(struct tcp_pcb *pcb)
{
	struct tcp_pcb **link = &tcp_tw_pcbs;

	while (*link && *link != pcb)
		link = &(*link)->next;
	if (*link)
		*link = pcb->next;
}

void tcp_abort(struct tcp_pcb *pcb)
{
	Fake *f = fakeOf(pcb);
	tcp_err_fn failed = pcb->errf;

	if (pcb->state == TIME_WAIT)
		unlink(pcb);
	else
		resetsSent += pcb->state > SYN_SENT;
	freeFake(f);
	if (failed && pcb->state != TIME_WAIT)
		failed(pcb->callback_arg, ERR_ABRT);
}

err_t tcp_shutdown(struct tcp_pcb *pcb, int shut_rx, int shut_tx)
{
	Fake *f = fakeOf(pcb);

	CHECK(!shut_rx && shut_tx);
	if (pcb->state != ESTABLISHED && pcb->state != CLOSE_WAIT)
		return ERR_VAL;
	pcb->state = pcb->state == ESTABLISHED ? FIN_WAIT_1 : LAST_ACK;
	f->isFinSent = true;
	return ERR_OK;
}

err_t tcp_close(struct tcp_pcb *pcb)
{
	Fake *f = fakeOf(pcb);

	if (pcb->state == CLOSED || pcb->state == LISTEN || pcb->state == SYN_SENT)
		freeFake(f);
	else if ((pcb->state == ESTABLISHED || pcb->state == CLOSE_WAIT) && f->window != WINDOW) {
		resetsSent++;
		freeFake(f);
	}
	else
		tcp_shutdown(pcb, 0, 1);
	return ERR_OK;
}

err_t tcp_write(struct tcp_pcb *pcb, const void *data, u16_t length, u8_t flags)
{
	Fake *f = fakeOf(pcb);

	(void)data;
	CHECK(flags == TCP_WRITE_FLAG_COPY && (pcb->state == ESTABLISHED || pcb->state == CLOSE_WAIT));
	if (memoryFull || length > pcb->snd_buf)
		return ERR_MEM;
	pcb->snd_buf -= length;
	f->unacknowledged += length;
	return ERR_OK;
}

err_t tcp_output(struct tcp_pcb *pcb)
{
	(void)fakeOf(pcb);
	segmentsSent++;
	return ERR_OK;
}

/* --- the other side, in lwIP's task --- */

struct tcp_pcb *lastPcb(void)
{
	return &newest->pcb;
}

struct tcp_pcb *peerConnects(u16_t port)
{
	Fake *l = listening;
	struct tcp_pcb *pcb = NULL;
	err_t error;

	CHECK(l->pcb.local_port == port);
	locked = true;
	if (l->pending < l->pcb.backlog && (pcb = tcp_new())) {
		pcb->state = ESTABLISHED;
		pcb->local_ip = station.ip_addr;
		pcb->remote_ip.addr = 0x0100000a;
		pcb->local_port = port;
		pcb->remote_port = 40000;
		((Fake *)pcb)->listener = &l->pcb;
		error = l->pcb.accept(l->pcb.callback_arg, pcb, ERR_OK);
		if (error != ERR_OK) {
			tcp_abort(pcb);
			pcb = NULL;
		}
	}
	locked = false;
	return pcb;
}

void peerAnswers(struct tcp_pcb *pcb)
{
	locked = true;
	pcb->state = ESTABLISHED;
	pcb->connected(pcb->callback_arg, pcb, ERR_OK);
	locked = false;
}

void peerSends(struct tcp_pcb *pcb, int length)
{
	struct pbuf *p;

	locked = true;
	p = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_RAM);
	fakeOf(pcb)->window -= length;
	CHECK(fakeOf(pcb)->window >= 0);
	pcb->recv(pcb->callback_arg, pcb, p, ERR_OK);
	locked = false;
}

void peerEnds(struct tcp_pcb *pcb)
{
	locked = true;
	if (pcb->state == ESTABLISHED)
		pcb->state = CLOSE_WAIT;
	else
		pcb->state = ((Fake *)pcb)->unacknowledged ? CLOSING : TIME_WAIT;
	if (pcb->recv)
		pcb->recv(pcb->callback_arg, pcb, NULL, ERR_OK);
	locked = false;
}

static void ends(struct tcp_pcb *pcb, err_t error)
{
	tcp_err_fn failed = pcb->errf;

	locked = true;
	freeFake(fakeOf(pcb));
	if (failed)
		failed(pcb->callback_arg, error);
	locked = false;
}

void peerResets(struct tcp_pcb *pcb)
{
	ends(pcb, ERR_RST);
}

void timesOut(struct tcp_pcb *pcb)
{
	ends(pcb, ERR_ABRT);
}

void peerTakes(struct tcp_pcb *pcb, int length)
{
	Fake *f = (Fake *)pcb;

	f->unacknowledged -= length;
	pcb->snd_buf += (u16_t)length;
	locked = true;
	if (pcb->sent && length)
		pcb->sent(pcb->callback_arg, pcb, (u16_t)length);
	locked = false;
	if (pcb->state == LAST_ACK && f->unacknowledged == 0)
		ends(pcb, ERR_CLSD);
}

void pollTimer(struct tcp_pcb *pcb)
{
	locked = true;
	pcb->poll(pcb->callback_arg, pcb);
	locked = false;
}

void remember(int count)
{
	locked = true;
	while (count-- > 0) {
		struct tcp_pcb *pcb = tcp_new();

		pcb->state = TIME_WAIT;
		pcb->next = tcp_tw_pcbs;
		tcp_tw_pcbs = pcb;
	}
	locked = false;
}

int remembered(bool forget)
{
	int count = 0;

	locked = true;
	for (struct tcp_pcb *pcb = tcp_tw_pcbs, *next; pcb; pcb = next) {
		next = pcb->next;
		count++;
		if (forget)
			tcp_abort(pcb);
	}
	locked = false;
	return count;
}

void timeWaitEnds(struct tcp_pcb *pcb)
{
	CHECK(pcb->state == TIME_WAIT || pcb->state == CLOSING);
	CHECK(!pcb->callback_arg);	/* nobody may know it any more */
	locked = true;
	freeFake(fakeOf(pcb));
	locked = false;
}
