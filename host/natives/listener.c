/*
 * The Listener class: one listening socket on each interface that is up. Connections are taken from the kernel as they come, up to
 * the device's number of sockets; more wait in the kernel's backlog, and beyond that their SYNs go unanswered, as on the chip.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../wifi.h"
#include "sockets.h"

struct place {
	struct loop_watch watch;	/* must be first; fd -1: not bound */
	struct listener *listener;
	uint32_t address;		/* the device's own, for which it was bound */
	bool fresh;			/* bound, but not told to anybody */
};

struct listener {
	struct place places[INTERFACES];
	struct loop_timer later;
	struct listener *next;
	xsSlot object, target;
	uint16_t port;
	bool accepting;
};

static struct listener *listeners;

int listeners_count(void)
{
	int count = 0;
	for (struct listener *l = listeners; l; l = l->next)
		count++;
	return count;
}

/* Takes what waits on one interface; false if the listener was closed meanwhile. */
static bool take(struct listener *l, enum interface interface)
{
	bool open = true;

	xsBeginHost(js_the);
	xsmcVars(1);
	xsVar(0) = l->object;
	while (open && l->accepting && l->places[interface].watch.fd >= 0 && !sockets_dropped[interface] && connections_count() < SOCKETS_MAX) {
		struct connection *c;
		int fd = accept4(l->places[interface].watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd < 0)
			break;
		c = connection_new(fd, interface);
		if (!c) {
			console('W', "net", "no memory for a connection");
			connection_reset_fd(fd);
			continue;
		}
		c->listener = l;
		xsCall0_noResult(l->target, xsID("onConnection"));
		open = xsmcGetHostData(xsVar(0)) != NULL;
	}
	xsEndHost(js_the);
	return open;
}

static void on_event(struct loop_watch *watch, uint32_t events)
{
	struct place *place = (struct place *)watch;

	(void)events;
	take(place->listener, (enum interface)(place - place->listener->places));
}

static void on_later(struct loop_timer *timer)
{
	struct listener *l = (struct listener *)((char *)timer - offsetof(struct listener, later));

	for (int i = 0; i < INTERFACES && take(l, (enum interface)i); i++)
		;
}

static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			printf("\\x%02x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

/* One line for people and for tests: where a browser finds the device. */
static void announce(const struct listener *l, enum interface interface, const struct sockaddr_in *at)
{
	char own[INET_ADDRSTRLEN], host[INET_ADDRSTRLEN], port[8] = "";

	if (l->port != 80 && l->port != 443)
		return;
	address_text(interface_netif(interface)->address, own);
	address_text(at->sin_addr.s_addr, host);
	if (ntohs(at->sin_port) != l->port)
		snprintf(port, sizeof port, ":%d", ntohs(at->sin_port));
	printf("lws-xs: %s ", interface_name(interface));
	if (interface == ACCESS_POINT) {
		print_quoted(wifi_ap_ssid());
		putchar(' ');
	}
	printf("%s is at http%s://%s%s/\n", own, l->port == 443 ? "s" : "", host, port);
	fflush(stdout);
}

static void bind_place(struct listener *l, enum interface interface)
{
	struct place *place = &l->places[interface];
	struct sockaddr_in at;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	char text[INET_ADDRSTRLEN];

	interface_map(interface, l->port, &at);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	connection_tune(fd);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, SOCKETS_BACKLOG)) {
		int error = errno;
		address_text(at.sin_addr.s_addr, text);
		console('E', "net", "%s port %d can't be had at %s:%d: %s", interface_name(interface), l->port, text, ntohs(at.sin_port), strerror(error));
		if (fd >= 0)
			close(fd);
		return;
	}
	place->watch.fd = fd;
	place->address = interface_netif(interface)->address;
	loop_watch_add(&place->watch, EPOLLIN | EPOLLET);
	place->fresh = true;
}

static void announce_fresh(struct listener *l)
{
	for (int i = 0; i < INTERFACES; i++) {
		struct sockaddr_in at;

		if (!l->places[i].fresh)
			continue;
		l->places[i].fresh = false;
		interface_map((enum interface)i, l->port, &at);
		announce(l, (enum interface)i, &at);
	}
}

