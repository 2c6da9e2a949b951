/*
 * Counts byte codes, and uses the counting as the chip's task watchdog: a turn of the event loop that does not end resets the chip.
 */
#include "engine.h"

#define INTERVAL 1000000u
#define TURN_BYTECODES 2000000000ull
#define TURN_MS 10000u

static struct {
	uint64_t total;			/* without what the machine counts now */
	uint64_t turn_total, turn_ms;
} meter;

uint64_t js_bytecodes(void)
{
	return meter.total + js_the->meterIndex;
}

static txBoolean check(txMachine *the, txU4 count)
{
	meter.total += count;
	the->meterIndex = 0;
	return meter.total - meter.turn_total < TURN_BYTECODES && board_real_ms() - meter.turn_ms < TURN_MS;
}

void meter_start(txMachine *the)
{
	fxBeginMetering(the, check, INTERVAL);
}

void meter_turn(void)
{
	{ uint64_t n = js_bytecodes() - meter.turn_total; static uint64_t max; if (n < 1ull << 62 && n > max && n > 1000000) { max = n; FILE *f = fopen("/tmp/turns.log", "a"); if (f) { fprintf(f, "%llu %llu %s\n", (unsigned long long)n, (unsigned long long)(board_real_ms() - meter.turn_ms), options.flash); fclose(f); } } }
	meter.turn_total = js_bytecodes();
	meter.turn_ms = board_real_ms();
}
