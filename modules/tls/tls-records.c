/*
 * The record buffers of a session. Mbed TLS would keep two of full size; here a record's header says how large the one for what comes in has to be,
 * and an idle session has next to nothing. Ciphertext is put straight to where Mbed TLS looks for it, and Mbed TLS is only called when the record is
 * whole.
 *
 * A buffer begins with eight bytes for a counter, which has to survive; then come the record's header and its content.
 */
#include "tls.h"

#include <string.h>

#define COUNTER 8
/* Behind a record there must be room for the header of the next one, while a handshake message is put together from pieces. */
#define SLACK 16
#define IDLE_INPUT (COUNTER + RECORD_HEADER + SLACK)
/* Header; explicit nonce, or type and padding; tag. */
#define RECORD_EXTRA (RECORD_HEADER + 16 + 16)
#define IDLE_OUTPUT (COUNTER + RECORD_EXTRA + 16)
#define PLAINTEXT_LIMIT 16384
/* RFC 8446 section 5.2; with the ciphers that we have, TLS 1.2 stays far below. */
#define CIPHERTEXT_LIMIT (PLAINTEXT_LIMIT + 256)
#define INPUT_LIMIT (IDLE_INPUT + CIPHERTEXT_LIMIT)
/* Until so much of a record has come, there is no room for more: to announce much costs a peer nothing. */
#define FIRST_PIECE 2048

int tlsReceive(void *context, unsigned char *data, size_t length)
{
	TlsSession *session = context;

	(void)data;
	(void)length;
	session->isWaiting = 1;
	return MBEDTLS_ERR_SSL_WANT_READ;
}

int tlsSend(void *context, const unsigned char *data, size_t length)
{
	TlsSession *session = context;
	Output *out = &session->out;
	size_t count = out->end - out->at;

	session->hasSent = 1;
	if (count > length)
		count = length;
	if (!count)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	memcpy(out->data + out->at, data, count);
	out->at += (uint32_t)count;
	return (int)count;
}

static void move(unsigned char **pointer, const unsigned char *from, unsigned char *to)
{
	if (*pointer)
		*pointer = to + (*pointer - from);
}

static int resizeInput(TlsSession *session, size_t size)
{
	mbedtls_ssl_context *ssl = &session->ssl;
	unsigned char *old = ssl->in_buf, *fresh = mbedtls_calloc(1, size);

	if (!fresh)
		return 0;
	memcpy(fresh, old, size < ssl->in_buf_len ? size : ssl->in_buf_len);
	move(&ssl->in_ctr, old, fresh);
	move(&ssl->in_hdr, old, fresh);
	move(&ssl->in_len, old, fresh);
	move(&ssl->in_iv, old, fresh);
	move(&ssl->in_msg, old, fresh);
	move(&ssl->in_offt, old, fresh);
	mbedtls_platform_zeroize(old, ssl->in_buf_len);
	mbedtls_free(old);
	ssl->in_buf = fresh;
	ssl->in_buf_len = size;
	return 1;
}

static int resizeOutput(TlsSession *session, size_t size)
{
	mbedtls_ssl_context *ssl = &session->ssl;
	unsigned char *old = ssl->out_buf, *fresh;

	if (ssl->out_buf_len == size)
		return 1;
	fresh = mbedtls_calloc(1, size);
	if (!fresh)
		return 0;
	memcpy(fresh, old, COUNTER);
	move(&ssl->out_ctr, old, fresh);
	move(&ssl->out_hdr, old, fresh);
	move(&ssl->out_len, old, fresh);
	move(&ssl->out_iv, old, fresh);
	move(&ssl->out_msg, old, fresh);
	mbedtls_platform_zeroize(old, ssl->out_buf_len);
	mbedtls_free(old);
	ssl->out_buf = fresh;
	ssl->out_buf_len = size;
	return 1;
}

int tlsGrowOutput(TlsSession *session, size_t plaintext)
{
	return resizeOutput(session, COUNTER + RECORD_EXTRA + plaintext);
}

int tlsSizeOutput(TlsSession *session, int isFull)
{
	if (!isFull)
		return session->ssl.out_left || resizeOutput(session, IDLE_OUTPUT);
	return session->ssl.out_buf_len >= session->fullOutput || resizeOutput(session, session->fullOutput);
}

/* Nothing stands in the buffer: neither a part of a record nor a part of a message. */
static int isEmpty(const TlsSession *session)
{
	const mbedtls_ssl_context *ssl = &session->ssl;

	return session->isWaiting && !ssl->in_left && ssl->in_hdr == ssl->in_buf + COUNTER;
}

void tlsShrink(TlsSession *session)
{
	mbedtls_ssl_context *ssl = &session->ssl;

	/* What does not succeed costs memory, and nothing else. */
	if (isEmpty(session) && ssl->in_buf_len > IDLE_INPUT)
		resizeInput(session, IDLE_INPUT);
	/* During a handshake Mbed TLS relies on the full size. */
	if (session->isOver && !ssl->out_left)
		resizeOutput(session, IDLE_OUTPUT);
}

void tlsForget(TlsSession *session)
{
	mbedtls_free(session->kept);
	session->kept = NULL;
	session->keptAt = session->keptEnd = 0;
}

