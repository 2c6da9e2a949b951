/*
 * Certificate chain and key of a vhost, or of a client.
 */
#include "tls.h"

static void freeIdentity(TlsIdentity *identity)
{
	mbedtls_x509_crt_free(&identity->chain);
	mbedtls_pk_free(&identity->key);
	tlsFreeAuthorities(identity->authorities);
	if (identity->tickets) {
		mbedtls_ssl_ticket_free(identity->tickets);
		mbedtls_free(identity->tickets);
	}
	mbedtls_platform_zeroize(identity, sizeof *identity);
	mbedtls_free(identity);
}

void tlsReleaseIdentity(TlsIdentity *identity)
{
	if (identity && !--identity->references)
		freeIdentity(identity);
}

void lws_tls_identity_destructor(void *data)
{
	tlsReleaseIdentity(data);
}

void lws_tls_identity_close(xsMachine *the)
{
	TlsIdentity *identity = xsmcGetHostData(xsThis);

	xsmcSetHostData(xsThis, NULL);
	tlsReleaseIdentity(identity);
}

static const char *readPair(TlsIdentity *identity, Bytes chain, Bytes key)
{
	uint8_t *der;
	size_t length;
	const char *error = certificateRead(&identity->chain, chain.data, chain.length);

	if (error)
		return error;
	error = keyRead(&identity->key, key.data, key.length, &der, &length);
	keyWipe(der, length);
	return error ? error : keyCheck(&identity->chain, &identity->key);
}

static Bytes whole(xsMachine *the, xsSlot *slot)
{
	Bytes bytes;
	void *data;
	xsUnsignedValue length;

	xsmcGetBufferReadable(*slot, &data, &length);
	bytes.data = data;
	bytes.length = length;
	return bytes;
}

/* What throws here leaves an object that its destructor will free. */
void lws_tls_identity(xsMachine *the)
{
	Bytes chain, key;
	TlsIdentity *identity;
	const char *error;

	xsmcVars(1);
	whole(the, &xsArg(0));
	whole(the, &xsArg(1));
	if (psa_crypto_init())
		tlsThrow(the, NO_MEMORY);
	identity = mbedtls_calloc(1, sizeof *identity);
	if (!identity)
		tlsThrow(the, NO_MEMORY);
	identity->kind = IDENTITY;
	identity->references = 1;
	mbedtls_x509_crt_init(&identity->chain);
	mbedtls_pk_init(&identity->key);
	xsmcSetHostData(xsThis, identity);
	chain = whole(the, &xsArg(0));
	key = whole(the, &xsArg(1));
	error = readPair(identity, chain, key);
	if (!error && xsmcArgc > 2)
		error = tlsAuthorities(the, &xsArg(2), &xsVar(0), &identity->authorities);
	if (error) {
		lws_tls_identity_close(the);
		tlsThrow(the, error);
	}
}
