/*
 * Pins of an ESP32. One user at a time has a pin, whatever class it uses it through.
 */
#ifndef LWS_XS_PINS_H
#define LWS_XS_PINS_H

#include "../host.h"

#define BUTTON_PIN 14	/* to ground while pressed */
#define LED_PIN 23

bool pin_is_free(int pin);
void pin_take(int pin);
void pin_release(int pin);
/* options.pin checked; throws. */
int pin_argument(xsMachine *the, xsSlot *options);
/* options.format, which may only be "number", and options.target, which becomes this.target. */
void pin_common_options(xsMachine *the, xsSlot *options);

#endif
