/*
 * The JavaScript heap of the device: one block of fixed size that chunks fill from below and slots from above, as with the
 * "static" setting of a Moddable manifest. When they meet, the engine aborts, and that resets the chip.
 *
 * On a chip the built-in objects stand in flash. Here they share the block with the firmware, so what the bare machine uses is
 * added to the cap.
 */
#include <sys/mman.h>

#include "engine.h"

static struct {
	uint8_t *base, *low, *high, *top;
	size_t limit;			/* of the bytes that used() counts */
	size_t base_slots, base_chunks;
	size_t peak;			/* of used(): how near the firmware came to the cap, free room between and in the steps included */
} arena;

static size_t slot_bytes(size_t count)
{
	return count * SLOT_BYTES;
}

static size_t used(void)
{
	return (size_t)(arena.low - arena.base) + slot_bytes((size_t)(arena.top - arena.high) / sizeof(txSlot));
}

/* The heap grows in steps; in small ones when little is left, so that the last bytes can be had as well. */
static void took(txMachine *the)
{
	if (arena.peak < used())
		arena.peak = used();
	if (arena.limit - used() < options.js_heap / 8) {
		the->minimumChunksSize = 256;
		the->minimumHeapCount = 32;
	}
}

void memory_start(void)
{
	/* The slots of a 64-bit build are twice as big as they count; the bare machine needs less than 1 MB. */
	size_t size = 2 * options.js_heap + (1u << 20);

	arena.base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena.base == MAP_FAILED) {
		console('E', "host", "no memory for the JavaScript heap");
		board_power_off(71);
	}
	arena.low = arena.base;
	arena.high = arena.top = arena.base + size / sizeof(txSlot) * sizeof(txSlot);
	arena.limit = size / 2;
}

/* Free room at the end of the chunks goes back to the block. */
static void shrink_chunks(txMachine *the)
{
	txBlock *block = the->firstBlock;

	if (!block)
		return;
	the->maximumChunksSize -= (txSize)(block->limit - block->current);
	block->limit = block->current;
	arena.low = (uint8_t *)block->current;
}

void memory_cap(txMachine *the)
{
	size_t intrinsics = slot_bytes((size_t)(the->stackTop - the->stackBottom) - STACK_SLOTS);

	fxCollect(the, XS_COMPACT_FLAG);
	shrink_chunks(the);
	arena.base_slots = slot_bytes(the->currentHeapCount);
	arena.base_chunks = (size_t)the->currentChunksSize;
	arena.limit = options.js_heap + arena.base_slots + arena.base_chunks + intrinsics;
	arena.peak = used();
}

/* What is free at the end of the chunks is part of what is asked for, as with the SDK: else a large chunk would need room beside as much that is free. */
void *fxAllocateChunks(txMachine *the, txSize size)
{
	uint8_t *result;

	shrink_chunks(the);
	result = arena.low;
	if (used() + (size_t)size > arena.limit)
		return NULL;
	arena.low += size;
	took(the);
	return result;
}

txSlot *fxAllocateSlots(txMachine *the, txSize count)
{
	if (used() + slot_bytes((size_t)count) > arena.limit && the->firstBlock) {
		fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
		shrink_chunks(the);
	}
	if (used() + slot_bytes((size_t)count) > arena.limit)
		return NULL;
	arena.high -= (size_t)count * sizeof(txSlot);
	took(the);
	return (txSlot *)arena.high;
}

/* The machine lives as long as the chip runs: nothing is ever given back. */
void fxFreeChunks(txMachine *the, void *chunks)
{
	(void)the;
	(void)chunks;
}

void fxFreeSlots(txMachine *the, void *slots)
{
	(void)the;
	(void)slots;
}

struct js_heap js_heap(void)
{
	size_t slots = slot_bytes((size_t)js_the->currentHeapCount);
	size_t chunks = (size_t)js_the->currentChunksSize;
	size_t floor = slot_bytes((size_t)(js_the->stackTop - js_the->stackBottom)) + arena.base_slots + arena.base_chunks;

	return (struct js_heap){
		.slots = slots > arena.base_slots ? slots - arena.base_slots : 0,
		.chunks = chunks > arena.base_chunks ? chunks - arena.base_chunks : 0,
		.base_slots = arena.base_slots,
		.base_chunks = arena.base_chunks,
		.limit = options.js_heap - slot_bytes(STACK_SLOTS),
		.peak = arena.peak > floor ? arena.peak - floor : 0,
	};
}

void js_collect(void)
{
	fxCollect(js_the, XS_COMPACT_FLAG);
	fxCollect(js_the, XS_COMPACT_FLAG);
}
