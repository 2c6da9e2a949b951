/*
 * embedded:io/digital. One pin has something on it: the button. The others read what their pull resistor says, or what was written.
 */
#include "pins.h"

enum { INPUT, INPUT_PULL_UP, INPUT_PULL_DOWN, INPUT_PULL_UP_DOWN, OUTPUT = 8, OUTPUT_OPEN_DRAIN };
enum { RISING = 1, FALLING = 2 };

struct digital {
	struct digital *next;
	xsSlot object, on_readable;	/* GC roots while the pin is in use */
	struct loop_timer deliver;
	int pin, mode, edges;
	bool active_low, level, listens;
};

static struct digital *digitals;

static bool is_input(const struct digital *digital)
{
	return digital->mode <= INPUT_PULL_UP_DOWN;
}

static bool electric_level(const struct digital *digital)
{
	if (!is_input(digital))
		return digital->level;
	if (digital->pin == BUTTON_PIN)
		return !board->button;
	return digital->mode == INPUT_PULL_UP;
}

/* As on the chip, edges that come before the callback runs are one. */
static void deliver(struct loop_timer *timer)
{
	struct digital *digital = (struct digital *)((char *)timer - offsetof(struct digital, deliver));

	xsBeginHost(js_the);
	xsCallFunction1(digital->on_readable, digital->object, xsInteger(1 << (digital->pin & 31)));
	xsEndHost(js_the);
}

void button_changed(void)
{
	for (struct digital *digital = digitals; digital; digital = digital->next) {
		bool rising;

		if (digital->pin != BUTTON_PIN || !digital->listens)
			continue;
		rising = electric_level(digital) != digital->active_low;
		if ((digital->edges & (rising ? RISING : FALLING)) && !digital->deliver.live)
			loop_timer_start(&digital->deliver, 0);
	}
}

static void host_digital_destructor(void *data)
{
	struct digital *digital = data, **link = &digitals;
	xsMachine *the = js_the;

	if (!digital)
		return;
	while (*link != digital)
		link = &(*link)->next;
	*link = digital->next;
	loop_timer_stop(&digital->deliver);
	pin_release(digital->pin);
	xsForget(digital->object);
	if (digital->listens)
		xsForget(digital->on_readable);
	heap_free(digital);
}

static struct digital *digital_of(xsMachine *the)
{
	struct digital *digital = xsmcGetHostDataValidate(xsThis, (void *)host_digital_destructor);

	if (!digital)
		xsUnknownError("closed");
	return digital;
}

static bool take_callback(xsMachine *the, struct digital *wanted)
{
	xsmcGet(xsVar(1), xsArg(0), xsID("onReadable"));
	if (xsmcTypeOf(xsVar(1)) <= xsNullType)
		return false;
	if (!xsmcIsCallable(xsVar(1)))
		xsUnknownError("not a function");
	xsmcGet(xsVar(0), xsArg(0), xsID("edge"));
	wanted->edges = xsmcToInteger(xsVar(0)) & (RISING | FALLING);
	if (!wanted->edges)
		xsRangeError("invalid edges");
	return true;
}

static void host_digital(xsMachine *the)
{
	struct digital wanted = {.deliver.fire = deliver}, *digital;

	xsmcVars(2);
	wanted.pin = pin_argument(the, &xsArg(0));
	xsmcGet(xsVar(0), xsArg(0), xsID("mode"));
	if (xsmcTypeOf(xsVar(0)) == xsUndefinedType)
		xsUnknownError("invalid");
	wanted.mode = xsmcToInteger(xsVar(0));
	if (wanted.mode < INPUT || (wanted.mode > INPUT_PULL_UP_DOWN && wanted.mode != OUTPUT && wanted.mode != OUTPUT_OPEN_DRAIN))
		xsRangeError("invalid mode");
	if (!is_input(&wanted) && wanted.pin >= 34)
		xsRangeError("input only");
	xsmcGet(xsVar(0), xsArg(0), xsID("activeLow"));
	wanted.active_low = xsmcTest(xsVar(0));
	xsmcGet(xsVar(0), xsArg(0), xsID("initialValue"));
	wanted.level = xsmcTest(xsVar(0)) != wanted.active_low;
	wanted.listens = is_input(&wanted) && take_callback(the, &wanted);
	pin_common_options(the, &xsArg(0));

	digital = heap_alloc(sizeof *digital);
	if (!digital)
		xsRangeError("no memory");
	*digital = wanted;
	digital->next = digitals;
	digitals = digital;
	pin_take(digital->pin);
	xsmcSetHostData(xsThis, digital);
	digital->object = xsThis;
	xsRemember(digital->object);
	if (digital->listens) {
		digital->on_readable = xsVar(1);
		xsRemember(digital->on_readable);
	}
}

static void host_digital_close(xsMachine *the)
{
	host_digital_destructor(xsmcGetHostDataValidate(xsThis, (void *)host_digital_destructor));
	xsmcSetHostData(xsThis, NULL);
}

static void host_digital_read(xsMachine *the)
{
	struct digital *digital = digital_of(the);

	if (!is_input(digital))
		xsUnknownError("can't read output");
	xsmcSetInteger(xsResult, electric_level(digital) != digital->active_low);
}

static void host_digital_write(xsMachine *the)
{
	struct digital *digital = digital_of(the);

	if (is_input(digital))
		xsUnknownError("can't write input");
	digital->level = (xsmcToNumber(xsArg(0)) != 0) != digital->active_low;
}

const struct native natives_digital[] = {
	{"host_digital_destructor", host_digital_destructor},
	{"host_digital", host_digital},
	{"host_digital_close", host_digital_close},
	{"host_digital_read", host_digital_read},
	{"host_digital_write", host_digital_write},
	{NULL, NULL},
};
