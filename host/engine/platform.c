/*
 * The engine's way out to the device: diagnostics, the clock, the promise queue, and the abort that resets the chip.
 */
#include "engine.h"

void fxCreateMachinePlatform(txMachine *the)
{
	the->promiseJobs = false;
}

void fxDeleteMachinePlatform(txMachine *the)
{
	(void)the;
}

void fxQueuePromiseJobs(txMachine *the)
{
	the->promiseJobs = true;
}

/* The engine prints pieces of lines. */
int platform_vprintf(const char *format, va_list arguments)
{
	static char line[512];
	static size_t length;
	char *end;
	int count = vsnprintf(line + length, sizeof line - length, format, arguments);

	length = strlen(line);
	while ((end = memchr(line, '\n', length))) {
		*end++ = 0;
		console('E', "xs", "%s", line);
		length -= (size_t)(end - line);
		memmove(line, end, length + 1);
	}
	if (length == sizeof line - 1) {
		console('E', "xs", "%s", line);
		line[length = 0] = 0;
	}
	return count;
}

int platform_printf(const char *format, ...)
{
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = platform_vprintf(format, arguments);
	va_end(arguments);
	return count;
}

int platform_gettimeofday(struct timeval *now, void *zone)
{
	int64_t us = board_clock_us();

	(void)zone;
	now->tv_sec = (time_t)(us / 1000000);
	now->tv_usec = (suseconds_t)(us % 1000000);
	return 0;
}

static enum reset_cause abort_cause(int status)
{
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
	case XS_NO_MORE_KEYS_EXIT:
		return RESET_MEMORY;
	case XS_STACK_OVERFLOW_EXIT:
		return RESET_STACK;
	case XS_DEAD_STRIP_EXIT:
		return RESET_DEAD_STRIP;
	case XS_UNHANDLED_REJECTION_EXIT:
		return RESET_REJECTION;
	case XS_TOO_MUCH_COMPUTATION_EXIT:
		return RESET_WATCHDOG;
	default:
		return RESET_EXCEPTION;
	}
}

void fxAbort(txMachine *the, int status)
{
	static bool aborting;
	static enum reset_cause cause;

	/* Describing the first trouble may run into a second one. */
	if (aborting)
		board_reset(cause);
	aborting = true;
	cause = abort_cause(status);
	if (cause == RESET_EXCEPTION || cause == RESET_REJECTION)
		trace_exception(the, cause == RESET_REJECTION ? "unhandled rejection" : "unhandled exception");
	else {
		console('E', "xs", "%s", status == XS_NO_MORE_KEYS_EXIT ? "not enough keys" : board_cause_name(cause));
		trace_position(the);
	}
	board_reset(cause);
}
