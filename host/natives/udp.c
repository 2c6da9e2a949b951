/*
 * The UDP class: one socket on each interface that is up, and in a network namespace one more for a multicast group (on loopback
 * there is nobody to reach with multicast or broadcast, so it goes nowhere). Up to 8 datagrams wait in the native heap, as lwIP's
 * pbufs do; more are dropped and counted.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../wifi.h"
#include "udp.h"

static struct udp *udps;

static bool is_group(uint32_t address)
{
	return IN_MULTICAST(ntohl(address)) || address == INADDR_BROADCAST;
}

static void on_event(struct loop_watch *watch, uint32_t events)
{
	struct place *place = (struct place *)watch;
	struct udp *udp = place->udp;
	int dropped = 0, before = udp->waiting, taken;

	(void)events;
	/* A bounded number, then the loop's other sources have their turn. */
	for (int i = 0; i < 4 * WAITING && (taken = udp_take(udp, place)) >= 0; i++)
		dropped += !taken;
	if (!dropped && udp->waiting == before)
		return;
	xsBeginHost(js_the);
	xsmcVars(2);
	xsVar(0) = udp->object;
	xsVar(1) = udp->target;
	if (dropped && xsmcHas(xsVar(1), xsID("onDropped")))
		xsCall1_noResult(xsVar(1), xsID("onDropped"), xsInteger(dropped));
	if (xsmcGetHostData(xsVar(0)) && udp->waiting > before)
		xsCall0_noResult(xsVar(1), xsID("onDatagram"));
	xsEndHost(js_the);
}

