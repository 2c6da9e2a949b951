/*
 * The life of a session, and its handshake.
 */
#include "tls.h"

#include <string.h>

/* Of the library's own header: in TLS 1.3 it keeps what only the handshake needs, unless it is told not to. */
void mbedtls_ssl_handshake_wrapup_free_hs_transform(mbedtls_ssl_context *ssl);

void lws_tls_session_destructor(void *data)
{
	TlsSession *session = data;

	if (!session)
		return;
	mbedtls_ssl_free(&session->ssl);
	tlsForget(session);
	tlsReleaseIdentity(session->identity);
	tlsReleaseConfig(session->config);
	mbedtls_free(session->name);
	mbedtls_free(session->peer);
	mbedtls_platform_zeroize(session, sizeof *session);
	mbedtls_free(session);
}

void lws_tls_session_close(xsMachine *the)
{
	TlsSession *session = xsmcGetHostData(xsThis);

	if (!session)
		return;
	xsmcSetHostData(xsThis, NULL);
	if (session->isBusy)
		session->isDoomed = 1;
	else
		lws_tls_session_destructor(session);
}

void tlsEnter(xsMachine *the, TlsSession *session, int output)
{
	if (session->isBusy)
		xsUnknownError("busy");
	session->out.data = NULL;
	session->out.at = session->out.end = 0;
	if (output >= 0) {
		Bytes out = tlsRange(the, output, 1);

		session->out.data = out.data;
		session->out.end = out.length;
		session->out.argument = output;
	}
	session->the = the;
	session->hasSent = 0;
	session->isBusy = 1;
	tlsRunning = session;
}

/* A call that throws can't say what it has put out. */
static void saveOutput(TlsSession *session)
{
	Output *out = &session->out;

	if (!out->at || session->kept)
		return;
	session->kept = mbedtls_calloc(1, out->at);
	if (!session->kept)
		return;
	memcpy(session->kept, out->data, out->at);
	session->keptAt = 0;
	session->keptEnd = out->at;
}

const char *tlsLeave(TlsSession *session)
{
	const char *error = session->error;

	tlsRunning = NULL;
	session->the = NULL;
	session->isBusy = 0;
	if (session->isDoomed) {
		lws_tls_session_destructor(session);
		return "closed";
	}
	tlsShrink(session);
	return error;
}

/* The clock of a device that nobody has set yet stands before this. */
#define CLOCK_SET 1464083026

static int noteCertificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
	TlsSession *session = context;
	char text[NAME_LENGTH + 1];
	int length;

	/* A server that does not know the time would let nobody in. A client does not dial before it knows. */
	if (session->isServer && mbedtls_time(NULL) < CLOCK_SET)
		*flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
	if (depth)
		return 0;
	session->isSelfSigned = (uint8_t)isSelfIssued(certificate);
	if (*flags)
		return 0;
	length = mbedtls_x509_dn_gets(text, sizeof text, &certificate->subject);
	if (length < 0)
		return MBEDTLS_ERR_X509_INVALID_NAME;
	mbedtls_free(session->peer);
	session->peer = mbedtls_calloc(1, (size_t)length + 1);
	if (!session->peer)
		return MBEDTLS_ERR_X509_ALLOC_FAILED;
	memcpy(session->peer, text, (size_t)length);
	return 0;
}

static const char *begin(TlsSession *session, TlsConfig *config)
{
	mbedtls_ssl_context *ssl = &session->ssl;
	int error;

	session->config = config;
	config->references++;
	session->isServer = mbedtls_ssl_conf_get_endpoint(&config->ssl) == MBEDTLS_SSL_IS_SERVER;
	error = mbedtls_ssl_setup(ssl, &config->ssl);
	if (error)
		return tlsErrorCode(session, error);
	mbedtls_ssl_set_bio(ssl, session, tlsSend, tlsReceive, NULL);
	mbedtls_ssl_set_verify(ssl, noteCertificate, session);
	session->fullOutput = ssl->out_buf_len;
	/* Mbed TLS has taken a buffer of full size for what comes in, too. */
	session->isWaiting = 1;
	tlsShrink(session);
	session->isWaiting = 0;
	return NULL;
}

