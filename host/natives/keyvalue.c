/*
 * Natives of the SDK's "embedded:storage/key-value" over NVS, with the faults of its ESP32 port: a missing key is undefined, so is a
 * number of another type; a string or buffer of another type is a TypeError; NVS' own errors are numbers in the message, because the
 * SDK's build leaves the table of their names out.
 */
#include "../host.h"
#include "../nvs.h"

#include <stdio.h>
#include <string.h>

/* XS exports these, but declares them only to itself. */
extern int64_t fxToBigInt64(xsMachine *the, xsSlot *slot);
extern uint64_t fxToBigUint64(xsMachine *the, xsSlot *slot);
extern void fxFromBigInt64(xsMachine *the, xsSlot *slot, int64_t value);
extern void fxFromBigUint64(xsMachine *the, xsSlot *slot, uint64_t value);

#define NAME_BUFFER 64	/* longer names are a RangeError before NVS sees them */

struct store { uint8_t space, format, read_only; };

static const struct { const char *name; uint8_t type; } formats[] = {
	{"buffer", NVS_BLOB}, {"string", NVS_STRING}, {"uint8", NVS_U8}, {"int8", NVS_I8}, {"uint16", NVS_U16}, {"int16", NVS_I16},
	{"uint32", NVS_U32}, {"int32", NVS_I32}, {"uint64", NVS_U64}, {"int64", NVS_I64},
};
#define FORMATS ((int)(sizeof(formats) / sizeof(formats[0])))

static void throw_if(xsMachine *the, int error)
{
	if (error) {
		char text[16];
		snprintf(text, sizeof(text), "0x%x", error);
		xsUnknownError("%s", text);
	}
}

static void store_destructor(void *data)
{
	(void)data;	/* the record is a chunk of the machine: nothing to free */
}

static struct store *this_store(xsMachine *the)
{
	return xsmcGetHostChunkValidate(xsThis, (void *)store_destructor);
}

/* Before the key is taken: calling into JavaScript may move the record. */
static struct store writable_store(xsMachine *the)
{
	struct store store = *this_store(the);
	if (store.read_only)
		xsUnknownError("read-only");
	return store;
}

static uint8_t format_of(xsMachine *the, const char *name)
{
	for (int i = 0; i < FORMATS; i++) {
		if (!strcmp(formats[i].name, name))
			return formats[i].type;
	}
	xsRangeError("unsupported");
}

static void store_open(xsMachine *the)
{
	char path[NAME_BUFFER];
	struct store store = {.format = NVS_BLOB};
	xsmcVars(1);
	if (!xsmcHas(xsArg(0), xsID("path")))
		xsUnknownError("no path");
	xsmcGet(xsVar(0), xsArg(0), xsID("path"));
	xsmcToStringBuffer(xsVar(0), path, sizeof(path));
	size_t length = strlen(path);
	if (!length)
		xsUnknownError("invalid");
	if (path[length - 1] == '/')
		path[length - 1] = 0;
	if (xsmcHas(xsArg(0), xsID("mode"))) {
		xsmcGet(xsVar(0), xsArg(0), xsID("mode"));
		const char *mode = xsmcToString(xsVar(0));
		store.read_only = !strcmp(mode, "r");
		if (!store.read_only && strcmp(mode, "r+"))
			xsUnknownError("invalid mode");
	}
	if (xsmcHas(xsArg(0), xsID("format"))) {
		xsmcGet(xsVar(0), xsArg(0), xsID("format"));
		if (xsmcTest(xsVar(0)))
			store.format = format_of(the, xsmcToString(xsVar(0)));
	}
	throw_if(the, nvs_open(path, !store.read_only, &store.space));
	xsmcSetNewHostInstance(xsResult, xsArg(1));
	xsmcSetHostDestructor(xsResult, store_destructor);
	xsmcSetHostChunk(xsResult, &store, sizeof(store));
}

static void store_close(xsMachine *the)
{
	if (!xsGetHostDestructor(xsThis))
		return;
	this_store(the);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
}

static void read_number(xsMachine *the, const struct store *store, const char *key)
{
	uint64_t bits = 0;
	if (nvs_get(store->space, store->format, key, &bits, store->format & 0x0f))
		return;
	switch (store->format) {
	case NVS_U8: case NVS_U16: xsmcSetInteger(xsResult, (xsIntegerValue)bits); break;
	case NVS_I8: xsmcSetInteger(xsResult, (int8_t)bits); break;
	case NVS_I16: xsmcSetInteger(xsResult, (int16_t)bits); break;
	case NVS_I32: xsmcSetInteger(xsResult, (int32_t)bits); break;
	case NVS_U32: xsmcSetNumber(xsResult, (double)bits); break;
	case NVS_I64: fxFromBigInt64(the, &xsResult, (int64_t)bits); break;
	default: fxFromBigUint64(the, &xsResult, bits); break;
	}
}

static void read_string(xsMachine *the, const struct store *store, const char *key, uint32_t size)
{
	char text[NVS_STRING_MAX + 1];
	throw_if(the, nvs_get(store->space, NVS_STRING, key, text, size));
	text[size] = 0;	/* what another program stored may lack its NUL */
	xsmcSetString(xsResult, text);
}

