/*
 * Byte code as it stands in the flash of a chip: outside the heap, with texts and function bodies used where they lie. The parser
 * makes the kind of code that copies them into the heap; both kinds have the same sizes, so the operations are replaced in place.
 */
#include "engine.h"

extern void fxRemapIDs(txMachine *the, txByte *codeBuffer, txSize codeSize, txID *theIDs);

/* Every name that the script mentions, in the order of its own numbering. The script's texts are kept for ever. */
static txID *intern_symbols(txMachine *the, txScript *script)
{
	const txByte *at = script->symbolsBuffer;
	txID count, *ids;

	memcpy(&count, at, sizeof count);
	at += sizeof count;
	ids = calloc((size_t)count, sizeof *ids);
	ids[0] = XS_NO_ID;
	for (txID i = 1; i < count; i++) {
		txID id = fxFindName(the, (txString)at);

		ids[i] = id != XS_NO_ID ? id : js_id(the, strdup((const char *)at));
		at += strlen((const char *)at) + 1;
	}
	return ids;
}

static txU1 archived(txU1 code)
{
	switch (code) {
	case XS_CODE_CODE_1:
		return XS_CODE_CODE_ARCHIVE_1;
	case XS_CODE_CODE_2:
		return XS_CODE_CODE_ARCHIVE_2;
	case XS_CODE_CODE_4:
		return XS_CODE_CODE_ARCHIVE_4;
	case XS_CODE_STRING_1:
		return XS_CODE_STRING_ARCHIVE_1;
	case XS_CODE_STRING_2:
		return XS_CODE_STRING_ARCHIVE_2;
	case XS_CODE_STRING_4:
		return XS_CODE_STRING_ARCHIVE_4;
	default:
		return code;
	}
}

/* Bytes of the operation at `at`, with its operand. */
size_t flashcode_size(const uint8_t *at)
{
	txS1 size = gxCodeSizes[*at];
	uint16_t count2;
	uint32_t count4;

	switch (size) {
	case 0:
		return 1 + sizeof(txID);
	case -1:
		return 2u + at[1];
	case -2:
		memcpy(&count2, at + 1, sizeof count2);
		return 3u + count2;
	case -4:
		memcpy(&count4, at + 1, sizeof count4);
		return 5u + count4;
	default:
		return (size_t)size;
	}
}

void flashcode_prepare(txMachine *the, txScript *script)
{
	txID *ids = intern_symbols(the, script);
	uint8_t *at = (uint8_t *)script->codeBuffer, *end = at + script->codeSize;

	fxRemapIDs(the, script->codeBuffer, script->codeSize, ids);
	while (at < end) {
		size_t size = flashcode_size(at);

		*at = archived(*at);
		at += size;
	}
	script->callback = NULL;
	if (script->hostsBuffer) {
		hosts_select(hosts_prepare(the, script, ids));
		script->callback = hosts_callback;
		free(script->hostsBuffer);
		script->hostsBuffer = NULL;
	}
	free(ids);
	/* Without symbols the engine takes the code as an archive's: it neither renumbers nor frees it. */
	free(script->symbolsBuffer);
	script->symbolsBuffer = NULL;
}
