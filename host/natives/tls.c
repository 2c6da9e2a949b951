/*
 * Names of the natives in modules/tls/tls*.c, which on a chip the linker finds by itself.
 */
#include "../host.h"

#define TLS_NATIVES(X) \
	X(lws_tls_config) X(lws_tls_config_close) X(lws_tls_identity) X(lws_tls_identity_close) X(lws_tls_session) X(lws_tls_session_close) X(lws_tls_feed) \
	X(lws_tls_step) X(lws_tls_receive) X(lws_tls_read) X(lws_tls_write) X(lws_tls_end) X(lws_tls_take) X(lws_tls_get_pending) X(lws_tls_get_version) \
	X(lws_tls_get_cipher) X(lws_tls_get_alpn) X(lws_tls_get_resumed) X(lws_tls_get_peer) X(lws_tls_save)
#define TLS_DESTRUCTORS(X) X(lws_tls_config_destructor) X(lws_tls_identity_destructor) X(lws_tls_session_destructor)

#define DECLARE(name) extern void name(xsMachine *the);
#define DECLARE_DESTRUCTOR(name) extern void name(void *data);
#define ENTRY(name) { #name, name },

TLS_NATIVES(DECLARE)
TLS_DESTRUCTORS(DECLARE_DESTRUCTOR)

const struct native natives_tls[] = { TLS_NATIVES(ENTRY) TLS_DESTRUCTORS(ENTRY) { NULL, NULL } };