static void read_buffer(xsMachine *the, const struct store *store, const char *key, uint32_t size)
{
	if (xsmcArgc > 1) {
		struct buffer_range into = js_buffer(the, &xsArg(1), true);
		if (into.length < size)
			xsRangeError("buffer too small");
		throw_if(the, nvs_get(store->space, NVS_BLOB, key, into.data, size));
		xsmcSetInteger(xsResult, (xsIntegerValue)size);
		return;
	}
	xsmcVars(1);
	xsmcSetArrayBuffer(xsVar(0), NULL, (xsIntegerValue)size);
	throw_if(the, nvs_get(store->space, NVS_BLOB, key, xsmcToArrayBuffer(xsVar(0)), size));
	xsResult = xsVar(0);
}

static void store_read(xsMachine *the)
{
	char key[NAME_BUFFER];
	xsmcToStringBuffer(xsArg(0), key, sizeof(key));
	struct store store = *this_store(the);
	if (store.format != NVS_BLOB && store.format != NVS_STRING) {
		read_number(the, &store, key);
		return;
	}
	uint8_t type;
	uint32_t size;
	if (nvs_type(store.space, key, &type))
		return;
	if (type != store.format)
		xsTypeError("mismatch");
	throw_if(the, nvs_size(store.space, type, key, &size));
	if (type == NVS_STRING)
		read_string(the, &store, key, size);
	else
		read_buffer(the, &store, key, size);
}

static void write_number(xsMachine *the, const struct store *store, const char *key)
{
	uint64_t bits;
	switch (store->format) {
	case NVS_U64: bits = fxToBigUint64(the, &xsArg(1)); break;
	case NVS_I64: bits = (uint64_t)fxToBigInt64(the, &xsArg(1)); break;
	case NVS_U32: bits = fxToUnsigned(the, &xsArg(1)); break;
	default: bits = (uint64_t)(int64_t)xsmcToInteger(xsArg(1)); break;
	}
	throw_if(the, nvs_set(store->space, store->format, key, &bits, store->format & 0x0f));
}

static void store_write(xsMachine *the)
{
	char key[NAME_BUFFER];
	xsmcToStringBuffer(xsArg(0), key, sizeof(key));
	struct store store = writable_store(the);
	if (store.format == NVS_BLOB) {
		struct buffer_range value = js_buffer(the, &xsArg(1), false);
		throw_if(the, nvs_set(store.space, NVS_BLOB, key, value.data, value.length));
	} else if (store.format == NVS_STRING) {
		const char *text = xsmcToString(xsArg(1));
		throw_if(the, nvs_set(store.space, NVS_STRING, key, text, (uint32_t)strlen(text) + 1));
	} else {
		write_number(the, &store, key);
	}
}

static void store_delete(xsMachine *the)
{
	char key[NAME_BUFFER];
	xsmcToStringBuffer(xsArg(0), key, sizeof(key));
	struct store store = writable_store(the);
	int error = nvs_erase(store.space, key);
	if (error != NVS_NOT_FOUND)
		throw_if(the, error);
}

static void store_get_format(xsMachine *the)
{
	uint8_t type = this_store(the)->format;
	for (int i = 0; i < FORMATS; i++) {
		if (formats[i].type == type)
			xsmcSetString(xsResult, (char *)formats[i].name);
	}
}

static void store_set_format(xsMachine *the)
{
	uint8_t format = format_of(the, xsmcToString(xsArg(0)));
	this_store(the)->format = format;
}

static void iterator_destructor(void *data)
{
	(void)data;
}

static void iterator_open(xsMachine *the)
{
	struct store *store = xsmcGetHostChunkValidate(xsArg(0), (void *)store_destructor);
	struct nvs_iterator iterator = {.space = store->space};
	xsmcSetHostChunk(xsThis, &iterator, sizeof(iterator));
}

/* {done, value} as the iterator protocol wants it; no value at the end. */
static void set_result(xsMachine *the, const char *key)
{
	xsmcVars(2);
	xsmcSetBoolean(xsVar(0), !key);
	if (key)
		xsmcSetString(xsVar(1), (char *)key);
	xsmcSetNewObject(xsResult);
	xsmcDefine(xsResult, xsID("done"), xsVar(0), xsDefault);
	xsmcDefine(xsResult, xsID("value"), xsVar(1), xsDefault);
}

static void iterator_next(xsMachine *the)
{
	char key[NVS_NAME_SIZE];
	struct nvs_iterator *iterator = xsmcGetHostChunkValidate(xsThis, (void *)iterator_destructor);
	set_result(the, nvs_next(iterator, key) ? key : NULL);
}

/* That of the SDK gives back nothing, which the engine of chips refuses. */
static void iterator_return(xsMachine *the)
{
	struct nvs_iterator *iterator = xsmcGetHostChunkValidate(xsThis, (void *)iterator_destructor);
	iterator->sequence = UINT32_MAX;
	xsTypeError("iterator result: not an object");
}

const struct native natives_keyvalue[] = {
	{"kv_store_destructor", store_destructor},
	{"kv_store_open", store_open},
	{"kv_store_close", store_close},
	{"kv_store_read", store_read},
	{"kv_store_write", store_write},
	{"kv_store_delete", store_delete},
	{"kv_store_get_format", store_get_format},
	{"kv_store_set_format", store_set_format},
	{"kv_iterator_destructor", iterator_destructor},
	{"kv_iterator", iterator_open},
	{"kv_iterator_next", iterator_next},
	{"kv_iterator_return", iterator_return},
	{NULL, NULL},
};
