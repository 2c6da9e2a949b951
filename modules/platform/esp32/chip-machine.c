/*
 * Looks into the machine. Its inner headers and those of natives can't be included together, so this stands alone.
 */
#include "xsAll.h"

void lwsMachineFigures(void *machine, uint32_t *slots, uint32_t *chunks);

void lwsMachineFigures(void *machine, uint32_t *slots, uint32_t *chunks)
{
	txMachine *the = machine;

	*slots = (uint32_t)the->currentHeapCount * sizeof(txSlot);
	*chunks = (uint32_t)the->currentChunksSize;
}
