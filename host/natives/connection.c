/*
 * TCP connections below JavaScript: their sockets, and the reports to their targets. The loop's edge-triggered events only say
 * "look"; what is reported comes from looking, so an edge that comes late or twice does no harm.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets.h"

#define EDGES (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

struct connection *connections;

static xsIdentifier id_onReadable, id_onWritable, id_onEnd, id_onClosed;

/* The record is charged so that it takes, with its struct tcp and a word of overhead for each, what a connection takes on the chip. */
union charged {
	struct connection connection;
	uint8_t chip[SOCKETS_BYTES - sizeof(struct tcp) - 2 * sizeof(uint32_t)];
};

int connections_count(void)
{
	int count = 0;
	for (struct connection *c = connections; c; c = c->next)
		count++;
	return count;
}

/*
 * The kernel counts a segment with its bookkeeping (0.8 kB or more on top of the bytes) and doubles what it is told. WIDE lets through
 * some 20 small segments before the peer has acknowledged one, as lwIP's TCP_SND_QUEUELEN does; tcp.c sees to the bytes. A socket
 * that is NARROW is not writable in the kernel's eyes while 8192 bytes wait in it.
 */
#define WIDE (2 * SOCKETS_WINDOW)
#define NARROW (SOCKETS_WINDOW / 2)
#define RECEIVE 6144	/* measured: a peer that is not read can send 8544 bytes, six full segments */

static void set_send_buffer(int fd, int size)
{
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

void connection_tune(int fd)
{
	int on = 1, mss = SOCKETS_MSS, receive = RECEIVE, window = SOCKETS_WINDOW;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof mss);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
	setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &window, sizeof window);
	set_send_buffer(fd, WIDE);
}

void connection_want_room(struct connection *c)
{
	c->want_write = true;
	set_send_buffer(c->watch.fd, NARROW);
	loop_watch_change(&c->watch, EDGES);
}

int connection_unread(const struct connection *c)
{
	int count = 0;
	return ioctl(c->watch.fd, FIONREAD, &count) ? 0 : count;
}

void connection_later(struct connection *c)
{
	if (!c->later.live)
		loop_timer_start(&c->later, 0);
}

static const char *reason_of(int error)
{
	switch (error) {
		case ECONNREFUSED: return "refused";
		case ETIMEDOUT: return "timeout";
		case ENETDOWN: return "network down";
		case ECONNRESET: case EPIPE: case ECONNABORTED: return "reset";
		default: return "unreachable";
	}
}

/* Takes over what the kernel knows of the end of the connection. */
static void look_for_end(struct connection *c, short state)
{
	socklen_t size = sizeof c->error;

	if ((state & (POLLERR | POLLHUP)) && !c->error)
		getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &c->error, &size);
	if (!c->connecting && (state & POLLRDHUP))
		c->fin = true;
}

static void report_connected(xsMachine *the, struct connection *c)
{
	c->connecting = c->want_write = false;
	if (c->shut)
		shutdown(c->watch.fd, SHUT_WR);
	xsCall0_noResult(c->target, id_onWritable);
}

static void report(struct connection *c)
{
	struct pollfd state = {.fd = c->watch.fd, .events = POLLIN | POLLOUT | POLLRDHUP};
	struct tcp *tcp = c->tcp;
	int unread;

	poll(&state, 1, 0);
	look_for_end(c, state.revents);
	xsBeginHost(js_the);
	xsmcVars(1);
	xsVar(0) = c->object;	/* the object, and with it tcp, outlive what a handler does */
	if (c->connecting && !c->error && (state.revents & POLLOUT) && !(state.revents & POLLHUP))
		report_connected(the, c);
	c = tcp->connection;
	if (c && !c->connecting && (unread = connection_unread(c)) > c->known && c->error != ENETDOWN) {
		c->known = unread;
		xsCall1_noResult(c->target, id_onReadable, xsInteger(unread));
		c = tcp->connection;
	}
	if (c && c->error) {
		const char *reason = reason_of(c->error);
		xsVar(0) = c->target;
		connection_close(c, true);
		xsCall1_noResult(xsVar(0), id_onClosed, xsString(reason));
		c = NULL;
	}
	if (c && c->want_write && !c->connecting && (state.revents & POLLOUT)) {
		c->want_write = false;
		set_send_buffer(c->watch.fd, WIDE);
		xsCall0_noResult(c->target, id_onWritable);
		c = tcp->connection;
	}
	if (c && c->fin && !c->ended && connection_unread(c) == 0) {
		c->ended = true;
		xsCall0_noResult(c->target, id_onEnd);
	}
	xsEndHost(js_the);
}

