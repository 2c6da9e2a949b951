/*
 * The true interfaces of the device in its own network namespace: sta0 and ap0, whose other ends the test or the user has wired to
 * something. They carry an address while the simulated radio gives them one. The links themselves stay up: a veth pair takes a second
 * to come back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wifi.h"

static void set_address(struct sockaddr *out, uint32_t address)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = address};

	memcpy(out, &in, sizeof in);
}

static bool set_up(int fd, const char *name)
{
	struct ifreq request = {0};

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return false;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

static bool give_address(int fd, const char *name, uint32_t address, uint32_t mask)
{
	struct ifreq request = {0};

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	set_address(&request.ifr_addr, address);
	if (ioctl(fd, SIOCSIFADDR, &request))
		return address == 0;	/* there was none to take away */
	if (!address)
		return true;
	set_address(&request.ifr_netmask, mask);
	return ioctl(fd, SIOCSIFNETMASK, &request) == 0;
}

static bool give_route(int fd, const char *name, uint32_t gateway)
{
	struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = (char *)name};

	set_address(&route.rt_dst, 0);
	set_address(&route.rt_genmask, 0);
	set_address(&route.rt_gateway, gateway);
	return ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST;
}

void netns_apply(const char *name, const struct netif *netif)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	if (fd < 0)
		return;
	set_up(fd, "lo");
	done = set_up(fd, name) && give_address(fd, name, netif->address, netif->mask);
	if (done && netif->gateway && netif->gateway != netif->address)
		done = give_route(fd, name, netif->gateway);
	if (!done)
		console('E', "netns", "%s: %s", name, strerror(errno));
	close(fd);
}
