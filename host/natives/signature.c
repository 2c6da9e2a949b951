/*
 * The name of the native in modules/platform/signature.c, which on a chip the linker finds by itself.
 */
#include "../host.h"

extern void lws_signature_isValid(xsMachine *the);

const struct native natives_signature[] = { { "lws_signature_isValid", lws_signature_isValid }, { NULL, NULL } };