/* Nobody knows yet of a connection that waits for accept: when it fails it is simply gone. */
static void look(struct connection *c)
{
	struct pollfd state = {.fd = c->watch.fd};

	if (sockets_dropped[c->interface] && c->error != ENETDOWN)
		return;
	if (c->tcp)
		report(c);
	else if (poll(&state, 1, 0) > 0 && (state.revents & POLLERR))
		connection_close(c, true);
}

static void on_event(struct loop_watch *watch, uint32_t events)
{
	(void)events;
	look((struct connection *)watch);
}

static void on_later(struct loop_timer *timer)
{
	look((struct connection *)((char *)timer - offsetof(struct connection, later)));
}

struct connection *connection_new(int fd, enum interface interface)
{
	struct connection *c = heap_alloc(sizeof(union charged)), **last = &connections;

	if (!c)
		return NULL;
	c->watch.fd = fd;
	c->watch.ready = on_event;
	c->later.fire = on_later;
	c->interface = interface;
	c->address = interface_netif(interface)->address;
	while (*last)
		last = &(*last)->next;
	*last = c;
	loop_watch_add(&c->watch, EDGES);
	return c;
}

void connection_own(xsMachine *the, struct connection *c, struct tcp *tcp, xsSlot *object, xsSlot *target)
{
	if (!id_onReadable) {
		id_onReadable = xsID("onReadable");
		id_onWritable = xsID("onWritable");
		id_onEnd = xsID("onEnd");
		id_onClosed = xsID("onClosed");
	}
	tcp->connection = c;
	tcp->local_address = c->address;
	c->tcp = tcp;
	c->object = *object;
	xsRemember(c->object);
	c->target = *target;
	xsRemember(c->target);
}

/* A root is a link in the machine's list: it must be out of it while its slot is overwritten. */
void connection_retarget(xsMachine *the, struct connection *c, xsSlot *target)
{
	xsForget(c->target);
	c->target = *target;
	xsRemember(c->target);
}

void connection_reset_fd(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
	close(fd);
}

void connection_close(struct connection *c, bool reset)
{
	xsMachine *the = js_the;
	struct connection **link = &connections;
	bool full = connections_count() >= SOCKETS_MAX;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	loop_timer_stop(&c->later);
	loop_watch_remove(&c->watch);
	if (reset)
		connection_reset_fd(c->watch.fd);
	else
		close(c->watch.fd);
	if (c->tcp) {
		xsForget(c->object);
		xsForget(c->target);
		c->tcp->connection = NULL;
	}
	heap_free(c);
	if (full)
		listeners_resume();
}

void connections_netif_changed(void)
{
	struct connection *c, *next;

	for (c = connections; c; c = next) {
		const struct netif *netif = interface_netif(c->interface);
		next = c->next;
		if (c->error || (netif->up && netif->address == c->address))
			continue;
		c->error = ENETDOWN;
		if (c->tcp)
			connection_later(c);
		else
			connection_close(c, true);
	}
}

void connections_drop_changed(enum interface interface)
{
	for (struct connection *c = connections; c; c = c->next)
		if (c->interface == interface)
			connection_later(c);
}