static void unbind_place(struct place *place)
{
	if (place->watch.fd < 0)
		return;
	loop_watch_remove(&place->watch);
	close(place->watch.fd);
	place->watch.fd = -1;
	place->fresh = false;
}

static void follow_netif(struct listener *l)
{
	for (int i = 0; i < INTERFACES; i++) {
		const struct netif *netif = interface_netif((enum interface)i);
		struct place *place = &l->places[i];

		if (!netif->up || netif->address != place->address)
			unbind_place(place);
		if (netif->up && place->watch.fd < 0)
			bind_place(l, (enum interface)i);
	}
}

void listeners_netif_changed(void)
{
	for (struct listener *l = listeners; l; l = l->next)
		follow_netif(l);
	/* Who reads that the device is there finds all of its ports open. */
	for (struct listener *l = listeners; l; l = l->next)
		announce_fresh(l);
}

void listeners_resume(void)
{
	for (struct listener *l = listeners; l; l = l->next)
		loop_timer_start(&l->later, 0);
}

static struct listener *listener_of(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)lws_listener_destructor);
}

void lws_listener(xsMachine *the)
{
	struct sockaddr_in at;
	struct listener *l, **last;
	uint16_t port;

	xsmcVars(2);
	xsmcGet(xsVar(0), xsArg(0), xsID("port"));
	port = port_argument(the, &xsVar(0), 1);
	xsmcGet(xsVar(1), xsArg(0), xsID("target"));
	for (last = &listeners; *last; last = &(*last)->next)
		if ((*last)->port == port)
			xsUnknownError("port in use");
	if (!interface_map(STATION, port, &at) || !interface_map(ACCESS_POINT, port, &at)) {
		console('E', "net", "port %d has no place above --port-base %d", port, options.port_base);
		xsUnknownError("no socket");
	}
	l = heap_alloc(sizeof *l);
	if (!l)
		xsUnknownError("no memory");
	xsmcSetHostData(xsThis, l);
	l->port = port;
	l->accepting = true;
	l->later.fire = on_later;
	for (int i = 0; i < INTERFACES; i++) {
		l->places[i].watch.fd = -1;
		l->places[i].watch.ready = on_event;
		l->places[i].listener = l;
	}
	l->object = xsThis;
	xsRemember(l->object);
	l->target = xsVar(1);
	xsRemember(l->target);
	*last = l;
	follow_netif(l);
	announce_fresh(l);
}

void lws_listener_destructor(void *data)
{
	xsMachine *the = js_the;
	struct listener *l = data, **link = &listeners;
	struct connection *c, *next;

	if (!l)
		return;
	for (c = connections; c; c = next) {
		next = c->next;
		if (c->listener == l)
			connection_close(c, true);
	}
	for (int i = 0; i < INTERFACES; i++)
		unbind_place(&l->places[i]);
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	loop_timer_stop(&l->later);
	xsForget(l->object);
	xsForget(l->target);
	heap_free(l);
}

void lws_listener_close(xsMachine *the)
{
	struct listener *l = listener_of(the);

	if (!l)
		return;
	lws_listener_destructor(l);
	xsmcSetHostData(xsThis, NULL);
}

void lws_listener_accept(xsMachine *the)
{
	struct listener *l = listener_of(the);
	struct connection *c = connections;

	while (c && (!l || c->listener != l))
		c = c->next;
	if (!c)
		return;
	tcp_adopt(the, c, &xsArg(0));
	c->listener = NULL;
}

void lws_listener_set_accepting(xsMachine *the)
{
	struct listener *l = listener_of(the);
	bool on = xsmcTest(xsArg(0));

	if (!l || l->accepting == on)
		return;
	l->accepting = on;
	if (on)
		loop_timer_start(&l->later, 0);
}

void lws_listener_get_port(xsMachine *the)
{
	struct listener *l = listener_of(the);

	xsmcSetInteger(xsResult, l ? l->port : 0);
}

void lws_listener_get_connections(xsMachine *the)
{
	xsmcSetInteger(xsResult, SOCKETS_MAX);
}