static bool open_place(struct place *place, const struct sockaddr_in *at)
{
	int on = 1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof *at)) {
		char text[INET_ADDRSTRLEN];
		address_text(at->sin_addr.s_addr, text);
		console('E', "net", "UDP can't have %s:%d: %s", text, ntohs(at->sin_port), strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	place->watch.fd = fd;
	loop_watch_add(&place->watch, EPOLLIN);
	return true;
}

static void close_place(struct place *place)
{
	if (place->watch.fd < 0)
		return;
	loop_watch_remove(&place->watch);
	close(place->watch.fd);
	place->watch.fd = -1;
}

/* In a network namespace a packet leaves by the interface of its socket, whatever the routes say. */
static void open_interface(struct udp *udp, enum interface interface)
{
	const char *device = interface == STATION ? "sta0" : "ap0";
	struct place *place = &udp->places[interface];
	struct in_addr own = {interface_netif(interface)->address};
	struct sockaddr_in at;
	int on = 1, off = 0, ttl = 255;

	interface_map(interface, udp->port, &at);
	if (!open_place(place, &at))
		return;
	place->address = own.s_addr;
	if (!options.netns)
		return;
	setsockopt(place->watch.fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device) + 1);
	setsockopt(place->watch.fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
	setsockopt(place->watch.fd, IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof own);
	setsockopt(place->watch.fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
	setsockopt(place->watch.fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off);
}

static void open_group(struct udp *udp)
{
	struct place *place = &udp->places[GROUP];
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(udp->port), .sin_addr.s_addr = udp->group};
	int on = 1;

	close_place(place);
	if (!options.netns || !udp->group || !(netif_station.up || netif_ap.up) || !open_place(place, &at))
		return;
	setsockopt(place->watch.fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	for (int i = 0; i < INTERFACES; i++) {
		struct ip_mreqn membership = {.imr_multiaddr.s_addr = udp->group, .imr_ifindex = (int)if_nametoindex(i == STATION ? "sta0" : "ap0")};
		if (interface_netif((enum interface)i)->up)
			setsockopt(place->watch.fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership);
	}
}

static void follow_netif(struct udp *udp)
{
	for (int i = 0; i < INTERFACES; i++) {
		const struct netif *netif = interface_netif((enum interface)i);
		struct place *place = &udp->places[i];

		if (!netif->up || netif->address != place->address)
			close_place(place);
		if (netif->up && place->watch.fd < 0)
			open_interface(udp, (enum interface)i);
	}
	open_group(udp);
}

void udp_netif_changed(void)
{
	for (struct udp *udp = udps; udp; udp = udp->next)
		follow_netif(udp);
}

static struct udp *udp_of(xsMachine *the)
{
	struct udp *udp = xsmcGetHostDataValidate(xsThis, (void *)lws_udp_destructor);
	if (!udp)
		xsUnknownError("closed");
	return udp;
}

static void lws_udp(xsMachine *the)
{
	struct sockaddr_in at;
	struct udp *udp;
	uint16_t port = 0;

	xsmcVars(2);
	xsmcGet(xsVar(0), xsArg(0), xsID("port"));
	if (xsmcTypeOf(xsVar(0)) != xsUndefinedType)
		port = port_argument(the, &xsVar(0), 0);
	xsmcGet(xsVar(1), xsArg(0), xsID("target"));
	for (udp = udps; udp; udp = udp->next)
		if (port && udp->port == port)
			xsUnknownError("port in use");
	if (!interface_map(STATION, port, &at) || !interface_map(ACCESS_POINT, port, &at))
		xsUnknownError("no socket");
	udp = heap_alloc(sizeof *udp);
	if (!udp)
		xsUnknownError("no memory");
	xsmcSetHostData(xsThis, udp);
	udp->port = port;
	udp->last = &udp->first;
	for (int i = 0; i <= GROUP; i++) {
		udp->places[i].watch.fd = -1;
		udp->places[i].watch.ready = on_event;
		udp->places[i].udp = udp;
	}
	udp->object = xsThis;
	xsRemember(udp->object);
	udp->target = xsVar(1);
	xsRemember(udp->target);
	udp->next = udps;
	udps = udp;
	follow_netif(udp);
}

void lws_udp_destructor(void *data)
{
	xsMachine *the = js_the;
	struct udp *udp = data, **link = &udps;
	struct datagram *datagram;

	if (!udp)
		return;
	while (*link != udp)
		link = &(*link)->next;
	*link = udp->next;
	for (int i = 0; i <= GROUP; i++)
		close_place(&udp->places[i]);
	while ((datagram = udp->first)) {
		udp->first = datagram->next;
		heap_free(datagram);
	}
	xsForget(udp->object);
	xsForget(udp->target);
	heap_free(udp);
}

static void lws_udp_close(xsMachine *the)
{
	lws_udp_destructor(xsmcGetHostDataValidate(xsThis, (void *)lws_udp_destructor));
	xsmcSetHostData(xsThis, NULL);
}

static void lws_udp_read(xsMachine *the)
{
	struct udp *udp = udp_of(the);
	struct buffer_range into = js_buffer(the, &xsArg(0), true);
	uint32_t to, from = js_range(the, 1, 2, into.length, &to), length;
	struct datagram *datagram = udp->first;

	xsmcSetInteger(xsResult, -1);
	if (!datagram)
		return;
	length = datagram->length < to - from ? datagram->length : to - from;
	memcpy(into.data + from, datagram->data, length);
	udp->sender_address = datagram->address;
	udp->sender_port = datagram->port;
	udp->sender_interface = (enum interface)datagram->interface;
	udp->sender_grouped = datagram->grouped;
	udp->first = datagram->next;
	if (!udp->first)
		udp->last = &udp->first;
	udp->waiting--;
	heap_free(datagram);
	xsmcSetInteger(xsResult, (xsIntegerValue)length);
}

/* False only where there was no room; what the network loses is lost without a word. */
static bool send_by(struct udp *udp, int at, const struct sockaddr_in *to, const uint8_t *data, uint32_t length)
{
	struct place *place = &udp->places[at];
	struct sockaddr_in peer = *to;

	if (place->watch.fd < 0 || sockets_dropped[at])
		return true;
	peers_out(&peer);
	return sendto(place->watch.fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&peer, sizeof peer) >= 0
		|| (errno != EAGAIN && errno != ENOBUFS);
}

static void lws_udp_write(xsMachine *the)
{
	struct udp *udp = udp_of(the);
	struct sockaddr_in peer = {.sin_family = AF_INET};
	struct buffer_range source;
	uint32_t to, from;
	bool sent = true;
	int only = INTERFACES;

	peer.sin_addr.s_addr = address_argument(the, &xsArg(3));
	peer.sin_port = htons(port_argument(the, &xsArg(4), 1));
	source = js_buffer(the, &xsArg(0), false);
	from = js_range(the, 1, 2, source.length, &to);
	if (to - from > PAYLOAD)
		xsRangeError("datagram too long");
	if (xsmcArgc > 5 && xsmcTypeOf(xsArg(5)) != xsUndefinedType)
		only = interface_argument(the, &xsArg(5));
	if (is_group(peer.sin_addr.s_addr)) {
		for (int i = 0; options.netns && i < INTERFACES; i++) {
			if (only == INTERFACES || only == i)
				sent = send_by(udp, i, &peer, source.data + from, to - from) && sent;
		}
	}
	else if (only != INTERFACES)
		sent = send_by(udp, only, &peer, source.data + from, to - from);
	else if (interface_reaches(peer.sin_addr.s_addr)) {
		/* An answer leaves by the socket that the question came to. */
		bool answer = peer.sin_addr.s_addr == udp->sender_address && ntohs(peer.sin_port) == udp->sender_port;
		int at = answer ? (int)udp->sender_interface : (int)interface_towards(peer.sin_addr.s_addr);
		if (at != INTERFACES)
			sent = send_by(udp, at, &peer, source.data + from, to - from);
	}
	xsmcSetBoolean(xsResult, sent);
}

static void lws_udp_join(xsMachine *the)
{
	struct udp *udp = udp_of(the);
	uint32_t group = address_argument(the, &xsArg(0));

	if (!IN_MULTICAST(ntohl(group)))
		xsRangeError("invalid address");
	if (udp->group && udp->group != group)
		xsUnknownError("one group only");
	udp->group = group;
	open_group(udp);
}

static void lws_udp_get_address(xsMachine *the)
{
	char text[INET_ADDRSTRLEN];

	address_text(udp_of(the)->sender_address, text);
	xsmcSetString(xsResult, text);
}

static void lws_udp_get_port(xsMachine *the)
{
	xsmcSetInteger(xsResult, udp_of(the)->sender_port);
}

static void lws_udp_get_interface(xsMachine *the)
{
	xsmcSetString(xsResult, udp_of(the)->sender_interface == STATION ? "station" : "ap");
}

static void lws_udp_get_grouped(xsMachine *the)
{
	xsmcSetBoolean(xsResult, udp_of(the)->sender_grouped);
}

/* On loopback, where nothing is routed, everybody is a neighbour. */
static void lws_udp_get_near(xsMachine *the)
{
	struct udp *udp = udp_of(the);
	const struct netif *netif = interface_netif(udp->sender_interface);

	xsmcSetBoolean(xsResult, !options.netns || (netif->up && !((udp->sender_address ^ netif->address) & netif->mask)));
}

const struct native natives_udp[] = {
	{"lws_udp_destructor", lws_udp_destructor},
	{"lws_udp", lws_udp},
	{"lws_udp_read", lws_udp_read},
	{"lws_udp_write", lws_udp_write},
	{"lws_udp_join", lws_udp_join},
	{"lws_udp_close", lws_udp_close},
	{"lws_udp_get_address", lws_udp_get_address},
	{"lws_udp_get_port", lws_udp_get_port},
	{"lws_udp_get_interface", lws_udp_get_interface},
	{"lws_udp_get_grouped", lws_udp_get_grouped},
	{"lws_udp_get_near", lws_udp_get_near},
	{NULL, NULL},
};
