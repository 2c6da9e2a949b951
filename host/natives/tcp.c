/*
 * The TCP class. Send space: a write takes at most 8192 bytes less those that the peer has not acknowledged.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets.h"

static struct tcp *tcp_of(xsMachine *the)
{
	struct tcp *tcp = xsmcGetHostDataValidate(xsThis, (void *)lws_tcp_destructor);
	if (!tcp)
		xsUnknownError("no socket");
	return tcp;
}

void lws_tcp_destructor(void *data)
{
	struct tcp *tcp = data;

	if (!tcp)
		return;
	if (tcp->connection)
		connection_close(tcp->connection, true);
	heap_free(tcp);
}

void lws_tcp(xsMachine *the)
{
	struct sockaddr_in peer = {.sin_family = AF_INET}, own;
	socklen_t size = sizeof own;
	enum interface interface;
	struct connection *c;
	struct tcp *tcp;
	int fd;

	xsmcVars(2);
	xsmcGet(xsVar(0), xsArg(0), xsID("address"));
	peer.sin_addr.s_addr = address_argument(the, &xsVar(0));
	xsmcGet(xsVar(0), xsArg(0), xsID("port"));
	peer.sin_port = htons(port_argument(the, &xsVar(0), 1));
	xsmcGet(xsVar(1), xsArg(0), xsID("target"));

	interface = interface_towards(peer.sin_addr.s_addr);
	if (interface == INTERFACES)
		xsUnknownError("no network");
	if (connections_count() >= SOCKETS_MAX || (fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
		xsUnknownError("no socket");
	connection_tune(fd);
	tcp = heap_alloc(sizeof *tcp);
	c = tcp ? connection_new(fd, interface) : NULL;
	if (!c) {
		close(fd);
		heap_free(tcp);
		xsUnknownError("no memory");
	}
	xsmcSetHostData(xsThis, tcp);
	tcp->remote_address = peer.sin_addr.s_addr;
	tcp->remote_port = ntohs(peer.sin_port);
	c->connecting = c->want_write = true;
	if (!interface_reaches(peer.sin_addr.s_addr))
		c->error = ENETUNREACH;
	else if (connect(fd, (struct sockaddr *)&peer, sizeof peer) && errno != EINPROGRESS)
		c->error = errno;
	if (getsockname(fd, (struct sockaddr *)&own, &size) == 0)
		tcp->local_port = ntohs(own.sin_port);
	connection_own(the, c, tcp, &xsThis, &xsVar(1));
	connection_later(c);
}

/* TCP's prototype, from the module that defines it: a listener makes objects of a class that it was not given. */
static xsSlot prototype;

static void find_prototype(xsMachine *the)
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

void tcp_adopt(xsMachine *the, struct connection *c, xsSlot *target)
{
	struct sockaddr_in peer, own;
	socklen_t size = sizeof peer, own_size = sizeof own;
	struct tcp *tcp;

	xsmcVars(1);
	find_prototype(the);
	tcp = heap_alloc(sizeof *tcp);
	if (!tcp) {
		connection_close(c, true);
		xsUnknownError("no memory");
	}
	xsResult = xsNewHostInstance(prototype);
	xsmcSetHostData(xsResult, tcp);
	if (getpeername(c->watch.fd, (struct sockaddr *)&peer, &size) == 0) {
		tcp->remote_address = peer.sin_addr.s_addr;
		tcp->remote_port = ntohs(peer.sin_port);
	}
	if (getsockname(c->watch.fd, (struct sockaddr *)&own, &own_size) == 0)
		tcp->local_port = interface_unmap(ntohs(own.sin_port));
	connection_own(the, c, tcp, &xsResult, target);
	connection_later(c);
}

void lws_tcp_read(xsMachine *the)
{
	struct connection *c = tcp_of(the)->connection;
	struct buffer_range into = js_buffer(the, &xsArg(0), true);
	uint32_t to, from = js_range(the, 1, 2, into.length, &to);
	ssize_t count;

	xsmcSetInteger(xsResult, 0);
	if (!c || c->connecting || from == to || sockets_dropped[c->interface])
		return;
	count = recv(c->watch.fd, into.data + from, to - from, MSG_DONTWAIT);
	if (count < 0) {
		if (errno != EAGAIN && errno != EINTR) {
			c->error = errno;
			connection_later(c);
		}
		return;
	}
	c->known = c->known > count ? c->known - (int)count : 0;
	if (c->fin && !c->ended && connection_unread(c) == 0)
		connection_later(c);
	xsmcSetInteger(xsResult, (xsIntegerValue)count);
}

/* Bytes that fit the send space now. */
static uint32_t room(const struct connection *c)
{
	int waiting = 0;

	if (c->connecting || sockets_dropped[c->interface] || ioctl(c->watch.fd, SIOCOUTQ, &waiting))
		return 0;
	return waiting < SOCKETS_WINDOW ? (uint32_t)(SOCKETS_WINDOW - waiting) : 0;
}

void lws_tcp_write(xsMachine *the)
{
	struct connection *c = tcp_of(the)->connection;
	struct buffer_range source = js_buffer(the, &xsArg(0), false);
	uint32_t to, from = js_range(the, 1, 2, source.length, &to), fits;
	ssize_t taken = 0;

	xsmcSetInteger(xsResult, 0);
	if (!c || c->error || c->shut || from == to)
		return;
	fits = room(c);
	if (fits) {
		taken = send(c->watch.fd, source.data + from, to - from < fits ? to - from : fits, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (taken < 0 && errno != EAGAIN && errno != EINTR) {
			c->error = errno;
			connection_later(c);
			return;
		}
		if (taken < 0)
			taken = 0;
	}
	if ((uint32_t)taken < to - from)
		connection_want_room(c);
	xsmcSetInteger(xsResult, (xsIntegerValue)taken);
}

void lws_tcp_shutdown(xsMachine *the)
{
	struct connection *c = tcp_of(the)->connection;

	if (!c || c->shut)
		return;
	c->shut = true;
	c->want_write = c->connecting;
	if (!c->connecting)
		shutdown(c->watch.fd, SHUT_WR);
}

void lws_tcp_close(xsMachine *the)
{
	struct connection *c = tcp_of(the)->connection;

	if (c)
		connection_close(c, c->error || c->connecting);
}

void lws_tcp_abort(xsMachine *the)
{
	struct connection *c = tcp_of(the)->connection;

	if (c)
		connection_close(c, true);
}

void lws_tcp_get_readable(xsMachine *the)
{
	struct connection *c = tcp_of(the)->connection;

	xsmcSetInteger(xsResult, c && !c->connecting && !sockets_dropped[c->interface] ? connection_unread(c) : 0);
}

void lws_tcp_set_target(xsMachine *the)
{
	struct connection *c = tcp_of(the)->connection;

	if (c)
		connection_retarget(the, c, &xsArg(0));
}

static void set_address(xsMachine *the, uint32_t address)
{
	char text[INET_ADDRSTRLEN];

	address_text(address, text);
	xsmcSetString(xsResult, text);
}

void lws_tcp_get_remoteAddress(xsMachine *the)
{
	set_address(the, tcp_of(the)->remote_address);
}

void lws_tcp_get_remotePort(xsMachine *the)
{
	xsmcSetInteger(xsResult, tcp_of(the)->remote_port);
}

void lws_tcp_get_localAddress(xsMachine *the)
{
	set_address(the, tcp_of(the)->local_address);
}

void lws_tcp_get_localPort(xsMachine *the)
{
	xsmcSetInteger(xsResult, tcp_of(the)->local_port);
}
