/*
 * Who a server is in a session: JavaScript chooses by the name that the client gives. A ticket is only read with the keys of that identity, so the
 * name is looked up in the ClientHello as soon as it is needed, wherever in it Mbed TLS is reading.
 */
#include "tls.h"

#include <string.h>

#define CLIENT_HELLO 1
#define SERVER_NAME 0
#define HOST_NAME 0

TlsSession *tlsRunning;

typedef struct {
	const uint8_t *at, *end;
} Reader;

/* The bytes behind a length that has so many bytes of its own; what is cut off is empty. */
static Reader part(Reader *reader, size_t size)
{
	Reader result = { reader->end, reader->end };
	size_t length = 0;

	if ((size_t)(reader->end - reader->at) >= size) {
		for (size_t i = 0; i < size; i++)
			length = length << 8 | reader->at[i];
		if (length <= (size_t)(reader->end - reader->at) - size) {
			result.at = reader->at + size;
			result.end = result.at + length;
		}
	}
	reader->at = result.end;
	return result;
}

static unsigned number(Reader *reader, size_t size)
{
	unsigned value = 0;

	while (size-- && reader->at < reader->end)
		value = value << 8 | *reader->at++;
	return value;
}

/* RFC 8446 section 4.1.2, RFC 6066 section 3. */
static Reader serverName(const uint8_t *hello, size_t length)
{
	Reader reader = { hello, hello + length }, none = { hello, hello }, extensions, names;

	if (number(&reader, 1) != CLIENT_HELLO)
		return none;
	reader = part(&reader, 3);
	if (reader.end - reader.at < 34)
		return none;
	reader.at += 34;
	part(&reader, 1);
	part(&reader, 2);
	part(&reader, 1);
	extensions = part(&reader, 2);
	while (extensions.at < extensions.end) {
		unsigned type = number(&extensions, 2);
		Reader content = part(&extensions, 2);

		if (type != SERVER_NAME)
			continue;
		names = part(&content, 2);
		while (names.at < names.end) {
			unsigned kind = number(&names, 1);
			Reader name = part(&names, 2);

			if (kind == HOST_NAME)
				return name;
		}
	}
	return none;
}

/* In lower case; 0 for what is no name. */
static int copyName(Reader from, char name[NAME_LENGTH + 1])
{
	size_t length = (size_t)(from.end - from.at);

	if (length > NAME_LENGTH)
		return 0;
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = from.at[i];

		if (byte <= ' ' || byte > '~')
			return 0;
		name[i] = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
	}
	name[length] = 0;
	return 1;
}

/* No exception may jump through Mbed TLS: xsVar(0) keeps it. JavaScript may have moved the bytes that go out. */
static void ask(TlsSession *session, char *name)
{
	xsMachine *the = session->the;
	Bytes out;

	xsTry {
		xsmcSetString(xsVar(1), name);
		xsmcGet(xsVar(2), xsThis, xsID("target"));
		xsmcCall(xsVar(0), xsVar(2), xsID("onServerName"), &xsVar(1), NULL);
		if (xsmcTest(xsVar(0))) {
			TlsIdentity *identity = tlsObject(the, &xsVar(0), IDENTITY);

			identity->references++;
			session->identity = identity;
		}
		out = tlsRange(the, session->out.argument, 1);
		session->out.data = out.data;
		if (session->out.end > out.length)
			session->out.end = session->out.at;
	}
	xsCatch {
		xsVar(0) = xsException;
		session->hasThrown = 1;
		session->out.end = session->out.at;
	}
}

static void prepareTickets(const TlsConfig *config, TlsIdentity *identity)
{
	mbedtls_ssl_ticket_context *tickets;

	if (!config->tickets || identity->tickets || identity->authorities)
		return;
	tickets = mbedtls_calloc(1, sizeof *tickets);
	if (!tickets)
		return;
	mbedtls_ssl_ticket_init(tickets);
#if MBEDTLS_VERSION_MAJOR < 4
	if (!mbedtls_ssl_ticket_setup(tickets, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE, MBEDTLS_CIPHER_AES_256_GCM, config->tickets))
#else
	if (!mbedtls_ssl_ticket_setup(tickets, PSA_ALG_GCM, PSA_KEY_TYPE_AES, 256, config->tickets))
#endif
		identity->tickets = tickets;
	else {
		mbedtls_ssl_ticket_free(tickets);
		mbedtls_free(tickets);
	}
}

/* Once in a handshake, even if a second ClientHello follows. */
static void choose(TlsSession *session)
{
	char name[NAME_LENGTH + 1];

	if (session->isChosen)
		return;
	session->isChosen = 1;
	if (copyName(serverName(session->ssl.in_msg, session->ssl.in_hslen), name))
		ask(session, name);
	if (session->identity)
		prepareTickets(session->config, session->identity);
}

int tlsChoose(mbedtls_ssl_context *ssl)
{
	TlsSession *session = tlsRunning;
	TlsIdentity *identity;
	int error;

	choose(session);
	identity = session->identity;
	if (!identity || session->hasThrown)
		return session->hasThrown ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME;
	error = mbedtls_ssl_set_hs_own_cert(ssl, NULL, NULL);
	if (!error)
		error = mbedtls_ssl_set_hs_own_cert(ssl, &identity->chain, &identity->key);
	if (!error && identity->authorities) {
		mbedtls_ssl_set_hs_authmode(ssl, MBEDTLS_SSL_VERIFY_REQUIRED);
		mbedtls_ssl_set_hs_ca_chain(ssl, identity->authorities, NULL);
	}
	return error;
}

int tlsWriteTicket(void *context, const mbedtls_ssl_session *ticket, unsigned char *start, const unsigned char *end, size_t *length,
	uint32_t *lifetime)
{
	TlsSession *session = tlsRunning;

	(void)context;
	if (session->identity && session->identity->tickets)
		return mbedtls_ssl_ticket_write(session->identity->tickets, ticket, start, end, length, lifetime);
	*length = 0;
	*lifetime = 0;
	if (mbedtls_ssl_get_version_number(&session->ssl) == MBEDTLS_SSL_VERSION_TLS1_2 || end - start < 1)
		return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
	/* TLS 1.3 must have one; what lives for no time is thrown away (RFC 8446 section 4.6.1). */
	*start = 0;
	*length = 1;
	return 0;
}

int tlsParseTicket(void *context, mbedtls_ssl_session *ticket, unsigned char *data, size_t length)
{
	TlsSession *session = tlsRunning;

	(void)context;
	choose(session);
	if (!session->identity || session->hasThrown || !session->identity->tickets)
		return MBEDTLS_ERR_SSL_INVALID_MAC;
	return mbedtls_ssl_ticket_parse(session->identity->tickets, ticket, data, length);
}
