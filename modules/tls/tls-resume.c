/*
 * What a client resumes with: its session, in front of which stand the authorities that have vouched for the server, and the server's name. Where these
 * are other ones, the server has to prove itself anew.
 *
 * saved: format 1, authorities 8, length of the name 1, name, session as Mbed TLS writes it
 */
#include "tls.h"

#include <string.h>

#define FORMAT 1
#define HEAD (1 + ANCHORS_LENGTH + 1)

void tlsResume(TlsSession *session, const uint8_t *saved, size_t length)
{
	size_t name = strlen(session->name);
	mbedtls_ssl_session loaded;

	if (length < HEAD + name || saved[0] != FORMAT || memcmp(saved + 1, session->config->anchors, ANCHORS_LENGTH) ||
		saved[HEAD - 1] != name || memcmp(saved + HEAD, session->name, name))
		return;
	mbedtls_ssl_session_init(&loaded);
	if (!mbedtls_ssl_session_load(&loaded, saved + HEAD + name, length - HEAD - name))
		mbedtls_ssl_set_session(&session->ssl, &loaded);
	mbedtls_ssl_session_free(&loaded);
}

void lws_tls_save(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);
	mbedtls_ssl_session *own = session->ssl.session;
	size_t name, length = 0;
	void *data;
	xsUnsignedValue size;

	if (session->isServer || !session->isOver || !own || !own->ticket)
		return;
	/* RFC 8446 section 4.6.1; in TLS 1.2, 0 says nothing. */
	if (own->tls_version == MBEDTLS_SSL_VERSION_TLS1_3 && !own->ticket_lifetime)
		return;
	mbedtls_ssl_session_save(own, NULL, 0, &length);
	name = strlen(session->name);
	xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)(HEAD + name + length));
	xsmcGetBufferWritable(xsResult, &data, &size);
	if (mbedtls_ssl_session_save(own, (uint8_t *)data + HEAD + name, length, &length)) {
		xsmcSetUndefined(xsResult);
		return;
	}
	((uint8_t *)data)[0] = FORMAT;
	memcpy((uint8_t *)data + 1, session->config->anchors, ANCHORS_LENGTH);
	((uint8_t *)data)[HEAD - 1] = (uint8_t)name;
	memcpy((uint8_t *)data + HEAD, session->name, name);
	mbedtls_platform_zeroize(own->ticket, own->ticket_len);
	mbedtls_free(own->ticket);
	own->ticket = NULL;
	own->ticket_len = 0;
}
