/*
 * What the files of the network natives share. Interfaces of the device are mapped to addresses of the host: either loopback
 * addresses with ports moved by --port-base, or, inside a network namespace, the true ones.
 */
#ifndef LWS_XS_SOCKETS_H
#define LWS_XS_SOCKETS_H

#include <netinet/in.h>

#include "../host.h"

/* lwIP's limits as sdkconfig sets them for the chip. */
#define SOCKETS_MAX 16		/* MEMP_NUM_TCP_PCB */
#define SOCKETS_WINDOW 8192	/* TCP_WND and TCP_SND_BUF */
#define SOCKETS_MSS 1436	/* TCP_MSS */
#define SOCKETS_BACKLOG 8
#define SOCKETS_BYTES 264	/* native heap that one connection takes on the chip */

typedef void native_code(xsMachine *the);

enum interface { STATION, ACCESS_POINT, INTERFACES };

/* sockets.c */
extern bool sockets_dropped[INTERFACES];
void sockets_drop(enum interface interface, bool on);	/* black hole: nothing arrives by this interface, nothing leaves */
const struct netif *interface_netif(enum interface interface);
const char *interface_name(enum interface interface);
/* Host address and port behind a port of the device; false when the port can't be mapped. */
bool interface_map(enum interface interface, uint16_t port, struct sockaddr_in *out);
uint16_t interface_unmap(uint16_t port);	/* host port of a listener → the device's */
/* The interface that a packet to address (network order) leaves by; INTERFACES when none is up. */
enum interface interface_towards(uint32_t address);
/* False when address can't be reached because the access point we are connected to has no internet. */
bool interface_reaches(uint32_t address);
void address_text(uint32_t address, char text[INET_ADDRSTRLEN]);
/* The string as dotted IPv4 address, network order; throws RangeError. */
uint32_t address_argument(xsMachine *the, xsSlot *slot);
enum interface interface_argument(xsMachine *the, xsSlot *slot);	/* "station" or "ap"; throws Error */
uint16_t port_argument(xsMachine *the, xsSlot *slot, int least);

/*
 * connection.c: one TCP connection of the device. Its record exists from the kernel's accept or our connect until it is closed; the
 * small struct tcp behind the JavaScript object stays until that is collected, so that addresses outlive the connection.
 */
struct listener;

struct tcp {
	struct connection *connection;	/* NULL once closed */
	uint32_t remote_address, local_address;	/* network byte order */
	uint16_t remote_port, local_port;
};

struct connection {
	struct loop_watch watch;	/* must be first */
	struct loop_timer later;	/* reports from a later turn what a call found out */
	struct connection *next;
	struct tcp *tcp;		/* NULL while it waits for listener to accept it */
	struct listener *listener;
	xsSlot object, target;		/* GC roots while tcp is not NULL */
	uint32_t address;		/* the device's own, when it began */
	enum interface interface;
	int known;			/* unread bytes that the target has been told of */
	int error;			/* errno that ended it; reported next */
	bool connecting, ended, shut;
	bool fin;			/* the peer's has come, perhaps behind unread bytes */
	bool want_write;		/* the target waits for onWritable */
};

extern struct connection *connections;	/* oldest first */
int connections_count(void);
void connections_netif_changed(void);
void connections_drop_changed(enum interface interface);
void connection_tune(int fd);		/* buffers and segment size: before listen or connect, so that connections inherit them */
/* A record for fd, watched; NULL without native memory (fd stays open then). */
struct connection *connection_new(int fd, enum interface interface);
void connection_own(xsMachine *the, struct connection *connection, struct tcp *tcp, xsSlot *object, xsSlot *target);
void connection_retarget(xsMachine *the, struct connection *connection, xsSlot *target);
void connection_close(struct connection *connection, bool reset);	/* frees it; no event of it comes any more */
void connection_reset_fd(int fd);	/* closes it with a RST */
void connection_later(struct connection *connection);
/* onWritable when there is room again. Nothing polls: the kernel is made to see a full socket, and gives an edge when it no longer is. */
void connection_want_room(struct connection *connection);
int connection_unread(const struct connection *connection);

/* tcp.c */
/* connection, which waited in a listener, as a TCP object in xsResult. Throws (and closes it) without native memory. */
void tcp_adopt(xsMachine *the, struct connection *connection, xsSlot *target);
native_code lws_tcp, lws_tcp_read, lws_tcp_write, lws_tcp_shutdown, lws_tcp_close, lws_tcp_abort, lws_tcp_get_readable,
	lws_tcp_set_target, lws_tcp_get_remoteAddress, lws_tcp_get_remotePort, lws_tcp_get_localAddress, lws_tcp_get_localPort;
void lws_tcp_destructor(void *data);

/* listener.c */
void listeners_netif_changed(void);
void listeners_resume(void);		/* a socket is free again, or an interface flows again: from the event loop */
native_code lws_listener, lws_listener_accept, lws_listener_set_accepting, lws_listener_close, lws_listener_get_port,
	lws_listener_get_connections;
void lws_listener_destructor(void *data);

/* udp.c */
void udp_netif_changed(void);
void lws_udp_destructor(void *data);

/* netif.c */
const char *netif_hostname(void);

#endif
