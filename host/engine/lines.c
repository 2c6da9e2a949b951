/*
 * Source lines for errors. The code that runs holds no line operations, as on a chip, so the byte code counts stay true; when an
 * error needs a line, its module is parsed once more with them, and the two codes are walked side by side.
 */
#include "engine.h"

extern size_t flashcode_size(const uint8_t *at);

struct line_map {
	uint32_t count;
	struct { uint32_t offset; int line; } at[];
};

static struct line_map *walk(const struct module *module, const txScript *script)
{
	const uint8_t *with = (const uint8_t *)script->codeBuffer, *with_end = with + script->codeSize;
	const uint8_t *code = module->code, *end = code + module->code_length;
	struct line_map *map = malloc(sizeof *map + (size_t)script->codeSize / 3 * sizeof *map->at);

	map->count = 0;
	while (with < with_end && code < end) {
		if (*with == XS_CODE_LINE) {
			uint16_t line;

			memcpy(&line, with + 1, sizeof line);
			map->at[map->count].offset = (uint32_t)(code - module->code);
			map->at[map->count++].line = line;
		}
		else if (*with != XS_CODE_FILE)
			code += flashcode_size(code);
		with += flashcode_size(with);
	}
	return map;
}

int lines_find(txMachine *the, struct module *module, const uint8_t *code)
{
	uint32_t offset = (uint32_t)(code - module->code);
	int line = 0;

	if (!module->lines) {
		txScript *script = modules_parse(the, module, mxDebugFlag);

		if (!script)
			return 0;
		module->lines = walk(module, script);
		fxDeleteScript(script);
	}
	for (uint32_t i = 0; i < module->lines->count && module->lines->at[i].offset <= offset; i++)
		line = module->lines->at[i].line;
	return line;
}

/* Stands in for the engine's function of the same name, which finds lines only where the code holds them. */
void __wrap_fxCaptureErrorStack(txMachine *the, txSlot *internal, txSlot *from);

void __real_fxCaptureErrorStack(txMachine *the, txSlot *internal, txSlot *from);

void __wrap_fxCaptureErrorStack(txMachine *the, txSlot *internal, txSlot *from)
{
	const txByte *code = the->code;
	txSlot *frame = the->frame, *info;

	__real_fxCaptureErrorStack(the, internal, from);
	while (frame && frame != from) {
		code = frame->value.frame.code;
		frame = frame->next;
	}
	info = internal->value.reference->next;
	for (; frame && frame->next && info; frame = frame->next) {
		txSlot *function = frame + 3;
		struct module *module = modules_at(code);

		if (mxIsReference(function) && mxIsFunction(function->value.reference)) {
			if (module) {
				info->ID = fxFindName(the, (txString)module->name);
				info->value.key.sum = (txU4)lines_find(the, module, (const uint8_t *)code);
			}
			info = info->next;
		}
		code = frame->value.frame.code;
	}
}
