/*
 * Tells on the console what went wrong and where, before the chip resets.
 */
#include "engine.h"

/* A script may have thrown a text of any size and content; the console escapes what is not printable. */
static void print_lines(const char *cause, const char *text)
{
	const char *end = strchr(text, '\n');
	size_t length = end ? (size_t)(end - text) : strlen(text);

	console('E', "xs", "%s: %.*s", cause, length > 1000 ? 1000 : (int)length, text);
	for (int i = 0; end && i < 16; i++) {
		text = end + 1;
		end = strchr(text, '\n');
		console('E', "xs", " %.*s", end ? (int)(end - text) : 200, text);
	}
}

void trace_exception(txMachine *the, const char *cause)
{
	txSlot exception = mxException;
	txJump *jump = the->firstJump;

	/* What unwound to the host's outermost frame left the stack where it was thrown. */
	if (jump && jump->stack && !jump->nextJump) {
		the->stack = jump->stack;
		the->scope = jump->scope;
		the->frame = jump->frame;
		the->code = jump->code;
	}
	the->collectFlag &= ~XS_COLLECTING_FLAG;
	{
		mxTry(the) {
			fxBeginHost(the);
			mxPushSlot(&exception);
			if (mxIsReference(the->stack)) {
				fxGetID(the, mxID(_stack));
				if (mxIsUndefined(the->stack)) {
					mxPop();
					mxPushSlot(&exception);
				}
			}
			print_lines(cause, fxToString(the, the->stack));
		}
		mxCatch(the) {
			console('E', "xs", "%s", cause);
		}
	}
}

void trace_position(txMachine *the)
{
	const txByte *code = the->code;
	int shown = 0;

	for (txSlot *frame = the->frame; frame && shown < 8; frame = frame->next) {
		struct module *module = modules_at(code);

		if (module) {
			console('E', "xs", "  at %s:%d", module->name, lines_find(the, module, (const uint8_t *)code));
			shown++;
		}
		code = frame->value.frame.code;
	}
}
