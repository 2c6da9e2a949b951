/* What happens to connections in an order that a network chooses. Each scenario ends with nothing left over. */
#include "fakes.h"

#include <string.h>

static void requestBeforeAccept(void)
{
	struct tcp_pcb *pcb;

	start();
	pcb = peerConnects(80);
	peerSends(pcb, 100);
	peerEnds(pcb);
	turns();
	CHECK(logged(owner, "onConnection,"));
	takeIt(NULL);
	CHECK(logged(target, ""));	/* nothing from within a call */
	turns();
	CHECK(logged(target, "onReadable 100,"));
	CHECK(readSome(socket, 60) == 60);
	turns();
	CHECK(logged(target, ""));	/* not again for what was left */
	CHECK(readSome(socket, 60) == 40);
	turns();
	CHECK(logged(target, "onEnd,"));
	CHECK(writeSome(socket, 5000) == 5000);	/* it may still be answered */
	call(lws_tcp_shutdown, socket);
	peerTakes(pcb, 5000);	/* and our FIN: lwIP frees it */
	turns();
	call(lws_tcp_close, socket);
	end("a request and a FIN that come before the connection is accepted");
}

static void resetBeforeAccept(void)
{
	start();
	for (int i = 0; i < 100; i++) {
		struct tcp_pcb *pcb = peerConnects(80);

		peerSends(pcb, 10);
		if (i % 2)
			turns();
		peerResets(pcb);
		turns();
		takeIt(NULL);
		CHECK(!socket);
	}
	*owner->log = 0;
	accepted();
	call(lws_tcp_abort, socket);
	end("100 resets before the connection is accepted, and one that is not reset");
}

static void resetLater(void)
{
	struct tcp_pcb *pcb;

	start();
	pcb = accepted();
	peerSends(pcb, 10);
	peerResets(pcb);
	turns();
	CHECK(logged(target, "onReadable 10,onClosed reset,"));
	CHECK(writeSome(socket, 10) == 0);
	call(lws_tcp_close, socket);
	pcb = accepted();
	timesOut(pcb);
	turns();
	CHECK(logged(target, "onClosed timeout,"));
	end("a reset and a timeout, each told once");
}

static void closeInHandler(Object *unused)
{
	(void)unused;
	call(lws_tcp_close, socket);
}

static void closedInHandler(void)
{
	struct tcp_pcb *pcb;

	start();
	pcb = accepted();
	target->trap = "onReadable";
	target->hook = closeInHandler;
	resetsSent = 0;
	peerSends(pcb, 10);
	peerEnds(pcb);
	turns();
	CHECK(logged(target, "onReadable 10,"));
	CHECK(resetsSent == 1);	/* for what was not read */
	end("no event after close(), and a RST for what was not read");
}

static void weEndFirst(void)
{
	struct tcp_pcb *pcb;

	start();
	for (int unacknowledged = 0; unacknowledged < 2; unacknowledged++) {
		pcb = accepted();
		CHECK(writeSome(socket, 10) == 10);
		call(lws_tcp_shutdown, socket);
		CHECK(writeSome(socket, 10) == 0);
		if (!unacknowledged)
			peerTakes(pcb, 10);
		peerSends(pcb, 7);
		peerEnds(pcb);
		timeWaitEnds(pcb);	/* without a word to us */
		turns();
		CHECK(logged(target, "onReadable 7,"));
		CHECK(readSome(socket, 10) == 7);
		turns();
		CHECK(logged(target, "onEnd,"));
		call(lws_tcp_close, socket);
	}
	end("our FIN first: lwIP frees the connection without a word, and nobody uses it");
}

static void room(void)
{
	struct tcp_pcb *pcb;

	start();
	pcb = accepted();
	CHECK(writeSome(socket, 10000) == 8192);
	CHECK(writeSome(socket, 1) == 0);
	turns();
	CHECK(logged(target, ""));
	peerTakes(pcb, 1000);
	turns();
	CHECK(logged(target, "onWritable,"));
	peerTakes(pcb, 7192);
	turns();
	CHECK(logged(target, ""));	/* once: nothing was asked for since */
	memoryFull = true;
	CHECK(writeSome(socket, 100) == 0);
	memoryFull = false;
	pollTimer(pcb);	/* no acknowledgement will come */
	turns();
	CHECK(logged(target, "onWritable,"));
	call(lws_tcp_abort, socket);
	end("room to send, and memory for it, are told when they are there again");
}

static void writeTwice(Object *unused)
{
	(void)unused;
	writeSome(socket, 100);
	writeSome(socket, 100);
	CHECK(segmentsSent == 0);
}

static void together(void)
{
	struct tcp_pcb *pcb;

	start();
	pcb = accepted();
	target->trap = "onReadable";
	target->hook = writeTwice;
	segmentsSent = 0;
	peerSends(pcb, 10);
	turns();
	CHECK(logged(target, "onReadable 10,"));
	CHECK(segmentsSent == 1);
	call(lws_tcp_abort, socket);
	end("what is written in one turn is sent together");
}