/* RFC 8446 section 5.1. */
static const char *checkHeader(TlsSession *session, const uint8_t *header)
{
	size_t length = (size_t)header[3] << 8 | header[4];

	if (header[0] < MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC || header[0] > MBEDTLS_SSL_MSG_APPLICATION_DATA)
		tlsFailWith(session, "TLS_PROTOCOL", MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE);
	else if (header[1] != 3)
		tlsFailWith(session, "TLS_PROTOCOL", MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION);
	else if (length > (session->ssl.transform_in ? CIPHERTEXT_LIMIT : PLAINTEXT_LIMIT))
		tlsFailWith(session, "TLS_PROTOCOL", MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW);
	else if (!length)
		tlsFailWith(session, "TLS_PROTOCOL", MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE);
	return session->error;
}

/* Bytes of the record that is coming, its header included, as far as that is known. */
static size_t recordLength(const mbedtls_ssl_context *ssl)
{
	return ssl->in_left < RECORD_HEADER ? RECORD_HEADER : RECORD_HEADER + ((size_t)ssl->in_hdr[3] << 8 | ssl->in_hdr[4]);
}

static int isWhole(const TlsSession *session)
{
	return session->ssl.in_left >= RECORD_HEADER && session->ssl.in_left == recordLength(&session->ssl);
}

/* Room for so many bytes of a record that has `whole` of them. */
static const char *makeRoom(TlsSession *session, size_t bytes, size_t whole)
{
	mbedtls_ssl_context *ssl = &session->ssl;
	size_t before = (size_t)(ssl->in_hdr - ssl->in_buf), size;

	if (before + bytes + SLACK <= ssl->in_buf_len)
		return NULL;
	size = before + (bytes <= FIRST_PIECE && whole > FIRST_PIECE ? FIRST_PIECE : whole) + SLACK;
	if (before + whole + SLACK > INPUT_LIMIT)
		tlsFailWith(session, "TLS_PROTOCOL", MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER);
	else if (!resizeInput(session, size))
		tlsFailWith(session, NO_MEMORY, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR);
	return session->error;
}

/* Puts bytes into the record that Mbed TLS waits for, until that is whole. */
static const char *put(TlsSession *session, const uint8_t *data, uint32_t length, uint32_t *taken)
{
	mbedtls_ssl_context *ssl = &session->ssl;
	const char *error;

	*taken = 0;
	while (*taken < length && !isWhole(session)) {
		size_t whole = recordLength(ssl), count = whole - ssl->in_left;

		if (count > length - *taken)
			count = length - *taken;
		error = makeRoom(session, ssl->in_left + count, whole);
		if (error)
			return error;
		memcpy(ssl->in_hdr + ssl->in_left, data + *taken, count);
		ssl->in_left += count;
		*taken += (uint32_t)count;
		if (ssl->in_left == RECORD_HEADER) {
			error = checkHeader(session, ssl->in_hdr);
			if (error)
				return error;
		}
	}
	return NULL;
}

const char *tlsKeep(TlsSession *session, const uint8_t *data, uint32_t length)
{
	uint32_t taken = 0, left = session->keptEnd - session->keptAt;
	const char *error;
	uint8_t *fresh;

	if (session->isWaiting && !left) {
		error = put(session, data, length, &taken);
		if (error)
			return error;
	}
	if (taken == length)
		return NULL;
	length -= taken;
	fresh = mbedtls_calloc(1, left + length);
	if (!fresh) {
		tlsFailWith(session, NO_MEMORY, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR);
		return session->error;
	}
	if (left)
		memcpy(fresh, session->kept + session->keptAt, left);
	memcpy(fresh + left, data + taken, length);
	tlsForget(session);
	session->kept = fresh;
	session->keptEnd = left + length;
	return NULL;
}

/* A client that gives up in the middle of a TLS 1.3 handshake may not have its keys in use yet, and Mbed TLS as a client never has: its alert comes in
   the clear. */
static int isPlainAlert(const TlsSession *session)
{
	const mbedtls_ssl_context *ssl = &session->ssl;

	return !session->isOver && ssl->transform_in && ssl->in_hdr[0] == MBEDTLS_SSL_MSG_ALERT && ssl->in_left == RECORD_HEADER + 2 &&
		ssl->in_hdr[RECORD_HEADER] == MBEDTLS_SSL_ALERT_LEVEL_FATAL;
}

const char *tlsFill(TlsSession *session, int *isReady)
{
	uint32_t taken;
	const char *error = NULL;

	*isReady = 1;
	if (!session->isWaiting)
		return NULL;
	if (session->keptAt < session->keptEnd) {
		error = put(session, session->kept + session->keptAt, session->keptEnd - session->keptAt, &taken);
		if (error)
			return error;
		session->keptAt += taken;
		if (session->keptAt == session->keptEnd)
			tlsForget(session);
	}
	*isReady = isWhole(session);
	if (!*isReady)
		return NULL;
	if (isPlainAlert(session))
		tlsFailWith(session, "TLS_ALERT", 0);
	session->isWaiting = 0;
	return session->error;
}
