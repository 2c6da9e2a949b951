/*
 * Finds and loads modules: the image's own, from the archive in flash, and the SDK's, which belong to the device.
 */
#include "engine.h"

#include "../archive.h"

static struct module *modules;
static int module_count;
static int preloaded_count;	/* they come first */

static void add(const char *name, const char *text, uint32_t length)
{
	modules[module_count++] = (struct module){ .name = name, .text = text, .length = length };
}

/* The modules of an archive that are of a kind, but those that another archive replaces or removes. */
static void add_archive(const uint8_t *data, uint32_t kind, const uint8_t *over)
{
	const struct archive *archive = archive_of(data);

	for (uint32_t i = 0; i < archive->count; i++) {
		const struct archive_entry *entry = &archive->entries[i];
		const char *name = (const char *)data + entry->name;

		if (entry->kind == kind && !(over && archive_find(over, name, ARCHIVE_MODULES | ARCHIVE_BIT(ARCHIVE_REMOVED))))
			add(name, (const char *)data + entry->data, entry->length);
	}
}

static void add_image(const struct image *image, uint32_t kind)
{
	add_archive(image->archive, kind, image->overlay);
	if (image->overlay)
		add_archive(image->overlay, kind, NULL);
}

void modules_start(const struct image *image)
{
	size_t builtin_count = 0, image_count = archive_of(image->archive)->count;

	while (builtins[builtin_count].name)
		builtin_count++;
	if (image->overlay)
		image_count += archive_of(image->overlay)->count;
	modules = calloc(builtin_count + image_count, sizeof *modules);
	add_image(image, ARCHIVE_PRELOADED);
	preloaded_count = module_count;
	add_image(image, ARCHIVE_MODULE);
	for (size_t i = 0; i < builtin_count; i++)
		add(builtins[i].name, builtins[i].text, (uint32_t)(builtins[i].end - builtins[i].text));
}

const char *modules_preloaded(int index)
{
	return index < preloaded_count ? modules[index].name : NULL;
}

static struct module *find(const char *name)
{
	for (int i = 0; i < module_count; i++)
		if (!strcmp(modules[i].name, name))
			return &modules[i];
	return NULL;
}

struct module *modules_at(const void *code)
{
	const uint8_t *at = code;

	for (int i = 0; i < module_count; i++)
		if (modules[i].code && at >= modules[i].code && at <= modules[i].code + modules[i].code_length)
			return &modules[i];
	return NULL;
}

/* "./x" and "../x" count from the folder of the importing module. False if the result does not fit or leaves the root. */
static bool resolve(const char *importer, const char *name, char *path, size_t size)
{
	const char *slash = importer ? strrchr(importer, '/') : NULL;
	size_t folder = slash ? (size_t)(slash - importer) : 0;

	while (name[0] == '.') {
		if (!strncmp(name, "./", 2))
			name += 2;
		else if (!strncmp(name, "../", 3)) {
			name += 3;
			if (!folder)
				return false;
			while (folder && importer[--folder] != '/')
				;
		}
		else
			return false;
	}
	return (size_t)snprintf(path, size, "%.*s%s%s", (int)folder, importer ? importer : "", folder ? "/" : "", name) < size;
}

txID fxFindModule(txMachine *the, txSlot *realm, txID moduleID, txSlot *slot)
{
	const char *importer = moduleID == XS_NO_ID ? NULL : fxGetKeyName(the, moduleID);
	char name[256], path[256];
	struct module *module;
	char *end;

	(void)realm;
	fxToStringBuffer(the, slot, name, sizeof name);
	if (name[0] != '.')
		strcpy(path, name);
	else if (!resolve(importer, name, path, sizeof path))
		return XS_NO_ID;
	end = strrchr(path, '.');
	if (end && !strcmp(end, ".js"))
		*end = 0;
	module = find(path);
	if (!module) {
		console('E', "xs", "%s imports \"%s\", which the image does not hold", importer ? importer : "the device", path);
		return XS_NO_ID;
	}
	return js_id(the, module->name);
}

/* The exception that the engine makes of a syntax error does not know its line. */
static void report_error(void *the, txString path, txInteger line, txString format, c_va_list arguments)
{
	char text[256];

	(void)the;
	vsnprintf(text, sizeof text, format, arguments);
	console('E', "xs", "%s:%d: %s", path ? path : "?", (int)line, text);
}

txScript *modules_parse(txMachine *the, const struct module *module, txUnsigned flags)
{
	txStringCStream stream = { .buffer = (txString)module->text, .offset = 0, .size = (txSize)module->length };
	txParser parser;
	txParserJump jump;
	txScript *volatile script = NULL;

	fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
	/* With lines it is parsed a second time, for a message about an error. */
	if (!(flags & mxDebugFlag))
		parser.reportError = report_error;
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, (txString)module->name);
		fxParserTree(&parser, &stream, fxStringCGetter, mxCFlag | flags, NULL);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fxTerminateParser(&parser);
	return script;
}

void fxLoadModule(txMachine *the, txSlot *slot, txID moduleID)
{
	struct module *module = find(fxGetKeyName(the, moduleID));
	txScript *script = module ? modules_parse(the, module, 0) : NULL;

	if (!script)
		return;
	flashcode_prepare(the, script);
	module->code = (const uint8_t *)script->codeBuffer;
	module->code_length = (uint32_t)script->codeSize;
	fxResolveModule(the, slot, moduleID, script, NULL, NULL);
	free(script);
}
