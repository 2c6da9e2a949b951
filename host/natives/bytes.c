/*
 * Names of the natives in modules/platform/bytes.c, which on a chip the linker finds by itself.
 */
#include "../host.h"

#define BYTES_NATIVES(X) \
	X(lws_bytes_span) X(lws_bytes_field) X(lws_bytes_find) X(lws_bytes_equals) X(lws_bytes_text) X(lws_bytes_latin1) X(lws_bytes_put) X(lws_bytes_size) \
	X(lws_bytes_copy) X(lws_bytes_mask) X(lws_bytes_utf8)

#define DECLARE(name) extern void name(xsMachine *the);
#define ENTRY(name) { #name, name },

BYTES_NATIVES(DECLARE)

const struct native natives_bytes[] = { BYTES_NATIVES(ENTRY) { NULL, NULL } };
