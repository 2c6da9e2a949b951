/* The stand-in for the engine. */
#include "fakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int engineRoots;

void fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line, what);
	exit(1);
}

xsSlot engineInteger(double value)
{
	return (xsSlot){ .type = xsIntegerType, .number = value };
}

xsSlot engineString(const char *value)
{
	return (xsSlot){ .type = xsStringType, .text = strdup(value) };
}

xsSlot engineNew(Object *prototype)
{
	(void)prototype;
	return reference(calloc(1, sizeof(Object)));
}

xsSlot engineBuffer(void *data, xsUnsignedValue length)
{
	return bytes(memcpy(malloc(length), data, length), length);
}

xsSlot engineModule(void)
{
	xsSlot module = engineNew(NULL), class = engineNew(NULL);

	engineSet(class.object, "prototype", engineNew(NULL));
	engineSet(module.object, "TCP", class);
	return module;
}

xsSlot engineGet(Object *object, xsIdentifier id)
{
	for (int i = 0; i < 6; i++)
		if (object->members[i].id && !strcmp(object->members[i].id, id))
			return object->members[i].value;
	return (xsSlot){ 0 };
}

void engineSet(Object *object, xsIdentifier id, xsSlot value)
{
	for (int i = 0; i < 6; i++)
		if (!object->members[i].id) {
			object->members[i].id = id;
			object->members[i].value = value;
			return;
		}
}

void engineSetData(Object *object, void *data)
{
	object->data = data;
}

void *engineData(Object *object)
{
	return object->data;
}

void engineBytes(Object *object, void **data, xsUnsignedValue *length)
{
	*data = object->bytes;
	*length = object->length;
}

/* As in the engine, a root must not move, nor be one twice. */
void engineRemember(xsSlot *slot)
{
	slot->root = slot;
	engineRoots++;
}

void engineForget(xsSlot *slot)
{
	CHECK(slot->root == slot);
	slot->root = NULL;
	engineRoots--;
}

/* Of a network its name and its security are noted. */
void engineCall(Object *target, xsIdentifier id, xsSlot argument)
{
	char *end = target->log + strlen(target->log);
	size_t room = sizeof target->log - (size_t)(end - target->log);

	if (argument.type == xsReferenceType)
		snprintf(end, room, "%s %s %s,", id, engineGet(argument.object, "ssid").text, engineGet(argument.object, "authentication").text);
	else if (argument.type == xsIntegerType)
		snprintf(end, room, "%s %d,", id, (int)argument.number);
	else
		snprintf(end, room, argument.type == xsStringType ? "%s %s," : "%s,", id, argument.text);
	if (target->hook && !strcmp(target->trap, id))
		target->hook(target);
}

void engineThrow(xsMachine *the, const char *format, ...)
{
	static char text[100];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	the->error = text;
	longjmp(*the->trap, 1);
}

const char *invoke(Native *native, Object *self, xsSlot *result, ...)
{
	xsMachine machine = { .self = reference(self) };
	jmp_buf trap;
	va_list list;

	va_start(list, result);
	for (; machine.count < 6; machine.count++) {
		machine.arguments[machine.count] = va_arg(list, xsSlot);
		if (machine.arguments[machine.count].type == xsUndefinedType)
			break;
	}
	va_end(list);
	machine.trap = &trap;
	if (setjmp(trap) == 0)
		native(&machine);
	if (result)
		*result = machine.result;
	return machine.error;
}

Object *newTarget(void)
{
	return calloc(1, sizeof(Object));
}

xsSlot reference(Object *object)
{
	return (xsSlot){ .type = xsReferenceType, .object = object };
}

xsSlot options(double port, Object *target, const char *address)
{
	xsSlot slot = engineNew(NULL);

	engineSet(slot.object, "port", engineInteger(port));
	engineSet(slot.object, "target", reference(target));
	if (address)
		engineSet(slot.object, "address", engineString(address));
	return slot;
}

xsSlot bytes(uint8_t *data, uint32_t length)
{
	xsSlot slot = engineNew(NULL);

	slot.object->bytes = data;
	slot.object->length = length;
	return slot;
}

bool logged(Object *target, const char *log)
{
	bool same = !strcmp(target->log, log);

	if (!same)
		fprintf(stderr, "%s, not %s\n", target->log, log);
	*target->log = 0;
	return same;
}
