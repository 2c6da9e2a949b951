/*
 * Datagrams from the kernel into the native heap, each with the interface that it came by.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "udp.h"

/* Where a datagram to the group came in, which lwIP tells its receivers, too. */
static int arrival(struct msghdr *message)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(message);
	struct in_pktinfo info;
	char name[IF_NAMESIZE];

	for (; part; part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(part), sizeof info);
		if (if_indextoname((unsigned)info.ipi_ifindex, name))
			return !strcmp(name, "sta0") ? STATION : !strcmp(name, "ap0") ? ACCESS_POINT : INTERFACES;
	}
	return INTERFACES;
}

int udp_take(struct udp *udp, struct place *place)
{
	static uint8_t data[PAYLOAD];
	struct sockaddr_in from;
	struct iovec vector = {data, sizeof data};
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &vector, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof control};
	ssize_t length = recvmsg(place->watch.fd, &message, MSG_DONTWAIT);
	int at = (int)(place - udp->places);
	struct datagram *datagram;

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 1;	/* an ICMP message about an earlier datagram is no datagram, but more may wait */
	if (at == GROUP)
		at = arrival(&message);
	if (at == INTERFACES || sockets_dropped[at])
		return 1;
	datagram = udp->waiting < WAITING ? heap_alloc(sizeof *datagram + (size_t)length) : NULL;
	if (!datagram)
		return 0;
	peers_in(&from);
	datagram->address = from.sin_addr.s_addr;
	datagram->port = ntohs(from.sin_port);
	datagram->length = (uint16_t)length;
	datagram->interface = (uint8_t)at;
	datagram->grouped = place == &udp->places[GROUP];
	memcpy(datagram->data, data, (size_t)length);
	*udp->last = datagram;
	udp->last = &datagram->next;
	udp->waiting++;
	return 1;
}
