/*
 * The SDK's timers. A timer that repeats stays until it is cleared; any other is gone once it has fired, even if its callback
 * scheduled it anew without a repeat, and Timer.schedule on it throws: so it is on the chip.
 */
#include "../host.h"

#define UNSCHEDULED UINT32_MAX

struct timer {
	struct loop_timer timer;
	uint32_t repeat;		/* ms; 0: once; UNSCHEDULED: waits for Timer.schedule */
	xsSlot *callback;
	xsSlot self;
};

static void mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
	struct timer *timer = data;

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

static void fire(struct loop_timer *loop_timer)
{
	struct timer *timer = (struct timer *)(void *)((char *)loop_timer - offsetof(struct timer, timer));

	if (timer->repeat && timer->repeat != UNSCHEDULED)
		loop_timer_start(&timer->timer, timer->repeat);
	xsBeginHost(js_the);
	xsmcVars(1);
	/* The callback may clear the timer; the object itself says whether it is still there. */
	xsVar(0) = timer->self;
	xsCallFunction1(xsReference(timer->callback), xsGlobal, xsVar(0));
	timer = timer_of(&xsVar(0));
	if (timer && !timer->repeat)
		end(the, timer);
	xsEndHost(js_the);
}

static uint32_t interval(xsMachine *the, int index)
{
	xsIntegerValue value = xsmcArgc > index ? xsmcToInteger(xsArg(index)) : 0;

	return value > 0 ? (uint32_t)value : 0;
}

static void create(xsMachine *the, uint32_t delay, uint32_t repeat)
{
	struct timer *timer;

	if (!xsmcIsCallable(xsArg(0)))
		xsTypeError("callback is no function");
	xsResult = xsNewHostObject(NULL);
	timer = heap_alloc(sizeof *timer);
	if (!timer)
		xsUnknownError("add failed");
	timer->timer.fire = fire;
	timer->repeat = repeat;
	timer->callback = fxToReference(the, &xsArg(0));
	timer->self = xsResult;
	fxSetHostData(the, &xsResult, timer);
	fxSetHostHooks(the, &xsResult, &hooks);
	fxRemember(the, &timer->self);
	loop_timer_start(&timer->timer, delay);
}

static void timer_set(xsMachine *the)
{
	uint32_t delay = interval(the, 1);

	create(the, delay, interval(the, 2));
}

static void timer_repeat(xsMachine *the)
{
	uint32_t delay = interval(the, 1);

	create(the, delay, delay);
}

static void timer_schedule(xsMachine *the)
{
	struct timer *timer = timer_of(&xsArg(0));

	if (!timer)
		xsSyntaxError("invalid");
	if (xsmcArgc == 1) {
		timer->repeat = UNSCHEDULED;
		loop_timer_stop(&timer->timer);
		return;
	}
	timer->repeat = interval(the, 2);
	loop_timer_start(&timer->timer, interval(the, 1));
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
