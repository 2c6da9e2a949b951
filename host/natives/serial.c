/*
 * embedded:io/serial, format "buffer": one line, whose other end is the control socket.
 */
#include <stdio.h>
#include <string.h>

#include "../host.h"

#define ROOM 4096
#define HARDWARE 128	/* bytes that the UART takes at once */

static struct { uint8_t bytes[ROOM]; int length; } to_device, from_device;
static xsSlot object, on_readable, on_writable;	/* GC roots while the line is in use */
static bool in_use, was_written;

static void call(xsSlot callback, int count)
{
	xsBeginHost(js_the);
	if (xsmcTypeOf(callback) > xsNullType)
		xsCallFunction1(callback, object, xsInteger(count));
	xsEndHost(js_the);
}

static void deliver(struct loop_timer *timer)
{
	(void)timer;
	if (in_use && was_written) {
		was_written = false;
		call(on_writable, HARDWARE);
	}
	if (in_use && to_device.length)
		call(on_readable, to_device.length);
}

static struct loop_timer timer = {.fire = deliver};

static void later(void)
{
	if (!timer.live)
		loop_timer_start(&timer, 0);
}

bool serial_input(const uint8_t *bytes, int length)
{
	if (length > ROOM - to_device.length)
		return false;
	memcpy(to_device.bytes + to_device.length, bytes, (size_t)length);
	to_device.length += length;
	later();
	return true;
}

void serial_output(char *json, size_t size)
{
	int most = (int)(size - 16) / 2, at = snprintf(json, size, "{\"data\":\"");

	if (most > from_device.length)
		most = from_device.length;
	for (int i = 0; i < most; i++)
		at += sprintf(json + at, "%02x", from_device.bytes[i]);
	strcpy(json + at, "\"}");
	from_device.length -= most;
	memmove(from_device.bytes, from_device.bytes + most, (size_t)from_device.length);
}

static void host_serial_destructor(void *data)
{
	xsMachine *the = js_the;

	if (!data)
		return;
	in_use = false;
	loop_timer_stop(&timer);
	xsForget(object);
	xsForget(on_readable);
	xsForget(on_writable);
}

static void host_serial(xsMachine *the)
{
	if (in_use)
		xsUnknownError("in use");
	xsmcVars(1);
	xsmcGet(xsVar(0), xsArg(0), xsID("baud"));
	if (xsmcTypeOf(xsVar(0)) == xsUndefinedType)
		xsUnknownError("baud required");
	object = xsThis;
	xsmcGet(on_readable, xsArg(0), xsID("onReadable"));
	xsmcGet(on_writable, xsArg(0), xsID("onWritable"));
	xsRemember(object);
	xsRemember(on_readable);
	xsRemember(on_writable);
	in_use = was_written = true;
	xsmcSetHostData(xsThis, &timer);
	later();
}

static void host_serial_close(xsMachine *the)
{
	host_serial_destructor(xsmcGetHostDataValidate(xsThis, (void *)host_serial_destructor));
	xsmcSetHostData(xsThis, NULL);
}

static void host_serial_read(xsMachine *the)
{
	if (!to_device.length)
		return;
	xsmcSetArrayBuffer(xsResult, to_device.bytes, to_device.length);
	to_device.length = 0;
}

/* What nobody fetches is lost, oldest first, as on a cable that nothing is connected to. */
static void host_serial_write(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;

	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	if (length > HARDWARE)
		xsUnknownError("output full");
	if ((int)length > ROOM - from_device.length) {
		int lost = (int)length - (ROOM - from_device.length);
		from_device.length -= lost;
		memmove(from_device.bytes, from_device.bytes + lost, (size_t)from_device.length);
	}
	memcpy(from_device.bytes + from_device.length, bytes, length);
	from_device.length += (int)length;
	was_written = true;
	later();
}

const struct native natives_serial[] = {
	{"host_serial_destructor", host_serial_destructor},
	{"host_serial", host_serial},
	{"host_serial_close", host_serial_close},
	{"host_serial_read", host_serial_read},
	{"host_serial_write", host_serial_write},
	{NULL, NULL},
};
