/*
 * The SDK's clock: milliseconds and microseconds since power on, and the wall clock's setting.
 */
#include "../board.h"
#include "../host.h"

static void time_set(xsMachine *the)
{
	board_set_clock(1000000ll * fxToUnsigned(the, &xsArg(0)));
}

static void time_ticks(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)board_ms());
}

static void time_delta(xsMachine *the)
{
	uint32_t start = fxToUnsigned(the, &xsArg(0));
	uint32_t end = xsmcArgc > 1 ? fxToUnsigned(the, &xsArg(1)) : (uint32_t)board_ms();

	xsmcSetInteger(xsResult, (xsIntegerValue)(end - start));
}

static void time_microseconds(xsMachine *the)
{
	xsmcSetNumber(xsResult, (xsNumberValue)board_us());
}

const struct native natives_time[] = {
	{ "xs_time_set", time_set }, { "xs_time_ticks", time_ticks }, { "xs_time_delta", time_delta },
	{ "xs_time_microseconds", time_microseconds }, { NULL, NULL },
};
