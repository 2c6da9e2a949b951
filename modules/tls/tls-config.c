/*
 * What a listener, or a set of clients, has in common.
 */
#include "tls.h"

#include <string.h>

#define ALPN_LENGTH 128
/* RFC 8446 section 4.6.1: a week. */
#define LONGEST_TICKET 604800

/* The chip's own circuits do AES. */
static const int suites[] = {
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 0,
};

void tlsReleaseConfig(TlsConfig *config)
{
	if (!config || --config->references)
		return;
	mbedtls_ssl_config_free(&config->ssl);
	tlsFreeAuthorities(config->authorities);
	tlsReleaseIdentity(config->identity);
	mbedtls_free(config->alpn);
	mbedtls_free(config->protocols);
	mbedtls_free(config);
}

void lws_tls_config_destructor(void *data)
{
	tlsReleaseConfig(data);
}

void lws_tls_config_close(xsMachine *the)
{
	TlsConfig *config = xsmcGetHostData(xsThis);

	xsmcSetHostData(xsThis, NULL);
	tlsReleaseConfig(config);
}

static const char *setAlpn(TlsConfig *config, const char *text)
{
	size_t length = strlen(text), count = 1;

	if (!length)
		return NULL;
	if (length > ALPN_LENGTH)
		return "BAD_OPTION";
	config->alpn = mbedtls_calloc(1, length + 1);
	if (!config->alpn)
		return NO_MEMORY;
	memcpy(config->alpn, text, length);
	for (char *at = config->alpn; *at; at++)
		if (*at == ',') {
			*at = 0;
			count++;
		}
	config->protocols = mbedtls_calloc(count + 1, sizeof *config->protocols);
	if (!config->protocols)
		return NO_MEMORY;
	for (size_t i = 0, at = 0; i < count; at += strlen(config->alpn + at) + 1)
		config->protocols[i++] = config->alpn + at;
	return mbedtls_ssl_conf_alpn_protocols(&config->ssl, (void *)config->protocols) ? "BAD_OPTION" : NULL;
}

/* A hash over all of them, whatever their order. */
static void nameAnchors(TlsConfig *config)
{
	for (const mbedtls_x509_crt *each = config->authorities; each; each = each->next) {
		uint8_t hash[32] = { 0 };
		size_t length;

		psa_hash_compute(PSA_ALG_SHA_256, each->raw.p, each->raw.len, hash, sizeof hash, &length);
		for (size_t i = 0; i < ANCHORS_LENGTH; i++)
			config->anchors[i] ^= hash[i];
	}
}

/*
 * What a server may sign with. Mbed TLS 3.6.6 offers PSS for both versions and then refuses it in TLS 1.2. Servers that take the first that they can get
 * on with this order, since TLS 1.3 does not allow what stands before PSS (RFC 8446 section 4.2.3); for others the client comes back with TLS 1.2 alone.
 */
static const uint16_t signatures[] = {
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
	MBEDTLS_TLS1_3_SIG_NONE
};

static const char *setSide(TlsConfig *config, int isServer)
{
	mbedtls_ssl_config *ssl = &config->ssl;

	if (mbedtls_ssl_config_defaults(ssl, isServer ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
		MBEDTLS_SSL_PRESET_DEFAULT))
		return NO_MEMORY;
#if MBEDTLS_VERSION_MAJOR < 4
	mbedtls_ssl_conf_rng(ssl, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
#endif
	mbedtls_ssl_conf_ciphersuites(ssl, suites);
	if (isServer) {
		/* Clients are only asked who they are where their identity says so. */
		mbedtls_ssl_conf_authmode(ssl, MBEDTLS_SSL_VERIFY_NONE);
		mbedtls_ssl_conf_cert_cb(ssl, tlsChoose);
		if (config->tickets)
			mbedtls_ssl_conf_session_tickets_cb(ssl, tlsWriteTicket, tlsParseTicket, NULL);
		return NULL;
	}
	if (!config->authorities)
		return "TLS_UNKNOWN_CA";
	nameAnchors(config);
	mbedtls_ssl_conf_sig_algs(ssl, signatures);
	mbedtls_ssl_conf_authmode(ssl, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(ssl, config->authorities, NULL);
	mbedtls_ssl_conf_session_tickets(ssl, config->tickets ? MBEDTLS_SSL_SESSION_TICKETS_ENABLED : MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#if MBEDTLS_VERSION_MAJOR < 4
	if (config->tickets)
		mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(ssl, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
	if (config->identity && mbedtls_ssl_conf_own_cert(ssl, &config->identity->chain, &config->identity->key))
		return NO_MEMORY;
	return NULL;
}

static const char *configure(xsMachine *the, TlsConfig *config)
{
	const char *error;

	xsmcGet(xsVar(0), xsArg(0), xsID("authorities"));
	error = tlsAuthorities(the, &xsVar(0), &xsVar(1), &config->authorities);
	if (error)
		return error;
	xsmcGet(xsVar(0), xsArg(0), xsID("identity"));
	if (xsmcTest(xsVar(0))) {
		config->identity = tlsObject(the, &xsVar(0), IDENTITY);
		config->identity->references++;
	}
	xsmcGet(xsVar(0), xsArg(0), xsID("tickets"));
	if (xsmcTest(xsVar(0))) {
		xsIntegerValue seconds = xsmcToInteger(xsVar(0));

		config->tickets = seconds < 0 ? 0 : seconds > LONGEST_TICKET ? LONGEST_TICKET : (uint32_t)seconds;
	}
	xsmcGet(xsVar(0), xsArg(0), xsID("server"));
	error = setSide(config, xsmcTest(xsVar(0)));
	if (error)
		return error;
	xsmcGet(xsVar(0), xsArg(0), xsID("newest"));
	if (xsmcTest(xsVar(0)) && xsmcToInteger(xsVar(0)) < 13)
		mbedtls_ssl_conf_max_tls_version(&config->ssl, MBEDTLS_SSL_VERSION_TLS1_2);
	xsmcGet(xsVar(0), xsArg(0), xsID("alpn"));
	return xsmcTest(xsVar(0)) ? setAlpn(config, xsmcToString(xsVar(0))) : NULL;
}

/* What throws here leaves an object that its destructor will free. */
void lws_tls_config(xsMachine *the)
{
	TlsConfig *config;
	const char *error;

	xsmcVars(2);
	if (psa_crypto_init())
		tlsThrow(the, NO_MEMORY);
	config = mbedtls_calloc(1, sizeof *config);
	if (!config)
		tlsThrow(the, NO_MEMORY);
	config->kind = CONFIG;
	config->references = 1;
	mbedtls_ssl_config_init(&config->ssl);
	xsmcSetHostData(xsThis, config);
	error = configure(the, config);
	if (error) {
		lws_tls_config_close(the);
		tlsThrow(the, error);
	}
}
