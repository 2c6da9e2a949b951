/*
 * embedded:io/pwm: the LEDC unit with the SDK's four channels (4…7) and four timers, and a record of what a lamp on the pin would
 * have shown.
 */
#include <stdio.h>

#include "pins.h"

#define FIRST_CHANNEL 4
#define CHANNELS 4
#define TIMERS 4
#define CLOCK 80000000.0	/* the fast clock: hz * 2^resolution can't be more */
#define SLOW_CLOCK 17000000.0	/* the slow one, about; its largest divider is 1024 */
#define TRACE 64

struct pwm {
	xsSlot object;
	int pin, channel, timer;
};

static struct { int users, hz, resolution; } timers[TIMERS];

/* Stays after close(), for led_trace. */
static struct {
	bool used;
	int pin, hz, resolution, duty;
	uint32_t changes;
	struct { uint64_t ms; int duty; } trace[TRACE];
} channels[CHANNELS];

static void record(int channel, int duty)
{
	uint32_t at = channels[channel].changes++ % TRACE;

	channels[channel].duty = duty;
	channels[channel].trace[at].ms = board_ms();
	channels[channel].trace[at].duty = duty;
}

/* The lamp's pin if someone drives it, else the first channel that is driven. */
void led_trace(char *json, size_t size)
{
	FILE *out = fmemopen(json, size, "w");
	int channel = 0;

	for (int i = CHANNELS - 1; i >= 0; i--)
		if (channels[i].changes && (channels[i].pin == LED_PIN || channels[channel].pin != LED_PIN))
			channel = i;
	if (!out)
		return;
	fprintf(out, "{\"pin\":%d,\"hz\":%d,\"resolution\":%d,\"duty\":%d,\"pwm\":[", channels[channel].pin, channels[channel].hz,
		channels[channel].resolution, channels[channel].duty);
	for (uint32_t n = channels[channel].changes, i = n > TRACE ? n - TRACE : 0; i < n; i++)
		fprintf(out, "%s{\"ms\":%llu,\"duty\":%d}", n - i == (n > TRACE ? TRACE : n) ? "" : ",",
			(unsigned long long)channels[channel].trace[i % TRACE].ms, channels[channel].trace[i % TRACE].duty);
	fputs("]}", out);
	fclose(out);
}

static void host_pwm_destructor(void *data)
{
	struct pwm *pwm = data;
	xsMachine *the = js_the;

	if (!pwm)
		return;
	if (channels[pwm->channel].duty)
		record(pwm->channel, 0);
	channels[pwm->channel].used = false;
	timers[pwm->timer].users--;
	pin_release(pwm->pin);
	xsForget(pwm->object);
	heap_free(pwm);
}

static struct pwm *pwm_of(xsMachine *the)
{
	struct pwm *pwm = xsmcGetHostDataValidate(xsThis, (void *)host_pwm_destructor);

	if (!pwm)
		xsUnknownError("closed");
	return pwm;
}

static int integer_option(xsMachine *the, const char *name, int otherwise)
{
	if (!xsmcHas(xsArg(0), xsID(name)))
		return otherwise;
	xsmcGet(xsVar(0), xsArg(0), xsID(name));
	return xsmcToInteger(xsVar(0));
}

static int find_channel(xsMachine *the)
{
	int port = integer_option(the, "port", -1), channel = 0;

	if (port >= 0) {
		if (port > 7)
			xsRangeError("invalid port");
		if (port < FIRST_CHANNEL || channels[port - FIRST_CHANNEL].used)
			xsUnknownError("port unavailable");
		return port - FIRST_CHANNEL;
	}
	while (channel < CHANNELS && channels[channel].used)
		channel++;
	if (channel == CHANNELS)
		xsUnknownError("no ledc channel");
	return channel;
}

/* A timer runs at one frequency and resolution; channels of the same share it. */
static int find_timer(xsMachine *the, int hz, int resolution)
{
	int unused = -1;

	for (int i = 0; i < TIMERS; i++) {
		if (!timers[i].users)
			unused = i;
		else if (timers[i].hz == hz && timers[i].resolution == resolution)
			return i;
	}
	if (unused < 0)
		xsRangeError("no timer");
	return unused;
}

static void host_pwm(xsMachine *the)
{
	int pin, channel, timer, hz, resolution;
	struct pwm *pwm;

	xsmcVars(1);
	pin = pin_argument(the, &xsArg(0));
	if (pin >= 34)
		xsUnknownError("can't configure");
	channel = find_channel(the);
	hz = integer_option(the, "hz", 1024);
	if (hz <= 0)
		xsRangeError("invalid hz");
	resolution = integer_option(the, "resolution", 10);
	if (resolution <= 0 || resolution >= 21)
		xsRangeError("invalid resolution");
	if ((double)hz * (1 << resolution) * 1024 < SLOW_CLOCK)
		xsRangeError("invalid combination of hz and resolution");
	if ((double)hz * (1 << resolution) > CLOCK)
		xsUnknownError("configure ledc timer failed");
	timer = find_timer(the, hz, resolution);
	pin_common_options(the, &xsArg(0));
	pwm = heap_alloc(sizeof *pwm);
	if (!pwm)
		xsRangeError("no memory");
	*pwm = (struct pwm){.pin = pin, .channel = channel, .timer = timer};
	xsmcSetHostData(xsThis, pwm);
	pwm->object = xsThis;
	xsRemember(pwm->object);
	pin_take(pin);
	timers[timer].users++;
	timers[timer].hz = hz;
	timers[timer].resolution = resolution;
	channels[channel].used = true;
	channels[channel].pin = pin;
	channels[channel].hz = hz;
	channels[channel].resolution = resolution;
	channels[channel].duty = 0;
	channels[channel].changes = 0;
}

static void host_pwm_close(xsMachine *the)
{
	host_pwm_destructor(xsmcGetHostDataValidate(xsThis, (void *)host_pwm_destructor));
	xsmcSetHostData(xsThis, NULL);
}

static void host_pwm_write(xsMachine *the)
{
	struct pwm *pwm = pwm_of(the);
	int duty = xsmcToInteger(xsArg(0)), most = (1 << timers[pwm->timer].resolution) - 1;

	if (duty < 0 || duty > most)
		xsRangeError("invalid value");
	if (duty != channels[pwm->channel].duty)
		record(pwm->channel, duty);
}

static void host_pwm_get_hz(xsMachine *the)
{
	xsmcSetInteger(xsResult, timers[pwm_of(the)->timer].hz);
}

static void host_pwm_get_resolution(xsMachine *the)
{
	xsmcSetInteger(xsResult, timers[pwm_of(the)->timer].resolution);
}

const struct native natives_pwm[] = {
	{"host_pwm_destructor", host_pwm_destructor},
	{"host_pwm", host_pwm},
	{"host_pwm_close", host_pwm_close},
	{"host_pwm_write", host_pwm_write},
	{"host_pwm_get_hz", host_pwm_get_hz},
	{"host_pwm_get_resolution", host_pwm_get_resolution},
	{NULL, NULL},
};
