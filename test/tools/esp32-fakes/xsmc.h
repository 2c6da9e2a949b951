/*
 * As much of the engine as the natives of the sockets use: slots that hold a number, a text, bytes or an object, objects that hold data of C, and
 * exceptions that end a call. Calls of scripts go to engine.c, which notes them.
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { xsUndefinedType, xsNullType, xsIntegerType, xsStringType, xsReferenceType } xsType;
typedef int32_t xsIntegerValue;
typedef uint32_t xsUnsignedValue;
typedef const char *xsIdentifier;
typedef struct Object Object;

typedef struct xsSlot {
	xsType type;
	double number;
	char *text;
	Object *object;
	struct xsSlot *root;	/* itself while it is one */
} xsSlot;

typedef struct xsMachine {
	xsSlot self, result, arguments[6], variables[3];
	int count;
	jmp_buf *trap;
	const char *error;
} xsMachine;

#define xsThis (the->self)
#define xsResult (the->result)
#define xsArg(index) (the->arguments[index])
#define xsVar(index) (the->variables[index])
#define xsmcArgc (the->count)
#define xsmcVars(count) ((void)(count))
#define xsBeginHost(machine) { xsMachine *outer_ = (machine), inner_ = { 0 }, *the = &inner_; (void)outer_; (void)the;
#define xsEndHost(machine) }
#define xsTry if (true)
#define xsCatch else
#define xsGlobal xsNull
#define xsID(name) (name)

#define xsNull ((xsSlot){ .type = xsNullType })
#define xsInteger(value) engineInteger(value)
#define xsString(value) engineString(value)
#define xsmcTypeOf(slot) ((slot).type)
#define xsmcToInteger(slot) ((xsIntegerValue)(slot).number)
#define xsmcToNumber(slot) ((slot).number)
#define xsmcToString(slot) ((slot).text)
#define xsmcTest(slot) ((slot).number != 0 || (slot).object)
#define xsmcSetInteger(slot, value) ((slot) = engineInteger(value))
#define xsmcSetBoolean(slot, value) ((slot) = engineInteger(value))
#define xsmcSetString(slot, value) ((slot) = engineString(value))
#define xsmcSetArrayBuffer(slot, data, length) ((slot) = engineBuffer(data, length))
#define xsmcSetUndefined(slot) ((slot) = (xsSlot){ 0 })
#define xsmcSetNewObject(slot) ((slot) = engineNew(NULL))
#define xsmcGet(to, from, id) ((to) = engineGet((from).object, id))
#define xsmcSet(to, id, from) engineSet((to).object, id, from)
#define xsmcHas(from, id) (engineGet((from).object, id).type != xsUndefinedType)
#define xsmcSetHostData(slot, value) engineSetData((slot).object, value)
#define xsmcGetHostData(slot) engineData((slot).object)
#define xsmcGetHostDataValidate(slot, destructor) ((void)(destructor), engineData((slot).object))
#define xsmcGetBufferReadable(slot, data, length) engineBytes((slot).object, data, length)
#define xsmcGetBufferWritable(slot, data, length) engineBytes((slot).object, data, length)
#define xsNewHostInstance(prototype) engineNew((prototype).object)
#define xsAwaitImport(name, flag) engineModule()
#define xsRemember(slot) ((void)the, engineRemember(&(slot)))
#define xsForget(slot) ((void)the, engineForget(&(slot)))
#define xsCall0_noResult(target, id) engineCall((target).object, id, (xsSlot){ 0 })
#define xsCall1_noResult(target, id, argument) engineCall((target).object, id, argument)
#define xsCallFunction1(function, self, argument) ((void)(self), engineCall((function).object, "call", argument))
#define xsUnknownError(...) engineThrow(the, __VA_ARGS__)
#define xsRangeError(...) engineThrow(the, __VA_ARGS__)

xsSlot engineInteger(double value), engineString(const char *value), engineNew(Object *prototype), engineModule(void), engineBuffer(void *data, xsUnsignedValue length);
xsSlot engineGet(Object *object, xsIdentifier id);
void engineSet(Object *object, xsIdentifier id, xsSlot value);
void engineSetData(Object *object, void *data);
void *engineData(Object *object);
void engineBytes(Object *object, void **data, xsUnsignedValue *length);
void engineRemember(xsSlot *slot), engineForget(xsSlot *slot);
void engineCall(Object *target, xsIdentifier id, xsSlot argument);
void engineThrow(xsMachine *the, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
