/* What scenarios say to the stand-ins for the engine and for lwIP, and ask them. */
#pragma once

#include "lwip/netif.h"
#include "lwip/tcp.h"
#include "xsmc.h"

/* engine.c */
struct Object {
	struct { const char *id; xsSlot value; } members[6];
	void *data;
	uint8_t *bytes;
	uint32_t length;
	char log[400];		/* of a target: what was called, as in "onReadable 5,onEnd," */
	const char *trap;	/* the name of a call */
	void (*hook)(Object *target);	/* made in it */
};

typedef void Native(xsMachine *the);

extern int engineRoots;
/* Calls a native; the error of what it throws, or NULL. The arguments end with one of type undefined. */
const char *invoke(Native *native, Object *self, xsSlot *result, ...);
Object *newTarget(void);
xsSlot reference(Object *object), options(double port, Object *target, const char *address);
xsSlot bytes(uint8_t *data, uint32_t length);
bool logged(Object *target, const char *log);	/* is it that, since the last time? */
void fail(const char *file, int line, const char *what);

#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

/* lwip.c and around.c: the other side of the wire, lwIP's task, and what is left over */
extern struct netif station;
extern bool locked, queueFull, memoryFull;
extern int pcbsLive, buffersLive, resetsSent, segmentsSent;
bool turn(void);	/* one message to the machine; false if there was none */
void turns(void);
void retryTimer(void);
struct tcp_pcb *peerConnects(u16_t port);	/* NULL if its SYN is not answered, or it is reset */
struct tcp_pcb *lastPcb(void);
void peerAnswers(struct tcp_pcb *pcb), peerSends(struct tcp_pcb *pcb, int length), peerEnds(struct tcp_pcb *pcb), peerResets(struct tcp_pcb *pcb);
void peerTakes(struct tcp_pcb *pcb, int length);	/* acknowledges that many bytes; and our FIN, if there are no more */
void timesOut(struct tcp_pcb *pcb), pollTimer(struct tcp_pcb *pcb), timeWaitEnds(struct tcp_pcb *pcb);
void remember(int count);	/* more connections that were closed */
int remembered(bool forget);
void stationGoes(void), stationComes(void);

/* The natives. */
extern Native lws_listener, lws_listener_accept, lws_listener_close, lws_listener_set_accepting, lws_tcp, lws_tcp_read, lws_tcp_write, lws_tcp_shutdown,
	lws_tcp_close, lws_tcp_abort;

/* steps.c */
extern Object *self, *owner, *target, *socket;	/* a listener and its target, a connection's target and object */
void start(void), end(const char *name);
void call(Native *native, Object *object);
void takeIt(Object *unused);	/* accepts into socket */
struct tcp_pcb *accepted(void);
int readSome(Object *tcp, int most), writeSome(Object *tcp, int length);
