/*
 * Binds the natives that a module names to their C functions: `@ "name"` when the module is loaded, as the linker does on a chip;
 * native("name") and Native("name") when they are called.
 */
#include "engine.h"

static const struct native *const tables[] = {
	natives_bytes, natives_sockets, natives_udp, natives_netif, natives_flash, natives_boot, natives_chip, natives_digest, natives_deflate,
	natives_timer, natives_time, natives_resource, natives_keyvalue, natives_wifi, natives_digital, natives_pwm, natives_data,
	natives_serial,	natives_tls, natives_certificate, natives_signature,
};

struct host_table {
	txInteger count;
	txHostFunctionBuilder builders[];
};

static struct host_table *selected;

static void *find(const char *name)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct native *native = tables[i]; native->name; native++)
			if (!strcmp(native->name, name))
				return native->function;
	console('E', "xs", "no native %s", name);
	board_reset(RESET_EXCEPTION);
}

static txID decode_id(const txByte **at)
{
	txID id;

	memcpy(&id, *at, sizeof id);
	*at += sizeof id;
	return id;
}

/* The machine keeps pointers into the table, so it stays for ever: on a chip it is in flash. */
struct host_table *hosts_prepare(txMachine *the, txScript *script, const txID *ids)
{
	const txByte *at = script->hostsBuffer;
	txInteger count = decode_id(&at);
	struct host_table *table = calloc(1, sizeof *table + (size_t)count * sizeof *table->builders);

	(void)the;
	table->count = count;
	for (txInteger i = 0; i < count; i++) {
		txHostFunctionBuilder *builder = &table->builders[i];
		txID id;

		builder->length = (txS1)*at++;
		id = decode_id(&at);
		builder->id = id == XS_NO_ID ? XS_NO_ID : ids[id];
		builder->callback = (txCallback)find((const char *)at);
		at += strlen((const char *)at) + 1;
	}
	return table;
}

void hosts_select(struct host_table *table)
{
	selected = table;
}

void hosts_callback(txMachine *the)
{
	fxBuildHosts(the, selected->count, selected->builders);
	*mxResult = *the->stack;
}

static void native_global(txMachine *the)
{
	fxNewHostFunction(the, (txCallback)find(fxToString(the, mxArgv(0))), 0, XS_NO_ID, XS_NO_ID);
	mxPullSlot(mxResult);
}

#define DESTRUCTOR "native destructor"

/* super() of a class that extends Native(): a host object of the derived class, with the destructor of the base. */
static void native_construct(txMachine *the)
{
	if (mxIsUndefined(mxTarget))
		mxTypeError("call: class");
	mxPushSlot(mxTarget);
	mxGetID(mxID(_prototype));
	_xsNewHostInstance(the, mxResult, the->stack);
	mxPop();
	mxPushSlot(mxFunction);
	mxGetID(js_id(the, DESTRUCTOR));
	fxSetHostDestructor(the, mxResult, fxGetHostDestructor(the, the->stack));
	mxPop();
}

static void native_base_global(txMachine *the)
{
	txDestructor destructor = (txDestructor)find(fxToString(the, mxArgv(0)));

	fxNewHostObject(the, NULL);
	fxNewHostConstructor(the, native_construct, 0, XS_NO_ID);
	mxPullSlot(mxResult);
	fxNewHostObject(the, destructor);
	mxPushSlot(mxResult);
	fxDefineID(the, js_id(the, DESTRUCTOR), XS_GET_ONLY, XS_GET_ONLY);
	mxPop();
}

static void define_global(txMachine *the, const char *name, txCallback callback)
{
	fxNewHostFunction(the, callback, 1, js_id(the, name), XS_NO_ID);
	mxPush(mxGlobal);
	fxDefineID(the, js_id(the, name), XS_DONT_ENUM_FLAG, XS_DONT_ENUM_FLAG);
	mxPop();
}

void hosts_globals(txMachine *the)
{
	define_global(the, "native", native_global);
	define_global(the, "Native", native_base_global);
}
