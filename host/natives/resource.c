/*
 * The SDK's Resource: files of the image, used where they lie in flash.
 */
#include "../archive.h"
#include "../host.h"

static const struct image *image;

void resource_start(const struct image *running)
{
	image = running;
}

static const struct archive_entry *find(const char *path, const uint8_t **archive)
{
	return image_find(image, path, ARCHIVE_BIT(ARCHIVE_RESOURCE), archive);
}

static void set_flash(xsMachine *the, xsSlot *slot, const void *data, uint32_t length)
{
	fxSetHostBuffer(the, slot, (void *)data, (xsIntegerValue)length);
	fxPetrifyHostBuffer(the, slot);
}

/* The bytes belong to the flash chip. */
static void resource_destructor(void *data)
{
	(void)data;
}

static void resource_constructor(xsMachine *the)
{
	const char *path = xsmcToString(xsArg(0));
	const uint8_t *archive;
	const struct archive_entry *entry = find(path, &archive);

	if (!entry)
		xsURIError("Resource not found: %s", path);
	set_flash(the, &xsThis, archive + entry->data, entry->length);
}

static void resource_exists(xsMachine *the)
{
	const uint8_t *archive;

	xsmcSetBoolean(xsResult, find(xsmcToString(xsArg(0)), &archive) != NULL);
}

static void resource_get_length(xsMachine *the)
{
	xsmcSetInteger(xsResult, fxGetHostBufferLength(the, &xsThis));
}

static xsIntegerValue clamp(xsIntegerValue value, xsIntegerValue low, xsIntegerValue high)
{
	return value < low ? low : value > high ? high : value;
}

static void resource_slice(xsMachine *the)
{
	const uint8_t *data = fxGetHostData(the, &xsThis);
	xsIntegerValue length = fxGetHostBufferLength(the, &xsThis);
	xsIntegerValue begin = xsmcArgc > 0 ? clamp(xsmcToInteger(xsArg(0)), 0, length) : 0;
	xsIntegerValue end = xsmcArgc > 1 && xsmcTypeOf(xsArg(1)) != xsUndefinedType ? clamp(xsmcToInteger(xsArg(1)), begin, length) : length;

	if (xsmcArgc < 3 || xsmcTest(xsArg(2))) {
		xsmcSetArrayBuffer(xsResult, (void *)(data + begin), end - begin);
		return;
	}
	xsmcVars(1);
	xsResult = xsNewHostObject(NULL);
	set_flash(the, &xsResult, data + begin, (uint32_t)(end - begin));
	xsmcSetInteger(xsVar(0), end - begin);
	xsmcDefine(xsResult, xsID("byteLength"), xsVar(0), xsDontDelete | xsDontSet);
}

const struct native natives_resource[] = {
	{ "Resource_destructor", resource_destructor }, { "Resource_constructor", resource_constructor }, { "Resource_exists", resource_exists },
	{ "Resource_get_byteLength", resource_get_length }, { "Resource_slice", resource_slice }, { NULL, NULL },
};
