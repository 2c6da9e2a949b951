/*
 * TLS sessions over Mbed TLS 3.6 or 4: what the natives of tls.ts share. Functions that can fail return NULL, or the code of the error as the
 * catalogue of errors has it.
 */
#ifndef LWS_TLS_H
#define LWS_TLS_H

/* Record buffers that shrink are in no interface of the library: a session looks into the parts of its context that concern them. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "certificate.h"

#include "xsmc.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <psa/crypto.h>

#if !defined(MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH)
#error "Mbed TLS needs MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH here"
#endif

#define RECORD_HEADER 5
#define NAME_LENGTH 255
#define ANCHORS_LENGTH 8
/* As keptLimit in tls.ts. */
#define KEPT_LIMIT 16384

/* First in what a host object has, so that one of another class is told apart. */
enum { CONFIG = 0x434c5354, IDENTITY = 0x494c5354, SESSION = 0x534c5354 };

/* Values of TlsStep in tls.ts. */
enum { STEP_READ, STEP_MORE, STEP_DONE };

typedef struct {
	uint32_t kind, references;
	mbedtls_x509_crt chain;
	mbedtls_pk_context key;
	/* Who vouches for clients; NULL: none is asked who it is. */
	mbedtls_x509_crt *authorities;
	/* Each identity has keys of its own for its tickets, so that none of another one can be read. NULL: not needed so far. */
	mbedtls_ssl_ticket_context *tickets;
} TlsIdentity;

typedef struct {
	uint32_t kind, references;
	mbedtls_ssl_config ssl;
	mbedtls_x509_crt *authorities;
	TlsIdentity *identity;
	/* Seconds. */
	uint32_t tickets;
	/* Tells sets of authorities apart. */
	uint8_t anchors[ANCHORS_LENGTH];
	/* Names with NULs between them, and the list of them. */
	char *alpn;
	const char **protocols;
} TlsConfig;

/* Where a session puts ciphertext during a call. */
typedef struct {
	uint8_t *data;
	uint32_t at, end;
	/* The argument that it comes from: its bytes may move when JavaScript runs. */
	int argument;
} Output;

typedef struct {
	uint32_t kind;
	mbedtls_ssl_context ssl;
	TlsConfig *config;
	/* On a server, until the handshake is over. */
	TlsIdentity *identity;
	/* Set during a call. */
	xsMachine *the;
	Output out;
	/* Ciphertext behind the record that is worked on; after an error, what is still to go out. */
	uint8_t *kept;
	uint32_t keptAt, keptEnd;
	/* The buffer that Mbed TLS has made for what goes out: its code relies on that size. */
	size_t fullOutput;
	/* What has failed; it is thrown by each further call. */
	const char *error;
	/* The host that a client wants, and the name that the peer has proven. */
	char *name, *peer;
	/* Fatal alert that is still to be sent. */
	uint8_t alert;
	/* Mbed TLS waits for the next record, and has nothing else in its buffer. */
	uint8_t isWaiting;
	/* Inside of a call; closed during one. */
	uint8_t isBusy, isDoomed;
	uint8_t isServer, isAddress, isOver, isFull;
	/* The peer's close_notify has come, and was told. */
	uint8_t isEnded, isTold;
	/* Mbed TLS has put something out during this call. */
	uint8_t hasSent;
	/* onServerName was called; it has thrown; the verified certificate was its own issuer. */
	uint8_t isChosen, hasThrown, isSelfSigned;
} TlsSession;

/* --- tls-natives.c: arguments ---------------------------------------------------------------------------------------------------------- */

typedef struct {
	uint8_t *data;
	uint32_t length;
} Bytes;

/* Throws TypeError for anything but an open object of that kind; Error("closed") for a closed one. */
void *tlsObject(xsMachine *the, xsSlot *slot, uint32_t kind);
/* Arguments index + 1 and index + 2 are a range of the buffer that argument index is. Throws RangeError. */
Bytes tlsRange(xsMachine *the, int index, int isWritable);
void tlsThrow(xsMachine *the, const char *code);
/* Appends the certificates in an array of buffers; `slot` is a variable to use. */
const char *tlsAuthorities(xsMachine *the, xsSlot *array, xsSlot *slot, mbedtls_x509_crt **authorities);
void tlsFreeAuthorities(mbedtls_x509_crt *authorities);

/* --- tls-identity.c, tls-config.c ------------------------------------------------------------------------------------------------------ */

void tlsReleaseIdentity(TlsIdentity *identity);
void tlsReleaseConfig(TlsConfig *config);

/* --- tls-choice.c: the identity of a server's session ------------------------------------------------------------------------------------ */

/* Callbacks of Mbed TLS. */
int tlsChoose(mbedtls_ssl_context *ssl);
int tlsWriteTicket(void *context, const mbedtls_ssl_session *session, unsigned char *start, const unsigned char *end, size_t *length,
	uint32_t *lifetime);
int tlsParseTicket(void *context, mbedtls_ssl_session *session, unsigned char *ticket, size_t length);
/* The session inside of whose call we are: the callbacks for tickets don't tell. */
extern TlsSession *tlsRunning;

/* --- tls-records.c: buffers that are as large as they have to be ------------------------------------------------------------------------- */

/* Takes ciphertext: into the record that Mbed TLS waits for, and what is behind it beside that. */
const char *tlsKeep(TlsSession *session, const uint8_t *data, uint32_t length);
/* Whether Mbed TLS has a whole record, or is not waiting for one. Fills it up from what was kept. */
const char *tlsFill(TlsSession *session, int *isReady);
/* Gives back what an idle session does not need. */
void tlsShrink(TlsSession *session);
/* Room for one record of so much plaintext. */
int tlsGrowOutput(TlsSession *session, size_t plaintext);
/* Room for any message of a handshake, or for no more than an alert. */
int tlsSizeOutput(TlsSession *session, int isFull);
void tlsForget(TlsSession *session);
/* Callbacks of Mbed TLS. */
int tlsSend(void *context, const unsigned char *data, size_t length);
int tlsReceive(void *context, unsigned char *data, size_t length);

/* --- tls-errors.c ------------------------------------------------------------------------------------------------------------------------- */

const char *tlsErrorCode(TlsSession *session, int error);
/* The alert that tells the peer; 0: none. */
uint8_t tlsAlertFor(int error);
/* Notes what Mbed TLS has failed with. */
void tlsFail(TlsSession *session, int error);
void tlsFailWith(TlsSession *session, const char *code, uint8_t alert);

/* --- tls-session.c, tls-data.c ------------------------------------------------------------------------------------------------------------ */

/* Around what Mbed TLS does for a session. After tlsLeave the session may be gone: it returns what has to be thrown. */
void tlsEnter(xsMachine *the, TlsSession *session, int output);
const char *tlsLeave(TlsSession *session);
/* Puts out what is waiting to go, alerts included. */
void tlsFlush(TlsSession *session);

/* --- tls-resume.c -------------------------------------------------------------------------------------------------------------------------- */

/* Prepares a client's session for resumption, if the bytes fit it. */
void tlsResume(TlsSession *session, const uint8_t *saved, size_t length);

#endif
