/*
 * From lwIP's task to the scripts. The SDK's queue of messages may be full, and whoever waits for room in it stops all traffic; so a message is only
 * a wake-up, of which one at most is under way. What there is to report stands in a list, and is found there however many events it stands for.
 */
#include "lws-lwip.h"

#include "esp_netif.h"
#include "lwip/timeouts.h"
#include "xsHost.h"

enum { RETRY = 10 };	/* ms until a wake-up that found the queue full is tried again */

static xsMachine *machine;
static Source *first, **last = &first;
static bool wakeUp;	/* a message is in the queue, or a timer runs that will put it there */
static bool reporting;

static void deliver(void *the, void *refcon, uint8_t *message, uint16_t length);
static void retry(void *unused);

static void nudge(void *unused)
{
	(void)unused;
}

static void post(void)
{
	if (modMessagePostToMachineFromISR(machine, deliver, NULL) == 0)
		return;
	/* lwIP's task looks for new timers only after a message, and this may be the other task */
	sys_timeout(RETRY, retry, NULL);
	tcpip_try_callback(nudge, NULL);
}

static void retry(void *unused)
{
	(void)unused;
	post();
}

static void wake(void)
{
	if (wakeUp || !first)
		return;
	wakeUp = true;
	post();
}

void sourceWakes(Source *source)
{
	if (!source->waiting) {
		source->waiting = true;
		source->next = NULL;
		*last = source;
		last = &source->next;
	}
	wake();
}

void sourceSleeps(Source *source)
{
	Source **link = &first;

	if (!source->waiting)
		return;
	while (*link != source)
		link = &(*link)->next;
	*link = source->next;
	if (!source->next)
		last = link;
	source->waiting = false;
}

static Source *take(void)
{
	Source *source = first;

	if (source)
		sourceSleeps(source);
	return source;
}

/* Those that are in the list now; what comes meanwhile is reported in a turn of its own, after timers had theirs. */
static void deliver(void *the, void *refcon, uint8_t *message, uint16_t length)
{
	int count = 0;

	(void)refcon, (void)message, (void)length;
	LOCK_TCPIP_CORE();
	for (Source *source = first; source; source = source->next)
		count++;
	reporting = true;
	while (count-- > 0) {
		Source *source = take();

		if (!source)
			break;
		UNLOCK_TCPIP_CORE();
		source->report(the, source);
		LOCK_TCPIP_CORE();
		connectionsSend();
	}
	reporting = false;
	wakeUp = false;
	wake();
	UNLOCK_TCPIP_CORE();
}

bool networkReports(void)
{
	return reporting;
}

xsMachine *networkMachine(void)
{
	return machine;
}

void networkStart(xsMachine *the)
{
	if (machine)
		return;
	if (esp_netif_init() != ESP_OK)
		xsUnknownError("no network");
	machine = the;
	LOCK_TCPIP_CORE();
	netifsWatch();
	UNLOCK_TCPIP_CORE();
}
