/*
 * The SDK's timers. A timer that repeats stays until it is cleared; any other is gone once it has fired, even if its callback
 * scheduled it anew without a repeat, and Timer.schedule on it throws: so it is on the chip. What is called back is looked at only then,
 * and what is no function resets the device: so it is there, too.
 */
#include "../host.h"

struct timer {
	struct loop_timer timer;
	xsIntegerValue repeat;		/* ms; 0: once; below: at once, again and again */
	bool asleep;			/* waits for Timer.schedule */
	xsSlot *callback;		/* NULL if it is no object */
	xsSlot self;
};

static void mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
	struct timer *timer = data;

	if (timer->callback)
		mark_root(the, timer->callback);
}

static void destroy(void *data)
{
	struct timer *timer = data;

	if (!timer)
		return;
	loop_timer_stop(&timer->timer);
	heap_free(timer);
}

static const xsHostHooks hooks = { destroy, mark, NULL };

static struct timer *timer_of(xsSlot *slot)
{
	return js_host_data(slot, &hooks);
}

static void end(xsMachine *the, struct timer *timer)
{
	fxForget(the, &timer->self);
	fxSetHostData(the, &timer->self, NULL);
	destroy(timer);
}

/* What was due in the past is due now. */
static void start(struct timer *timer, xsIntegerValue delay)
{
	loop_timer_start(&timer->timer, delay > 0 ? (uint32_t)delay : 0);
}

static void fire(struct loop_timer *loop_timer)
{
	struct timer *timer = (struct timer *)(void *)((char *)loop_timer - offsetof(struct timer, timer));

	if (timer->repeat)
		start(timer, timer->repeat);
	xsBeginHost(js_the);
	xsmcVars(1);
	/* The callback may clear the timer; the object itself says whether it is still there. */
	xsVar(0) = timer->self;
	if (!timer->callback)
		xsTypeError("callback is no function");
	xsCallFunction1(xsReference(timer->callback), xsGlobal, xsVar(0));
	timer = timer_of(&xsVar(0));
	if (timer && !timer->repeat && !timer->asleep)
		end(the, timer);
	xsEndHost(js_the);
}

static xsIntegerValue interval(xsMachine *the, int index)
{
	return xsmcArgc > index ? xsmcToInteger(xsArg(index)) : 0;
}

static void create(xsMachine *the, xsIntegerValue delay, xsIntegerValue repeat)
{
	struct timer *timer;

	xsResult = xsNewHostObject(NULL);
	timer = heap_alloc(sizeof *timer);
	if (!timer)
		xsUnknownError("add failed");
	timer->timer.fire = fire;
	timer->repeat = repeat;
	timer->callback = xsmcArgc > 0 ? fxToReference(the, &xsArg(0)) : NULL;
	timer->self = xsResult;
	fxSetHostData(the, &xsResult, timer);
	fxSetHostHooks(the, &xsResult, &hooks);
	fxRemember(the, &timer->self);
	start(timer, delay);
}

static void timer_set(xsMachine *the)
{
	xsIntegerValue delay = interval(the, 1);

	create(the, delay, interval(the, 2));
}

static void timer_repeat(xsMachine *the)
{
	xsIntegerValue delay = interval(the, 1);

	create(the, delay, delay);
}

static void timer_schedule(xsMachine *the)
{
	struct timer *timer = timer_of(&xsArg(0));
	xsIntegerValue delay = interval(the, 1), repeat = interval(the, 2);

	if (!timer)
		xsSyntaxError("invalid");
	timer->repeat = repeat;
	timer->asleep = xsmcArgc == 1;
	if (timer->asleep)
		loop_timer_stop(&timer->timer);
	else
		start(timer, delay);
}

static void timer_clear(xsMachine *the)
{
	struct timer *timer = xsmcArgc ? timer_of(&xsArg(0)) : NULL;

	if (timer)
		end(the, timer);
}

/* The SDK has it, but it stops the whole device: nothing here may wait like that. */
static void timer_delay(xsMachine *the)
{
	xsUnknownError("Timer.delay blocks the event loop");
}

const struct native natives_timer[] = {
	{ "xs_timer_set", timer_set }, { "xs_timer_repeat", timer_repeat }, { "xs_timer_schedule", timer_schedule },
	{ "xs_timer_clear", timer_clear }, { "xs_timer_delay", timer_delay }, { NULL, NULL },
};
