/*
 * The network of the device on the host: which address and port of the host stand for an interface, and what happens to sockets
 * when an interface comes, goes or falls silent.
 */
#include <arpa/inet.h>
#include <string.h>

#include "../host.h"
#include "../wifi.h"
#include "sockets.h"

bool sockets_dropped[INTERFACES];

const struct netif *interface_netif(enum interface interface)
{
	return interface == STATION ? &netif_station : &netif_ap;
}

const char *interface_name(enum interface interface)
{
	return interface == STATION ? "station" : "access point";
}

bool interface_map(enum interface interface, uint16_t port, struct sockaddr_in *out)
{
	*out = (struct sockaddr_in){.sin_family = AF_INET};
	if (options.netns) {
		out->sin_addr.s_addr = interface_netif(interface)->address;
		out->sin_port = htons(port);
		return true;
	}
	if (port && options.port_base + port > 65535)
		return false;
	out->sin_port = port ? htons((uint16_t)(options.port_base + port)) : 0;
	return inet_pton(AF_INET, interface == STATION ? options.sta_address : options.ap_address, &out->sin_addr) == 1;
}

uint16_t interface_unmap(uint16_t port)
{
	return options.netns ? port : (uint16_t)(port - options.port_base);
}

enum interface interface_towards(uint32_t address)
{
	if (netif_ap.up && (!netif_station.up || ((address ^ netif_ap.address) & netif_ap.mask) == 0))
		return ACCESS_POINT;
	return netif_station.up ? STATION : INTERFACES;
}

bool interface_reaches(uint32_t address)
{
	return interface_towards(address) != STATION || wifi_internet() || ((address ^ netif_station.address) & netif_station.mask) == 0;
}

void address_text(uint32_t address, char text[INET_ADDRSTRLEN])
{
	inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

uint32_t address_argument(xsMachine *the, xsSlot *slot)
{
	uint32_t address = 0;

	if (inet_pton(AF_INET, xsmcToString(*slot), &address) != 1)
		xsRangeError("invalid address");
	return address;
}

uint16_t port_argument(xsMachine *the, xsSlot *slot, int least)
{
	int port = xsmcToInteger(*slot);

	if (port < least || port > 65535)
		xsRangeError("invalid port");
	return (uint16_t)port;
}

enum interface interface_argument(xsMachine *the, xsSlot *slot)
{
	const char *name = xsmcToString(*slot);

	if (strcmp(name, "station") && strcmp(name, "ap"))
		xsUnknownError("no interface");
	return !strcmp(name, "ap") ? ACCESS_POINT : STATION;
}

int sockets_count(void)
{
	return connections_count();
}

/* Connections first: what is lost is lost before listeners take what is new. */
void sockets_netif_changed(void)
{
	connections_netif_changed();
	listeners_netif_changed();
	udp_netif_changed();
}

void sockets_drop(enum interface interface, bool on)
{
	if (sockets_dropped[interface] == on)
		return;
	sockets_dropped[interface] = on;
	console('W', "net", "%s: traffic %s", interface_name(interface), on ? "vanishes" : "flows again");
	if (on)
		return;
	connections_drop_changed(interface);
	listeners_resume();
}

const struct native natives_sockets[] = {
	{"lws_tcp_destructor", lws_tcp_destructor},
	{"lws_tcp", lws_tcp},
	{"lws_tcp_read", lws_tcp_read},
	{"lws_tcp_write", lws_tcp_write},
	{"lws_tcp_shutdown", lws_tcp_shutdown},
	{"lws_tcp_close", lws_tcp_close},
	{"lws_tcp_abort", lws_tcp_abort},
	{"lws_tcp_get_readable", lws_tcp_get_readable},
	{"lws_tcp_set_target", lws_tcp_set_target},
	{"lws_tcp_get_remoteAddress", lws_tcp_get_remoteAddress},
	{"lws_tcp_get_remotePort", lws_tcp_get_remotePort},
	{"lws_tcp_get_localAddress", lws_tcp_get_localAddress},
	{"lws_tcp_get_localPort", lws_tcp_get_localPort},
	{"lws_listener_destructor", lws_listener_destructor},
	{"lws_listener", lws_listener},
	{"lws_listener_accept", lws_listener_accept},
	{"lws_listener_set_accepting", lws_listener_set_accepting},
	{"lws_listener_close", lws_listener_close},
	{"lws_listener_get_port", lws_listener_get_port},
	{"lws_listener_get_connections", lws_listener_get_connections},
	{NULL, NULL},
};
