/*
 * The life of the JavaScript machine: it is made when the chip starts and dies with it. Between turns of the event loop it runs
 * promise jobs and looks for rejections that nobody will handle.
 */
#include "engine.h"

xsMachine *js_the;

/* Deepest recursion of C below the event loop, as the main task of a chip has it (its stack is 16 kB; frames are bigger here). */
#ifdef __SANITIZE_ADDRESS__
	#define NATIVE_STACK (512 * 1024)
#else
	#define NATIVE_STACK (8 * 1024 * (int)sizeof(void *))
#endif

static void main_rejected(txMachine *the)
{
	mxException = *mxArgv(0);
	fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
}

/* A function that "main" exports as default is called, as the SDK does. */
static void main_fulfilled(txMachine *the)
{
	mxPush(mxGlobal);
	mxPushSlot(mxArgv(0));
	mxGetID(mxID(_default));
	if (!fxIsCallable(the, the->stack))
		return;
	mxCall();
	mxRunCount(0);
}

static void import(txMachine *the, const char *name, txCallback fulfilled)
{
	xsBeginHost(the);
	{
		mxPushStringC((txString)name);
		fxRunImport(the, mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm, XS_NO_ID);
		mxDub();
		mxGetID(mxID(_then));
		mxCall();
		if (fulfilled)
			fxNewHostFunction(the, fulfilled, 1, XS_NO_ID, XS_NO_ID);
		else
			mxPushUndefined();
		fxNewHostFunction(the, main_rejected, 1, XS_NO_ID, XS_NO_ID);
		mxRunCount(2);
		mxPop();
	}
	xsEndHost(the);
}

/* Runs the modules that a chip would find in flash already run. */
static void preload(txMachine *the)
{
	const char *name;

	for (int i = 0; (name = modules_preloaded(i)); i++) {
		import(the, name, NULL);
		js_turn();
	}
}

void js_start(const struct image *image)
{
	txCreation creation = {
		.initialChunkSize = 4096, .incrementalChunkSize = 2048,
		.initialHeapCount = 1024, .incrementalHeapCount = 256,
		.stackCount = STACK_SLOTS + mxStackIndexCount,
		.initialKeyCount = 2048, .incrementalKeyCount = 512,
		.nameModulo = 1993, .symbolModulo = 127,
		.parserBufferSize = 64 * 1024, .parserTableModulo = 1993,
	};

	meter_watch();
	memory_start();
	js_the = fxCreateMachine(&creation, "lws-xs", NULL, XS_NO_ID);
	js_the->stackLimit = (char *)__builtin_frame_address(0) - NATIVE_STACK;
	modules_start(image);
	xsBeginHost(js_the);
	hosts_globals(the);
	xsEndHost(js_the);
	preload(js_the);
	memory_cap(js_the);
	meter_start(js_the);
	meter_turn();
	import(js_the, "main", main_fulfilled);
	js_turn();
}

/* The engine finds out that nobody can handle a rejection any more when its promise is collected: collect when there is a new one. */
static void check_rejections(txMachine *the)
{
	static txSlot *known;
	txSlot *last = mxUnhandledPromises.value.reference->next;

	while (last && last->next)
		last = last->next;
	if (last && last != known) {
		fxCollect(the, XS_NO_FLAG);
		fxCheckUnhandledRejections(the, 0);
	}
	known = last;
}

void js_turn(void)
{
	txMachine *the = js_the;

	while (the->promiseJobs) {
		the->promiseJobs = false;
		fxRunPromiseJobs(the);
	}
	fxEndJob(the);
	check_rejections(the);
	meter_turn();
}
