/*
 * What Mbed TLS says has gone wrong, in the words of the catalogue of errors and as an alert (RFC 8446 section 6) where Mbed TLS sends none.
 */
#include "tls.h"

/* Errors of two layers are added up: the upper one, by itself. */
#define UPPER(error) (-(-(error) & ~0x7f))

static int isMemory(int error)
{
	int lower = -error & 0x7f;

	if (error == PSA_ERROR_INSUFFICIENT_MEMORY || error == PSA_ERROR_INSUFFICIENT_STORAGE)
		return 1;
#if MBEDTLS_VERSION_MAJOR < 4
	/* MPI and ASN.1. */
	if (lower == 0x10 || lower == 0x6a)
		return 1;
	switch (UPPER(error)) {
	case MBEDTLS_ERR_SSL_ALLOC_FAILED:
	case MBEDTLS_ERR_X509_ALLOC_FAILED:
	case MBEDTLS_ERR_PK_ALLOC_FAILED:
	case MBEDTLS_ERR_ECP_ALLOC_FAILED:
	case MBEDTLS_ERR_MD_ALLOC_FAILED:
		return 1;
	}
#endif
	(void)lower;
	return 0;
}

static const char *verification(TlsSession *session)
{
	uint32_t flags = mbedtls_ssl_get_verify_result(&session->ssl);

	if (flags == UINT32_MAX)
		return "TLS_BAD_CERTIFICATE";
	if (flags & MBEDTLS_X509_BADCERT_MISSING)
		return "TLS_NO_CERTIFICATE";
	if (flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY))
		return "TLS_BAD_CERTIFICATE";
	if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
		return session->isSelfSigned ? "TLS_SELF_SIGNED" : "TLS_UNKNOWN_CA";
	if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
		return "TLS_EXPIRED";
	if (flags & MBEDTLS_X509_BADCERT_FUTURE)
		return "TLS_NOT_YET_VALID";
	if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
		return "TLS_WRONG_NAME";
	if (flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE))
		return "TLS_WRONG_USAGE";
	return "TLS_BAD_CERTIFICATE";
}

const char *tlsErrorCode(TlsSession *session, int error)
{
	int upper = UPPER(error);

	if (isMemory(error))
		return NO_MEMORY;
	if (upper <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE && upper >= MBEDTLS_ERR_PK_TYPE_MISMATCH)
		return upper == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ? verification(session) : "TLS_BAD_CERTIFICATE";
	switch (upper) {
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
	case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL:
	case MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION:
		return "TLS_NO_COMMON";
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		return "TLS_ALERT";
	case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE:
		return "TLS_NO_CERTIFICATE";
	case MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED:
		return "TLS_UNKNOWN_CA";
	case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
		return verification(session);
	case MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME:
		return "TLS_UNKNOWN_NAME";
	}
	return "TLS_PROTOCOL";
}

uint8_t tlsAlertFor(int error)
{
	if (isMemory(error))
		return MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
	switch (UPPER(error)) {
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		return 0;
	case MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME:
		return MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME;
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
		return MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE;
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
		return MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION;
	case MBEDTLS_ERR_SSL_INVALID_MAC:
		return MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC;
	case MBEDTLS_ERR_SSL_INVALID_RECORD:
	case MBEDTLS_ERR_SSL_DECODE_ERROR:
		return MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR;
	case MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER:
		return MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER;
	case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
	case MBEDTLS_ERR_SSL_UNEXPECTED_RECORD:
		return MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE;
	case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
		return MBEDTLS_SSL_ALERT_MSG_BAD_CERT;
	}
	return MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
}

void tlsFailWith(TlsSession *session, const char *code, uint8_t alert)
{
	session->error = code;
	session->alert = alert;
	tlsForget(session);
}

void tlsFail(TlsSession *session, int error)
{
	/* A fatal alert is the last thing that Mbed TLS sends. */
	int isTold = session->hasSent && session->ssl.out_msgtype == MBEDTLS_SSL_MSG_ALERT;

	tlsFailWith(session, tlsErrorCode(session, error), isTold ? 0 : tlsAlertFor(error));
}
