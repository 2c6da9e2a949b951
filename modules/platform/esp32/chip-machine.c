/*
 * Looks into the machine. Its inner headers and those of natives can't be included together, so this stands alone.
 */
#include "xsAll.h"

void lwsMachineFigures(void *machine, uint32_t *slots, uint32_t *chunks);
bool lwsMachineStackIsFull(void *machine, int *hosts);

void lwsMachineFigures(void *machine, uint32_t *slots, uint32_t *chunks)
{
	txMachine *the = machine;

	*slots = (uint32_t)the->currentHeapCount * sizeof(txSlot);
	*chunks = (uint32_t)the->currentChunksSize;
}

/* The engine leaves that many slots at the end of its stack at least, or gives up. */
enum { NEAR = 64 };

/* `hosts` tells how many calls from C are the innermost ones, with no function of a script in between. */
bool lwsMachineStackIsFull(void *machine, int *hosts)
{
	txMachine *the = machine;

	*hosts = 0;
	for (txSlot *frame = the->frame; frame && (frame->flag & XS_C_FLAG); frame = frame->next)
		++*hosts;
	return the->stack - the->stackBottom < NEAR;
}
