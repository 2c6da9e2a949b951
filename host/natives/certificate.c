/*
 * Names of the natives in modules/tls/certificate*.c, which on a chip the linker finds by itself.
 */
#include "../host.h"

#define CERTIFICATE_NATIVES(X) \
	X(lws_chain) X(lws_chain_close) X(lws_chain_get_count) X(lws_chain_text) X(lws_chain_number) X(lws_chain_get_chainLength) X(lws_chain_get_keyLength) \
	X(lws_chain_put) X(lws_maker) X(lws_maker_close) X(lws_maker_step) X(lws_maker_get_chainLength) X(lws_maker_get_keyLength) X(lws_maker_put) \
	X(lws_certificate_pem)

#define DECLARE(name) extern void name(xsMachine *the);
#define ENTRY(name) { #name, name },

CERTIFICATE_NATIVES(DECLARE)

extern void lws_chain_destructor(void *data);
extern void lws_maker_destructor(void *data);

const struct native natives_certificate[] = {
	{ "lws_chain_destructor", lws_chain_destructor }, { "lws_maker_destructor", lws_maker_destructor }, CERTIFICATE_NATIVES(ENTRY) { NULL, NULL }
};
