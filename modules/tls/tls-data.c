/*
 * What an established session does with plaintext, and what can be asked of it.
 */
#include "tls.h"

#include <string.h>

/* As recordLimit in tls.ts. */
#define RECORD_LIMIT 2048
/* What a record has beside its plaintext, and some. */
#define RECORD_ROOM 64

void tlsFlush(TlsSession *session)
{
	mbedtls_ssl_context *ssl = &session->ssl;
	Output *out = &session->out;
	uint32_t count = session->keptEnd - session->keptAt;

	if (session->error && count) {
		if (count > out->end - out->at)
			count = out->end - out->at;
		memcpy(out->data + out->at, session->kept + session->keptAt, count);
		out->at += count;
		session->keptAt += count;
		if (session->keptAt < session->keptEnd)
			return;
		tlsForget(session);
	}
	/* While something is left of what went before, this does nothing but go on with that. */
	if (ssl->out_left)
		mbedtls_ssl_send_alert_message(ssl, 0, 0);
	if (!session->alert || ssl->out_left)
		return;
	mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, session->alert);
	session->alert = 0;
}

/* Plaintext into the range; what is 0 and no error needs ciphertext. */
static uint32_t readInto(TlsSession *session, Bytes into)
{
	uint32_t count = 0;

	while (count < into.length && !session->isEnded && !session->error) {
		int isReady, result;

		if (tlsFill(session, &isReady) || !isReady)
			break;
		result = mbedtls_ssl_read(&session->ssl, into.data + count, into.length - count);
		if (result > 0)
			count += (uint32_t)result;
		else if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			session->isEnded = 1;
		else if (result == MBEDTLS_ERR_SSL_WANT_WRITE)
			/* The peer wants to renegotiate: the alert that says no is waiting to go, and that is the end. */
			tlsFailWith(session, "TLS_PROTOCOL", 0);
		else if (result && result != MBEDTLS_ERR_SSL_WANT_READ && result != MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
			tlsFail(session, result);
	}
	return count;
}

static TlsSession *established(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);

	tlsThrow(the, session->error);
	if (!session->isOver)
		xsUnknownError("handshake");
	return session;
}

/* What came before an error, or an end, is given first. */
static void giveCount(xsMachine *the, TlsSession *session, uint32_t count)
{
	int isEnd = !count && session->isEnded;
	const char *error;

	if (isEnd) {
		session->isTold = 1;
		tlsForget(session);
	}
	error = tlsLeave(session);
	if (!count)
		tlsThrow(the, error);
	xsmcSetInteger(xsResult, isEnd ? -1 : (xsIntegerValue)count);
}

void lws_tls_receive(xsMachine *the)
{
	TlsSession *session = established(the);
	Bytes in, into = tlsRange(the, 3, 1);

	in = tlsRange(the, 0, 0);
	if (session->keptEnd - session->keptAt >= KEPT_LIMIT)
		xsRangeError("too much ciphertext");
	tlsEnter(the, session, -1);
	if (!session->isEnded)
		tlsKeep(session, in.data, in.length);
	giveCount(the, session, readInto(session, into));
}

void lws_tls_read(xsMachine *the)
{
	TlsSession *session = established(the);
	Bytes into = tlsRange(the, 0, 1);

	tlsEnter(the, session, -1);
	giveCount(the, session, readInto(session, into));
}

static uint32_t writeFrom(TlsSession *session, Bytes in)
{
	uint32_t room = session->out.end - session->out.at, length = in.length;
	int most = mbedtls_ssl_get_max_out_record_payload(&session->ssl), result;

	if (room <= RECORD_ROOM || !length || most <= 0)
		return 0;
	if (length > RECORD_LIMIT)
		length = RECORD_LIMIT;
	if (length > room - RECORD_ROOM)
		length = room - RECORD_ROOM;
	if (length > (uint32_t)most)
		length = (uint32_t)most;
	if (!tlsGrowOutput(session, length)) {
		tlsFailWith(session, NO_MEMORY, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR);
		return 0;
	}
	result = mbedtls_ssl_write(&session->ssl, in.data, length);
	if (result < 0) {
		tlsFail(session, result);
		return 0;
	}
	return (uint32_t)result;
}

void lws_tls_write(xsMachine *the)
{
	TlsSession *session = established(the);
	Bytes in;
	uint32_t taken = 0, count;
	const char *error;

	in = tlsRange(the, 0, 0);
	tlsEnter(the, session, 3);
	tlsFlush(session);
	if (!session->ssl.out_left)
		taken = writeFrom(session, in);
	count = session->out.at;
	error = tlsLeave(session);
	tlsThrow(the, error);
	xsmcSetNumber(xsResult, taken * 65536.0 + count);
}

void lws_tls_end(xsMachine *the)
{
	TlsSession *session = established(the);
	uint32_t count;

	tlsEnter(the, session, 0);
	tlsFlush(session);
	mbedtls_ssl_close_notify(&session->ssl);
	count = session->out.at;
	tlsLeave(session);
	xsmcSetInteger(xsResult, (xsIntegerValue)count);
}

void lws_tls_take(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);
	uint32_t count;

	tlsEnter(the, session, 0);
	tlsFlush(session);
	count = session->out.at;
	tlsLeave(session);
	xsmcSetInteger(xsResult, (xsIntegerValue)count);
}

void lws_tls_get_pending(xsMachine *the)
{
	const TlsSession *session = tlsObject(the, &xsThis, SESSION);
	int isPending;

	if (session->isEnded)
		isPending = !session->isTold;
	else
		isPending = session->error || session->ssl.in_offt || session->keptAt < session->keptEnd || (session->isOver && !session->isWaiting);
	xsmcSetBoolean(xsResult, isPending);
}

static void giveText(xsMachine *the, const char *text)
{
	if (text)
		xsmcSetString(xsResult, (char *)text);
}

void lws_tls_get_version(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);

	giveText(the, session->isOver || session->error ? mbedtls_ssl_get_version(&session->ssl) : NULL);
}

void lws_tls_get_cipher(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);

	giveText(the, session->isOver ? mbedtls_ssl_get_ciphersuite(&session->ssl) : NULL);
}

void lws_tls_get_alpn(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);

	giveText(the, session->isOver ? mbedtls_ssl_get_alpn_protocol(&session->ssl) : NULL);
}

void lws_tls_get_resumed(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);

	xsmcSetBoolean(xsResult, session->isOver && !session->isFull);
}

void lws_tls_get_peer(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);

	giveText(the, session->isOver ? session->peer : NULL);
}