static int isAddress(const char *name)
{
	return name[strspn(name, "0123456789.")] == 0 || strchr(name, ':') != NULL;
}

static const char *beginClient(TlsSession *session, const char *name)
{
	size_t length = strlen(name);

	if (!length || length > NAME_LENGTH)
		return "BAD_OPTION";
	session->name = mbedtls_calloc(1, length + 1);
	if (!session->name)
		return NO_MEMORY;
	memcpy(session->name, name, length);
	session->isAddress = (uint8_t)isAddress(name);
	return mbedtls_ssl_set_hostname(&session->ssl, session->isAddress ? NULL : session->name) ? NO_MEMORY : NULL;
}

/* What throws here leaves an object that its destructor will free. */
void lws_tls_session(xsMachine *the)
{
	TlsConfig *config = tlsObject(the, &xsArg(0), CONFIG);
	TlsSession *session;
	const char *error;

	session = mbedtls_calloc(1, sizeof *session);
	if (!session)
		tlsThrow(the, NO_MEMORY);
	session->kind = SESSION;
	mbedtls_ssl_init(&session->ssl);
	xsmcSetHostData(xsThis, session);
	error = begin(session, config);
	if (!error && session->isServer)
		xsmcSet(xsThis, xsID("target"), xsArg(1));
	else if (!error) {
		error = beginClient(session, xsmcToString(xsArg(1)));
		if (!error && xsmcArgc > 2 && xsmcTest(xsArg(2))) {
			void *data;
			xsUnsignedValue length;

			xsmcGetBufferReadable(xsArg(2), &data, &length);
			tlsResume(session, data, length);
		}
	}
	if (error) {
		lws_tls_session_close(the);
		tlsThrow(the, error);
	}
}

void lws_tls_feed(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);
	Bytes bytes = tlsRange(the, 0, 0);

	if (session->keptEnd - session->keptAt >= KEPT_LIMIT)
		xsRangeError("too much ciphertext");
	if (session->error)
		return;
	tlsEnter(the, session, -1);
	tlsKeep(session, bytes.data, bytes.length);
	tlsThrow(the, tlsLeave(session));
}

/* Public-key operations take long on a chip: one for each turn. */
static int isExpensive(const TlsSession *session)
{
	switch (session->ssl.state) {
	case MBEDTLS_SSL_CLIENT_HELLO:
	case MBEDTLS_SSL_SERVER_HELLO:
	case MBEDTLS_SSL_SERVER_KEY_EXCHANGE:
	case MBEDTLS_SSL_CLIENT_KEY_EXCHANGE:
	case MBEDTLS_SSL_CERTIFICATE_VERIFY:
	case MBEDTLS_SSL_CLIENT_CERTIFICATE_VERIFY:
		return 1;
	case MBEDTLS_SSL_SERVER_CERTIFICATE:
		return !session->isServer;
	case MBEDTLS_SSL_CLIENT_CERTIFICATE:
		return session->isServer;
	}
	return 0;
}

/* The peer's certificates take most memory: nothing but an alert goes out meanwhile. */
static int onlyReads(const TlsSession *session)
{
	int state = session->ssl.state;

	return session->isServer ? state == MBEDTLS_SSL_CLIENT_CERTIFICATE : state == MBEDTLS_SSL_SERVER_CERTIFICATE;
}

/* An address is checked, but not sent as a name (RFC 6066 section 3). Each ClientHello is written in the state of that name. */
static int setHostname(TlsSession *session)
{
	if (!session->isAddress)
		return 0;
	return mbedtls_ssl_set_hostname(&session->ssl, session->ssl.state <= MBEDTLS_SSL_CLIENT_HELLO ? NULL : session->name);
}

