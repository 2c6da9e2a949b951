/*
 * Counts byte codes, and is the chip's task watchdog: a turn of the event loop that does not end resets the chip. What a turn may take is
 * counted in byte codes, and, for natives that run on and on, in seconds of this process's computing time: however fast the device's time runs
 * and however busy the computer is, they mean the same.
 */
#include "engine.h"

#include <signal.h>

#define INTERVAL 1000000u
/* A chip needs the better part of a minute for as many; the heaviest turns of the tests have a twentieth. */
#define TURN_BYTECODES 200000000ull
#define TURN_SECONDS 3

static struct {
	uint64_t total;			/* without what the machine counts now */
	uint64_t turn_total;
} meter;
static volatile sig_atomic_t seconds;	/* of computing in this turn */

uint64_t js_bytecodes(void)
{
	return meter.total + js_the->meterIndex;
}

static txBoolean check(txMachine *the, txU4 count)
{
	meter.total += count;
	the->meterIndex = 0;
	return meter.total - meter.turn_total < TURN_BYTECODES && seconds < TURN_SECONDS;
}

/* Byte code is stopped where it knows its place. A native that does not come back to it is not asked. */
static void tick(int signal)
{
	(void)signal;
	seconds++;
	if (seconds == TURN_SECONDS && js_the)
		js_the->meterCount = 0;
	if (seconds <= TURN_SECONDS)
		return;
	console('E', "xs", "%s: a native does not return", board_cause_name(RESET_WATCHDOG));
	board_reset(RESET_WATCHDOG);
}

void meter_start(txMachine *the)
{
	fxBeginMetering(the, check, INTERVAL);
}

void meter_watch(void)
{
	/* A reset out of the handler must leave the signal open for the next run. */
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART | SA_NODEFER };
	struct itimerval second = { { 1, 0 }, { 1, 0 } };

	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &second, NULL);
}

void meter_turn(void)
{
	meter.turn_total = js_bytecodes();
	seconds = 0;
}
