/*
 * Names of the natives in modules/platform/deflate.c, which on a chip the linker finds by itself.
 */
#include "../host.h"

#define DEFLATE_NATIVES(X) \
	X(lws_inflate) X(lws_inflate_read) X(lws_inflate_finish) X(lws_inflate_reset) X(lws_deflate) X(lws_deflate_write) X(lws_deflate_reset) \
	X(lws_deflate_close)

#define DECLARE(name) extern void name(xsMachine *the);
#define ENTRY(name) { #name, name },

DEFLATE_NATIVES(DECLARE)
extern void lws_deflate_destructor(void *data);

const struct native natives_deflate[] = { DEFLATE_NATIVES(ENTRY) { "lws_deflate_destructor", lws_deflate_destructor }, { NULL, NULL } };