/* What only the handshake needs. */
static void finish(TlsSession *session)
{
	mbedtls_ssl_context *ssl = &session->ssl;

	session->isOver = 1;
	if (ssl->session && ssl->session->peer_cert) {
		mbedtls_x509_crt_free(ssl->session->peer_cert);
		mbedtls_free(ssl->session->peer_cert);
		ssl->session->peer_cert = NULL;
	}
	/* A client that takes tickets needs the rest to read them; Mbed TLS 4 reads them always. */
	if (ssl->handshake && (session->isServer || (MBEDTLS_VERSION_MAJOR < 4 && !session->config->tickets)))
		mbedtls_ssl_handshake_wrapup_free_hs_transform(ssl);
	tlsReleaseIdentity(session->identity);
	session->identity = NULL;
}

/* The server wants to prove itself: the ticket that was offered is of no use. */
static void beginInFull(TlsSession *session)
{
	mbedtls_ssl_session *next = session->ssl.session_negotiate;

	session->isFull = 1;
	if (session->isServer || !next || !next->ticket)
		return;
	mbedtls_platform_zeroize(next->ticket, next->ticket_len);
	mbedtls_free(next->ticket);
	next->ticket = NULL;
	next->ticket_len = 0;
}

/* A server of TLS 1.3 that has sent its Finished uses its keys for data from then on (RFC 8446 section 7.3), for alerts too; Mbed TLS would wait for the
   client's. */
static void switchKeys(TlsSession *session)
{
	mbedtls_ssl_context *ssl = &session->ssl;

	if (!session->isServer || ssl->tls_version != MBEDTLS_SSL_VERSION_TLS1_3 || ssl->out_left || !ssl->transform_application ||
		ssl->transform_out == ssl->transform_application)
		return;
	ssl->transform_out = ssl->transform_application;
	memset(ssl->cur_out_ctr, 0, sizeof ssl->cur_out_ctr);
}

/* Goes on until an expensive step is done, the room is full, ciphertext is needed, or all is done; -1: it has failed. */
static int advance(TlsSession *session)
{
	mbedtls_ssl_context *ssl = &session->ssl;

	for (;;) {
		int isReady, isLong = isExpensive(session), error;

		if (tlsFill(session, &isReady))
			return -1;
		if (!isReady)
			return STEP_READ;
		/* Where a session is resumed, nobody shows a certificate. */
		if (ssl->state == MBEDTLS_SSL_SERVER_CERTIFICATE)
			beginInFull(session);
		switchKeys(session);
		error = tlsSizeOutput(session, !onlyReads(session)) ? setHostname(session) : MBEDTLS_ERR_SSL_ALLOC_FAILED;
		if (!error)
			error = mbedtls_ssl_handshake_step(ssl);
		if (error == MBEDTLS_ERR_SSL_WANT_READ)
			continue;
		if (error == MBEDTLS_ERR_SSL_WANT_WRITE)
			return STEP_MORE;
		if (error) {
			tlsFail(session, error);
			return -1;
		}
		if (ssl->state == MBEDTLS_SSL_HANDSHAKE_OVER) {
			finish(session);
			return STEP_DONE;
		}
		if (isLong)
			return STEP_MORE;
	}
}

void lws_tls_step(xsMachine *the)
{
	TlsSession *session = tlsObject(the, &xsThis, SESSION);
	int step, hasThrown;
	uint32_t count;
	const char *error;

	xsmcVars(3);
	tlsRange(the, 0, 1);
	tlsThrow(the, session->error);
	tlsEnter(the, session, 0);
	if (session->isOver) {
		tlsFlush(session);
		step = STEP_DONE;
	} else
		step = advance(session);
	if (step == STEP_DONE && session->ssl.out_left)
		step = STEP_MORE;
	count = session->out.at;
	hasThrown = session->hasThrown;
	session->hasThrown = 0;
	if (step < 0)
		saveOutput(session);
	error = tlsLeave(session);
	if (hasThrown)
		xsThrow(xsVar(0));
	tlsThrow(the, error);
	xsmcSetInteger(xsResult, (xsIntegerValue)(count * 8) + step);
}
