/*
 * What the files around XS offer each other. They see the inside of the machine (xsAll.h); the rest of the host sees host.h only.
 */
#ifndef LWS_XS_ENGINE_H
#define LWS_XS_ENGINE_H

#include "xsAll.h"
#include "xsScript.h"

#include "../host.h"

/* Slots of 16 bytes, as on the chip; a 64-bit build counts its 32-byte slots at that size. */
#define SLOT_BYTES 16u

/* JavaScript stack of the firmware, in slots (manifest.json's creation.stack). It lives in the same block as the heap. */
#define STACK_SLOTS 768

/* --- memory.c --- */
void memory_start(void);
void memory_cap(txMachine *the);	/* call when the preloaded modules have run: what is used by then is flash on a chip, and from now on the cap holds */

/* --- modules.c --- */
struct module {
	const char *name;		/* specifier */
	const char *text;		/* JavaScript, NUL-terminated */
	uint32_t length;
	const uint8_t *code;		/* byte code once loaded, else NULL */
	uint32_t code_length;
	struct line_map *lines;		/* built by lines.c when first asked for */
};
void modules_start(const struct image *image);
const char *modules_preloaded(int index);	/* specifier, or NULL after the last */
struct module *modules_at(const void *code);	/* the module whose byte code holds this address */
txScript *modules_parse(txMachine *the, const struct module *module, txUnsigned flags);

/* JavaScript that belongs to the device and not to the image: the SDK's modules. Generated from the Makefile's list. */
struct builtin {
	const char *name, *text;
	const char *end;
};
extern const struct builtin builtins[];

/* --- flashcode.c: turns parsed byte code into byte code that stays outside the heap --- */
void flashcode_prepare(txMachine *the, txScript *script);

/* --- lines.c: source lines for errors, without line opcodes in the running code --- */
int lines_find(txMachine *the, struct module *module, const uint8_t *code);	/* 0: unknown */

/* --- hosts.c: binding of natives --- */
struct host_table;
struct host_table *hosts_prepare(txMachine *the, txScript *script, const txID *ids);	/* resets the chip when a native does not exist */
void hosts_select(struct host_table *table);	/* the table that the next call of hosts_callback builds */
void hosts_callback(txMachine *the);
void hosts_globals(txMachine *the);	/* native() and Native() for code that was not rewritten */

/* --- trace.c --- */
void trace_exception(txMachine *the, const char *cause);
void trace_position(txMachine *the);	/* where the machine is running now */

/* --- meter.c --- */
void meter_watch(void);			/* from now on a turn that computes for seconds resets the chip */
void meter_start(txMachine *the);
void meter_turn(void);			/* a new turn of the event loop begins: feeds the watchdog */


#endif
