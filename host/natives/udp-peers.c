/*
 * What --peer says: datagrams to one place go to another one on this computer, and what comes from there seems to come from the first. So
 * the name server and the time server of a test have the addresses and ports that the device knows them by.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "udp.h"

#define PEERS 8

static struct peer {
	struct sockaddr_in from, to;
} peers[PEERS];
static int count;

/* ADDRESS:PORT up to the character end. */
static bool parse(const char *text, char end, struct sockaddr_in *place)
{
	size_t length = strcspn(text, ":");
	char address[INET_ADDRSTRLEN], *rest;
	long port;

	if (!text[length] || length >= sizeof address)
		return false;
	memcpy(address, text, length);
	address[length] = 0;
	port = strtol(text + length + 1, &rest, 10);
	*place = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return *rest == end && port > 0 && port <= 65535 && inet_pton(AF_INET, address, &place->sin_addr) == 1;
}

bool peers_add(const char *text)
{
	const char *to = strchr(text, '=');

	if (!to || count == PEERS || !parse(text, '=', &peers[count].from) || !parse(to + 1, 0, &peers[count].to))
		return false;
	count++;
	return true;
}

static bool same(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return a->sin_addr.s_addr == b->sin_addr.s_addr && a->sin_port == b->sin_port;
}

void peers_out(struct sockaddr_in *to)
{
	for (int i = 0; i < count; i++)
		if (same(to, &peers[i].from)) {
			*to = peers[i].to;
			return;
		}
}

void peers_in(struct sockaddr_in *from)
{
	for (int i = 0; i < count; i++)
		if (same(from, &peers[i].to)) {
			*from = peers[i].from;
			return;
		}
}