static void smallPieces(void)
{
	struct tcp_pcb *pcb;

	start();
	pcb = accepted();
	for (int i = 0; i < 2000; i++)
		peerSends(pcb, 1);
	CHECK(buffersLive <= 17);
	turns();
	CHECK(logged(target, "onReadable 2000,"));
	CHECK(readSome(socket, 3000) == 2000);
	peerSends(pcb, 8192);	/* there is room for a whole window again */
	turns();
	CHECK(logged(target, "onReadable 8192,"));
	call(lws_tcp_abort, socket);
	end("a peer that sends byte by byte takes no more than a few buffers");
}

static void limits(void)
{
	Object *sockets[16];
	int count = 0;

	start();
	resetsSent = 0;
	for (; count < 6; count++)
		CHECK(peerConnects(80));
	turns();
	for (int i = 0; i < 6; i++) {
		takeIt(NULL);
		sockets[i] = socket;
	}
	for (; count < 24; count++)
		CHECK(peerConnects(80));
	CHECK(!peerConnects(80));
	turns();
	CHECK(strlen(owner->log) == 16 * strlen("onConnection,"));	/* eight wait, of which nobody knows */
	for (int i = 6; i < 16; i++) {
		takeIt(NULL);
		sockets[i] = socket;
	}
	takeIt(NULL);
	CHECK(!socket);
	CHECK(!peerConnects(80));
	CHECK(!strcmp(invoke(lws_tcp, newTarget(), NULL, options(80, target, "10.0.0.1"), (xsSlot){ 0 }), "no socket"));
	CHECK(resetsSent == 0);	/* a peer that is not answered tries again */
	*owner->log = 0;
	call(lws_tcp_abort, sockets[3]);
	CHECK(peerConnects(80) && !peerConnects(80));
	turns();
	CHECK(logged(owner, "onConnection,"));
	takeIt(NULL);
	sockets[3] = socket;
	for (int i = 0; i < 16; i++)
		call(lws_tcp_abort, sockets[i]);
	call(lws_listener_close, self);	/* with those that wait */
	*owner->log = 0;
	end("sixteen are open, eight wait, and no more");
}

static void closedOnes(void)
{
	start();
	remember(40);
	accepted();
	CHECK(remembered(false) == 16);
	call(lws_tcp_abort, socket);
	CHECK(remembered(true) == 16);
	end("of those that were closed, sixteen are remembered");
}

static void notAccepting(void)
{
	start();
	CHECK(!invoke(lws_listener_set_accepting, self, NULL, engineInteger(0), (xsSlot){ 0 }));
	for (int i = 0; i < 8; i++)
		CHECK(peerConnects(80));
	CHECK(!peerConnects(80));
	turns();
	CHECK(logged(owner, ""));
	takeIt(NULL);
	CHECK(!socket);
	CHECK(!invoke(lws_listener_set_accepting, self, NULL, engineInteger(1), (xsSlot){ 0 }));
	CHECK(logged(owner, ""));
	turns();
	CHECK(strlen(owner->log) == 8 * strlen("onConnection,"));
	end("eight connections wait while none is accepted");
}

static void networkDown(void)
{
	struct tcp_pcb *pcb;

	start();
	pcb = accepted();
	peerSends(pcb, 10);
	peerConnects(80);
	stationGoes();
	turns();
	CHECK(logged(target, "onClosed network down,"));
	CHECK(!strcmp(invoke(lws_tcp, newTarget(), NULL, options(80, target, "10.0.0.1"), (xsSlot){ 0 }), "no network"));
	stationComes();
	*owner->log = 0;
	end("an interface that goes down ends its connections");
}

static void clients(void)
{
	start();
	for (int refused = 0; refused < 2; refused++) {
		socket = newTarget();
		CHECK(!invoke(lws_tcp, socket, NULL, options(80, target, "10.0.0.1"), (xsSlot){ 0 }));
		turns();
		CHECK(logged(target, ""));
		CHECK(writeSome(socket, 10) == 0);
		if (refused) {
			peerResets(lastPcb());
			turns();
			CHECK(logged(target, "onClosed refused,"));
		}
		else {
			peerAnswers(lastPcb());
			turns();
			CHECK(logged(target, "onWritable,"));
			call(lws_tcp_abort, socket);
		}
	}
	CHECK(!strcmp(invoke(lws_tcp, newTarget(), NULL, options(80, target, "10.1"), (xsSlot){ 0 }), "invalid address"));
	end("a connection of ours succeeds, or is refused");
}

static void fullQueue(void)
{
	struct tcp_pcb *pcb;

	start();
	queueFull = true;
	pcb = peerConnects(80);
	peerSends(pcb, 10);
	CHECK(!turn());
	retryTimer();
	CHECK(!turn());
	queueFull = false;
	retryTimer();
	turns();
	CHECK(logged(owner, "onConnection,"));
	takeIt(NULL);
	turns();
	CHECK(logged(target, "onReadable 10,"));
	call(lws_tcp_abort, socket);
	end("a queue that is full loses nothing");
}

int main(void)
{
	requestBeforeAccept();
	resetBeforeAccept();
	resetLater();
	closedInHandler();
	weEndFirst();
	room();
	together();
	smallPieces();
	limits();
	closedOnes();
	notAccepting();
	networkDown();
	clients();
	fullQueue();
	return 0;
}
