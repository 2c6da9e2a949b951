/*
 * What the files of the network natives share. lwIP runs in a task of its own and holds the core lock while it works; scripts run in another, and
 * take that lock for each call. So one lock guards everything here, lwIP's structures and ours, and nothing of a script runs while it is held.
 */
#ifndef LWS_LWIP_H
#define LWS_LWIP_H

#include "lws-esp32.h"

#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"
#include "lwip/tcpip.h"

#if !LWIP_TCPIP_CORE_LOCKING
	#error "the natives of the sockets need CONFIG_LWIP_TCPIP_CORE_LOCKING"
#endif

/* Connections that wait for a place, for each listener. */
enum { BACKLOG = 8 };

typedef enum { STATION, ACCESS_POINT, INTERFACES } Interface;

/* lwip-loop.c: one list of those who have something to report, from lwIP's task to that of the scripts. */
typedef struct Source Source;

struct Source {
	Source *next;
	void (*report)(xsMachine *the, Source *source);	/* in the task of the scripts, without the lock */
	bool waiting;	/* is in the list */
};

void networkStart(xsMachine *the);	/* before the first use of lwIP, as often as wanted; throws */
xsMachine *networkMachine(void);
bool networkReports(void);		/* a report is being made: what is written now is sent after it */
/* With the lock held. A source that is freed must be out of the list. */
void sourceWakes(Source *source);
void sourceSleeps(Source *source);

/* lwip-netif.c. With the lock held, but for what takes the machine. */
struct netif *interfaceNetif(Interface interface);	/* NULL while it is down or has no address */
Interface interfaceOf(const struct netif *netif);
bool isOwnAddress(const ip4_addr_t *address);		/* an interface that is up has it */
void netifsWatch(void);
Interface interfaceArgument(xsMachine *the, int index);	/* "station" or "ap"; throws */
ip4_addr_t addressOf(xsMachine *the, xsSlot *slot);	/* a dotted address; throws RangeError */
uint16_t portOf(xsMachine *the, xsSlot *slot, int least);
void setAddress(xsMachine *the, ip4_addr_t address);	/* as dotted text in xsResult */

/*
 * lwip-connection.c: one TCP connection. Its record exists from lwIP's accept or our connect until it is closed; the Tcp behind the JavaScript object
 * stays until that is collected, so that addresses outlive the connection.
 */
typedef struct Connection Connection;
typedef struct Listener Listener;

typedef struct {
	Connection *connection;	/* NULL once closed */
	ip4_addr_t remote, local;
	uint16_t remotePort, localPort;
} Tcp;

struct Connection {
	Source source;		/* must be first */
	Connection *next;
	struct tcp_pcb *pcb;	/* NULL once lwIP has nothing more to tell of it, or has freed it */
	Tcp *tcp;		/* NULL while it waits for its listener to accept it */
	Listener *listener;
	struct pbuf *unread;
	xsSlot object, target;	/* roots while tcp is not NULL */
	ip4_addr_t local;
	uint16_t known;		/* unread bytes that the target has been told of */
	const char *failure;	/* why it ended; reported next */
	bool told;		/* its listener's target knows of it */
	bool connecting, connected, shut;
	bool fin, ended;	/* the peer's FIN has come, perhaps behind unread bytes; the target has been told */
	bool wantsRoom;		/* the target waits for onWritable */
	bool unsent;		/* written during a report: to be sent after it */
};

extern const char NETWORK_DOWN[];

/* With the lock held. */
extern Connection *connections;	/* oldest first */
int connectionsCount(void);		/* those that scripts have, or were told of */
void connectionsSend(void);		/* what was written during a report */
void connectionsCheck(void);		/* after a change of the interfaces: what has lost its address ends */
Connection *connectionNew(struct tcp_pcb *pcb);	/* NULL without memory */
void connectionOwn(xsMachine *the, Connection *connection, Tcp *tcp, xsSlot *object, xsSlot *target);
err_t connectionSucceeds(void *connection, struct tcp_pcb *pcb, err_t error);	/* for tcp_connect */
void connectionFails(Connection *connection, const char *failure);	/* which is reported, and closes it */
void connectionClose(Connection *connection, bool reset);	/* frees it; only from the task of the scripts if one owns it */
uint16_t connectionRoom(const Connection *connection);

/* lwip-report.c */
void connectionReport(xsMachine *the, Source *connection);

/* lwip-tcp.c: a TCP object without a connection in xsResult; NULL without memory. */
Tcp *tcpObject(xsMachine *the);
void lws_tcp_destructor(void *data);

/* lwip-listener.c. With the lock held: how many connections lwIP may take, after their number has changed. */
void listenersMakeRoom(void);

/* lwip-udp.c. With the lock held: groups are joined on interfaces that have come. */
void udpFollowsNetifs(const struct netif *removed);

#endif
