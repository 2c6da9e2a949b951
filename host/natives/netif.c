/*
 * The Netif class: addresses of the interfaces, and the host name for DHCP.
 */
#include <string.h>

#include "sockets.h"

static char hostname[32];

const char *netif_hostname(void)
{
	return hostname;
}

static void set_member(xsMachine *the, const char *name, uint32_t address)
{
	char text[INET_ADDRSTRLEN];

	address_text(address, text);
	xsmcSetString(xsVar(0), text);
	xsmcSet(xsResult, xsID(name), xsVar(0));
}

static void lws_netif_address(xsMachine *the)
{
	const struct netif *netif = interface_netif(interface_argument(the, &xsArg(0)));

	if (!netif->up)
		return;
	xsmcVars(1);
	xsmcSetNewObject(xsResult);
	set_member(the, "address", netif->address);
	set_member(the, "mask", netif->mask);
	set_member(the, "gateway", netif->gateway);
	set_member(the, "dns", netif->dns);
}

static void lws_netif_set_hostname(xsMachine *the)
{
	const char *name = xsmcToString(xsArg(0));

	if (strlen(name) >= sizeof hostname)
		xsRangeError("host name too long");
	strcpy(hostname, name);
}

const struct native natives_netif[] = {
	{"lws_netif_address", lws_netif_address},
	{"lws_netif_set_hostname", lws_netif_set_hostname},
	{NULL, NULL},
};
