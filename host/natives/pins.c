/*
 * Which pins exist and which are in use, and the options that all classes of embedded:io share.
 */
#include <string.h>

#include "pins.h"

/* SOC_GPIO_VALID_GPIO_MASK of the ESP32: 0…39 without 24 and 28…31. */
static uint64_t available = 0xffffffffffull & ~(1ull << 24 | 0xfull << 28);

bool pin_is_free(int pin)
{
	return available >> pin & 1;
}

void pin_take(int pin)
{
	available &= ~(1ull << pin);
}

void pin_release(int pin)
{
	available |= 1ull << pin;
}

int pin_argument(xsMachine *the, xsSlot *options)
{
	int pin;

	xsmcGet(xsVar(0), *options, xsID("pin"));
	if (xsmcTypeOf(xsVar(0)) == xsUndefinedType)
		xsUnknownError("invalid");
	pin = xsmcToInteger(xsVar(0));
	if (pin < 0 || pin > 39 || pin == 24 || (pin >= 28 && pin <= 31))
		xsUnknownError("invalid pin");
	if (!pin_is_free(pin))
		xsUnknownError("in use");
	return pin;
}

void pin_common_options(xsMachine *the, xsSlot *options)
{
	xsmcGet(xsVar(0), *options, xsID("format"));
	if (xsmcTest(xsVar(0)) && strcmp(xsmcToString(xsVar(0)), "number"))
		xsRangeError("invalid format");
	if (xsmcHas(*options, xsID("target"))) {
		xsmcGet(xsVar(0), *options, xsID("target"));
		xsmcSet(xsThis, xsID("target"), xsVar(0));
	}
}
