/*
 * Why the chip started last. When a script fails, the SDK restarts the chip without a word of why; to ESP-IDF that looks like a restart that
 * somebody asked for. Memory that a restart leaves alone tells the next run; the virtual device keeps its cause in struct board.
 */
#include "lws-esp32.h"

#include <stdio.h>
#include <string.h>

#include "esp_attr.h"
#include "esp_log.h"
#include "esp_system.h"

typedef enum { POWER_ON, RESTART, EXCEPTION, REJECTION, MEMORY, STACK, DEAD_STRIP, WATCHDOG } Cause;

static const char *const WORDS[] = { "power on", "restart", "exception", "rejection", "memory full", "stack overflow", "dead strip", "watchdog" };

/* After power on there is anything in it, so that a cause counts only with this above it. */
#define MARK 0x53524c00u

static RTC_NOINIT_ATTR uint32_t noted;
static Cause cause;

static bool isNoted(void)
{
	return (noted & ~0xffu) == MARK && (noted & 0xff) < sizeof WORDS / sizeof *WORDS;
}

static Cause causeOf(esp_reset_reason_t reason)
{
	switch (reason) {
	case ESP_RST_SW:
		return isNoted() ? (Cause)(noted & 0xff) : EXCEPTION;
	case ESP_RST_PANIC:
	case ESP_RST_CPU_LOCKUP:
		return EXCEPTION;
	case ESP_RST_INT_WDT:
	case ESP_RST_TASK_WDT:
	case ESP_RST_WDT:
		return WATCHDOG;
	default:
		return POWER_ON;
	}
}

/* Before app_main(), and before any script, so that the note of one restart is not found after the next. */
static __attribute__((constructor)) void start(void)
{
	cause = causeOf(esp_reset_reason());
	noted = 0;
	lwsStartNvs();
}

static void note(Cause next)
{
	noted = MARK | next;
}

void lws_chip_get_resetReason(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)WORDS[cause]);
}

void lws_chip_restart(xsMachine *the)
{
	(void)the;
	fflush(stdout);
	note(RESTART);
	esp_restart();
}

static xsMachine *machine;

/*
 * The hook is not called when a stack is full. And it is called with a text in the heap: where that has no room either, the SDK calls itself until
 * the stack is full; then many calls from C lie within each other.
 */
static void onRestart(void)
{
	int hosts;

	if (!isNoted() && lwsMachineStackIsFull(machine, &hosts))
		note(hosts < 8 ? STACK : MEMORY);
}

void lws_chip_watch(xsMachine *the)
{
	machine = the;
	esp_register_shutdown_handler(onRestart);
}

static Cause causeNamed(const char *why)
{
	if (!strcmp(why, "unhandled rejection"))
		return REJECTION;
	if (!strcmp(why, "dead strip"))
		return DEAD_STRIP;
	return strcmp(why, "memory full") ? EXCEPTION : MEMORY;
}

/*
 * The SDK's abortHook: why, and the exception, if any. If it returned, the SDK would look for the message of an exception that is not there any
 * more, which is one again, and so on some 300 times until the stack is full. So it restarts the chip itself; a script that fails is the end here,
 * as on the virtual device.
 */
void lws_chip_abort(xsMachine *the)
{
	const char *why = xsmcToString(xsArg(0));

	note(causeNamed(why));
	printf("E (%lu) xs: %s\n", (unsigned long)esp_log_timestamp(), why);
	if (xsmcArgc > 1 && xsmcTest(xsArg(1)))
		printf("E (%lu) xs: %s\n", (unsigned long)esp_log_timestamp(), xsmcToString(xsArg(1)));
	fflush(stdout);
	esp_restart();
}
