/*
 * The Netif class, and which of lwIP's interfaces are "station" and "ap": ESP-IDF calls them st and ap. A board with a cable instead of a radio has en
 * for its station.
 */
#include "lws-lwip.h"

#include <string.h>

#include "lwip/dns.h"

static char hostname[32];
static const struct netif *going;	/* lwIP tells of an interface that goes down before it is */

static bool isNamed(const struct netif *netif, const char name[2])
{
	return netif->name[0] == name[0] && netif->name[1] == name[1];
}

static bool hasAddress(const struct netif *netif)
{
	return netif != going && netif_is_up(netif) && netif_is_link_up(netif) && !ip4_addr_isany_val(*netif_ip4_addr(netif));
}

Interface interfaceOf(const struct netif *netif)
{
	if (isNamed(netif, "ap"))
		return ACCESS_POINT;
	return isNamed(netif, "st") || isNamed(netif, "en") ? STATION : INTERFACES;
}

struct netif *interfaceNetif(Interface interface)
{
	struct netif *netif;

	NETIF_FOREACH(netif) {
		if (interfaceOf(netif) == interface && hasAddress(netif))
			return netif;
	}
	return NULL;
}

bool isOwnAddress(const ip4_addr_t *address)
{
	struct netif *netif;

	NETIF_FOREACH(netif) {
		if (hasAddress(netif) && ip4_addr_cmp(netif_ip4_addr(netif), address))
			return true;
	}
	return false;
}

static void nameStation(struct netif *netif)
{
	if (*hostname && interfaceOf(netif) == STATION)
		netif_set_hostname(netif, hostname);
}

/* A DHCP client begins after its interface was added, so that a name that was given long before is there in time. */
static void changed(struct netif *netif, netif_nsc_reason_t reason, const netif_ext_callback_args_t *args)
{
	bool isRemoved = reason & LWIP_NSC_NETIF_REMOVED;

	if (isRemoved || ((reason & LWIP_NSC_STATUS_CHANGED) && !args->status_changed.state))
		going = netif;
	if (reason & LWIP_NSC_NETIF_ADDED)
		nameStation(netif);
	connectionsCheck();
	udpFollowsNetifs(isRemoved ? netif : NULL);
	going = NULL;
}

void netifsWatch(void)
{
	static netif_ext_callback_t callback;

	netif_add_ext_callback(&callback, changed);
}

Interface interfaceArgument(xsMachine *the, int index)
{
	const char *word = xsmcToString(xsArg(index));

	if (strcmp(word, "station") && strcmp(word, "ap"))
		xsUnknownError("no interface");
	return strcmp(word, "ap") ? STATION : ACCESS_POINT;
}

/* Four numbers from 0 to 255, and nothing else: lwIP would take "10.1" and "0x7f.1" as well. */
ip4_addr_t addressOf(xsMachine *the, xsSlot *slot)
{
	const char *text = xsmcToString(*slot);
	uint32_t value = 0;
	ip4_addr_t address;

	for (int part = 0; part < 4; part++) {
		uint32_t number = 0;
		int digits = 0;

		while (*text >= '0' && *text <= '9' && digits < 3 && (digits == 0 || number > 0)) {
			number = 10 * number + (uint32_t)(*text++ - '0');
			digits++;
		}
		if (digits == 0 || number > 255 || *text != (part < 3 ? '.' : 0))
			xsRangeError("invalid address");
		text += part < 3;
		value = value << 8 | number;
	}
	ip4_addr_set_u32(&address, lwip_htonl(value));
	return address;
}

uint16_t portOf(xsMachine *the, xsSlot *slot, int least)
{
	int port = xsmcToInteger(*slot);

	if (port < least || port > 65535)
		xsRangeError("invalid port");
	return (uint16_t)port;
}

void setAddress(xsMachine *the, ip4_addr_t address)
{
	char text[IP4ADDR_STRLEN_MAX];

	ip4addr_ntoa_r(&address, text, sizeof text);
	xsmcSetString(xsResult, text);
}

static void setMember(xsMachine *the, xsIdentifier id, ip4_addr_t address)
{
	char text[IP4ADDR_STRLEN_MAX];

	ip4addr_ntoa_r(&address, text, sizeof text);
	xsmcSetString(xsVar(0), text);
	xsmcSet(xsResult, id, xsVar(0));
}

void lws_netif_address(xsMachine *the)
{
	Interface interface = interfaceArgument(the, 0);
	ip4_addr_t address, mask, gateway, server;
	struct netif *netif;
	const ip_addr_t *dns;

	networkStart(the);
	LOCK_TCPIP_CORE();
	netif = interfaceNetif(interface);
	if (netif) {
		address = *netif_ip4_addr(netif);
		mask = *netif_ip4_netmask(netif);
		gateway = *netif_ip4_gw(netif);
		dns = dns_getserver(0);
		server = interface == STATION && IP_IS_V4(dns) ? *ip_2_ip4(dns) : *IP4_ADDR_ANY4;
	}
	UNLOCK_TCPIP_CORE();
	if (!netif)
		return;
	xsmcVars(1);
	xsmcSetNewObject(xsResult);
	setMember(the, xsID("address"), address);
	setMember(the, xsID("mask"), mask);
	setMember(the, xsID("gateway"), gateway);
	setMember(the, xsID("dns"), server);
}

void lws_netif_set_hostname(xsMachine *the)
{
	const char *text = xsmcToString(xsArg(0));
	struct netif *netif;

	if (strlen(text) >= sizeof hostname)
		xsRangeError("host name too long");
	networkStart(the);
	text = xsmcToString(xsArg(0));
	LOCK_TCPIP_CORE();
	strcpy(hostname, text);
	NETIF_FOREACH(netif)
		nameStation(netif);
	UNLOCK_TCPIP_CORE();
}
