/*
 * Names of properties that the image's modules mention. The SDK's tools place them in flash, so neither their slot nor their text
 * may count against the heap here. Names that a script makes up at run time are the engine's own and do count.
 */
#include "engine.h"

/* In the machine's name table, as fxNewNameX would, but with a slot outside the heap: the sweeper never visits it. */
txID js_id(txMachine *the, const char *name)
{
	txID id = fxFindName(the, (txString)name);
	txU4 sum = 0;
	txSlot *key;

	if (id != XS_NO_ID)
		return id;
	for (const txU1 *at = (const txU1 *)name; *at; at++)
		sum = (sum << 1) + *at;
	sum &= 0x7FFFFFFF;
	key = calloc(1, sizeof *key);
	id = the->keyIndex;
	if (id == the->keyCount)
		fxGrowKeys(the, 1);
	key->next = the->nameTable[sum % (txU4)the->nameModulo];
	key->flag = XS_DONT_ENUM_FLAG;
	key->kind = XS_KEY_X_KIND;
	key->ID = id;
	key->value.key.string = (txString)name;
	key->value.key.sum = sum;
	the->nameTable[sum % (txU4)the->nameModulo] = key;
	the->keyArray[id - the->keyOffset] = key;
	the->keyIndex++;
	return id;
}
