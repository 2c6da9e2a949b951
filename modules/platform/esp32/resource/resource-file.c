/* The natives of Resource.ts: files that mcconfig has put into the image, used where they lie in flash. */
#include "xsmc.h"
#include "mc.xs.h"

#include <stdint.h>
#include <string.h>

/* Longest name of a file, with its NUL. */
#define NAME 64

/* Made by mcconfig. */
const void *mcGetResource(void *the, const char *name, size_t *size);

static const void *find(xsMachine *the, const char *path, size_t *size)
{
	char name[NAME];
	const size_t length = strlen(path);

	if (length >= sizeof name)
		return NULL;
	for (size_t i = 0; i <= length; i++)
		name[i] = path[i] == '/' ? '@' : path[i];
	return mcGetResource(the, name, size);
}

static void set_flash(xsMachine *the, xsSlot *slot, const void *data, size_t length)
{
	fxSetHostBuffer(the, slot, (void *)data, (xsIntegerValue)length);
	fxPetrifyHostBuffer(the, slot);
}

static xsIntegerValue clamp(xsIntegerValue value, xsIntegerValue low, xsIntegerValue high)
{
	return value < low ? low : value > high ? high : value;
}

/* The bytes belong to the flash. */
void lws_resource_destructor(void *data)
{
	(void)data;
}

void lws_resource(xsMachine *the)
{
	const char *path = xsmcToString(xsArg(0));
	size_t size;
	const void *data = find(the, path, &size);

	if (!data)
		xsURIError("Resource not found: %s", path);
	set_flash(the, &xsThis, data, size);
}

void lws_resource_exists(xsMachine *the)
{
	size_t size;

	xsmcSetBoolean(xsResult, find(the, xsmcToString(xsArg(0)), &size) != NULL);
}

void lws_resource_get_byteLength(xsMachine *the)
{
	xsmcSetInteger(xsResult, xsmcGetHostBufferLength(xsThis));
}

void lws_resource_slice(xsMachine *the)
{
	const uint8_t *data = xsmcGetHostData(xsThis);
	const xsIntegerValue length = xsmcGetHostBufferLength(xsThis);
	const xsIntegerValue begin = xsmcArgc > 0 ? clamp(xsmcToInteger(xsArg(0)), 0, length) : 0;
	const xsBooleanValue whole = xsmcArgc < 2 || xsmcTypeOf(xsArg(1)) == xsUndefinedType;
	const xsIntegerValue end = whole ? length : clamp(xsmcToInteger(xsArg(1)), begin, length);

	if (xsmcArgc < 3 || xsmcTest(xsArg(2))) {
		xsmcSetArrayBuffer(xsResult, (void *)(data + begin), end - begin);
		return;
	}
	xsmcVars(1);
	xsResult = xsNewHostObject(NULL);
	set_flash(the, &xsResult, data + begin, (size_t)(end - begin));
	xsmcSetInteger(xsVar(0), end - begin);
	xsmcDefine(xsResult, xsID_byteLength, xsVar(0), xsDontDelete | xsDontSet);
}
