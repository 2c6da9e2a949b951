/*
 * What the chip knows about itself, and its console.
 */
#include <string.h>
#include <sys/random.h>

#include "../flash.h"
#include "../host.h"

static void get_rtc(xsMachine *the)
{
	xsmcSetNumber(xsResult, board->rtc);
}

static void set_rtc(xsMachine *the)
{
	board->rtc = fxToUnsigned(the, &xsArg(0));
}

static void get_reset_reason(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)board_cause_name(board->cause));
}

static void chip_random(xsMachine *the)
{
	struct buffer_range range = js_buffer(the, &xsArg(0), true);
	uint32_t to, from = js_range(the, 1, 2, range.length, &to);

	while (from < to) {
		uint32_t count = to - from > 256 ? 256 : to - from;

		if (getentropy(range.data + from, count))
			xsUnknownError("no entropy");
		from += count;
	}
}

static void get_mac(xsMachine *the)
{
	char text[13];

	snprintf(text, sizeof text, "%02X%02X%02X%02X%02X%02X", options.mac[0], options.mac[1], options.mac[2], options.mac[3],
		options.mac[4], options.mac[5]);
	xsmcSetString(xsResult, text);
}

static void get_id(xsMachine *the)
{
	xsmcSetInteger(xsResult, IMAGE_CHIP_ID);
}

static void set_figure(xsMachine *the, const char *name, size_t value)
{
	xsmcSetInteger(xsVar(0), (xsIntegerValue)value);
	xsmcSet(xsResult, js_id(the, name), xsVar(0));
}

static void chip_heap(xsMachine *the)
{
	struct js_heap heap = js_heap();

	xsmcVars(1);
	xsmcSetNewObject(xsResult);
	set_figure(the, "slots", heap.slots);
	set_figure(the, "chunks", heap.chunks);
	set_figure(the, "limit", heap.limit);
	set_figure(the, "native", heap_used());
	set_figure(the, "nativeLimit", options.native_heap);
}

/* Firmware lines look like "N vhost ap: text"; anything else counts as a notice of the firmware's. */
static void chip_log(xsMachine *the)
{
	char *line = xsmcToString(xsArg(0)), *colon, tag[64];
	size_t length;

	colon = strstr(line, ": ");
	length = colon ? (size_t)(colon - line) : 0;
	if (length < 3 || line[1] != ' ' || !strchr("EWNID", line[0]) || length - 2 >= sizeof tag) {
		console('N', "app", "%s", line);
		return;
	}
	memcpy(tag, line + 2, length - 2);
	tag[length - 2] = 0;
	console(line[0], tag, "%s", colon + 2);
}

static void chip_restart(xsMachine *the)
{
	(void)the;
	board_reset(RESET_RESTART);
}

const struct native natives_chip[] = {
	{ "lws_chip_get_rtc", get_rtc }, { "lws_chip_set_rtc", set_rtc }, { "lws_chip_get_resetReason", get_reset_reason },
	{ "lws_chip_random", chip_random }, { "lws_chip_get_mac", get_mac }, { "lws_chip_get_id", get_id }, { "lws_chip_heap", chip_heap },
	{ "lws_chip_log", chip_log }, { "lws_chip_restart", chip_restart }, { NULL, NULL },
};
