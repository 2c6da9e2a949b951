/*
 * The native heap: counted and capped, as small as what ESP-IDF leaves to the firmware.
 */
#include <stdlib.h>

#include "host.h"

/* ESP-IDF's allocator keeps one word in front of each block and rounds to words. */
#define OVERHEAD 4u

struct block {
	size_t size;
	_Alignas(16) unsigned char data[];
};

static size_t used, peak;

void *heap_alloc(size_t size)
{
	size_t cost = ((size + 3) & ~(size_t)3) + OVERHEAD;
	struct block *block;

	if (cost < size || cost > options.native_heap || used > options.native_heap - cost)
		return NULL;
	block = calloc(1, sizeof *block + size);
	if (!block)
		return NULL;
	block->size = cost;
	used += cost;
	if (peak < used)
		peak = used;
	return block->data;
}

void heap_free(void *data)
{
	struct block *block;

	if (!data)
		return;
	block = (struct block *)(void *)((unsigned char *)data - offsetof(struct block, data));
	used -= block->size;
	free(block);
}

size_t heap_used(void)
{
	return used;
}

size_t heap_peak(void)
{
	return peak;
}
