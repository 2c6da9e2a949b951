/*
 * Reports of a connection to its target, in the task of the scripts. lwIP's callbacks only said "look"; what is reported comes from looking, so that
 * one that comes late or twice does no harm.
 */
#include "lws-lwip.h"

typedef enum { CONNECTED, READABLE, FAILED, WRITABLE, ENDED, EVENTS } Event;

/* With the lock held: whether there is that to report; then it is taken for reported. */
static bool isDue(Connection *c, Event event)
{
	int unread = c->unread ? c->unread->tot_len : 0;

	switch (event) {
	case CONNECTED:
		if (!c->connecting || !c->connected || c->failure)
			return false;
		c->connecting = c->wantsRoom = false;
		if (c->shut && c->pcb)
			tcp_shutdown(c->pcb, 0, 1);
		return true;
	case READABLE:
		if (c->connecting || c->failure == NETWORK_DOWN || unread <= c->known)
			return false;
		c->known = (uint16_t)unread;
		return true;
	case FAILED:
		return c->failure;
	case WRITABLE:
		if (!c->wantsRoom || connectionRoom(c) == 0)
			return false;
		c->wantsRoom = false;
		return true;
	case ENDED:
		if (!c->fin || c->ended || unread > 0)
			return false;
		c->ended = true;
		return true;
	default:
		return false;
	}
}

static void fail(xsMachine *the, Connection *c, xsIdentifier onClosed)
{
	const char *reason = c->failure;

	xsVar(0) = c->target;
	LOCK_TCPIP_CORE();
	connectionClose(c, true);
	UNLOCK_TCPIP_CORE();
	xsCall1_noResult(xsVar(0), onClosed, xsString(reason));
}

/* A script may close the connection in each of the calls: look again after it. */
void connectionReport(xsMachine *the, Source *source)
{
	static xsIdentifier ids[EVENTS];
	Connection *c = (Connection *)source;
	Tcp *tcp = c->tcp;

	xsBeginHost(the);
	xsmcVars(1);
	if (!ids[ENDED]) {
		ids[CONNECTED] = ids[WRITABLE] = xsID("onWritable");
		ids[READABLE] = xsID("onReadable");
		ids[FAILED] = xsID("onClosed");
		ids[ENDED] = xsID("onEnd");
	}
	xsVar(0) = c->object;	/* the object, and with it tcp, outlive what a handler does */
	for (Event event = CONNECTED; event < EVENTS && c; event++) {
		bool due;

		LOCK_TCPIP_CORE();
		due = isDue(c, event);
		UNLOCK_TCPIP_CORE();
		if (due && event == FAILED)
			fail(the, c, ids[event]);
		else if (due && event == READABLE)
			xsCall1_noResult(c->target, ids[event], xsInteger(c->known));
		else if (due)
			xsCall0_noResult(c->target, ids[event]);
		c = tcp->connection;
	}
	xsEndHost(the);
}
