/* Steps that scenarios have in common: a listener, one connection of it, and what is left at the end. */
#include "fakes.h"

#include <stdio.h>

extern int connectionsCount(void);

Object *self, *owner, *target, *socket;

static uint8_t data[16384];

static int number(xsSlot slot)
{
	return (int)slot.number;
}

int readSome(Object *tcp, int most)
{
	xsSlot result;

	CHECK(!invoke(lws_tcp_read, tcp, &result, bytes(data, sizeof data), engineInteger(0), engineInteger(most), (xsSlot){ 0 }));
	return number(result);
}

int writeSome(Object *tcp, int length)
{
	xsSlot result;

	CHECK(!invoke(lws_tcp_write, tcp, &result, bytes(data, sizeof data), engineInteger(0), engineInteger(length), (xsSlot){ 0 }));
	return number(result);
}

void call(Native *native, Object *object)
{
	CHECK(!invoke(native, object, NULL, (xsSlot){ 0 }));
}

void start(void)
{
	self = newTarget();
	owner = newTarget();
	target = newTarget();
	CHECK(!invoke(lws_listener, self, NULL, options(80, owner, NULL), (xsSlot){ 0 }));
}

void takeIt(Object *unused)
{
	xsSlot result;

	(void)unused;
	CHECK(!invoke(lws_listener_accept, self, &result, reference(target), (xsSlot){ 0 }));
	socket = result.type == xsReferenceType ? result.object : NULL;
}

struct tcp_pcb *accepted(void)
{
	struct tcp_pcb *pcb = peerConnects(80);

	CHECK(pcb);
	turns();
	CHECK(logged(owner, "onConnection,"));
	takeIt(NULL);
	CHECK(socket);
	turns();
	CHECK(logged(target, ""));
	return pcb;
}

/* TIME_WAIT is lwIP's own affair; everything else must be gone. */
void end(const char *name)
{
	if (self->data)
		call(lws_listener_close, self);
	turns();
	CHECK(logged(target, ""));
	CHECK(pcbsLive == 0);
	CHECK(buffersLive == 0);
	CHECK(connectionsCount() == 0);
	CHECK(engineRoots == 1);	/* the prototype of TCP objects, for good */
	printf("%s\n", name);
}
