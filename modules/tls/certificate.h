/*
 * Certificates and keys as they come in files: reading, checking and making them, over Mbed TLS 3.6 or 4. Functions that can fail return
 * NULL, or the code of the error as the catalogue of errors has it.
 */
#ifndef LWS_CERTIFICATE_H
#define LWS_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/build_info.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#if MBEDTLS_VERSION_MAJOR >= 4
#define RANDOM
#else
#include <mbedtls/psa_util.h>
/* What functions of Mbed TLS 3 that need random numbers take at their end. */
#define RANDOM , mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE
#endif

/* A chain has up to so many certificates, of so many bytes together; a key has so many (RSA with 4096 bits takes 2375). */
#define CHAIN_COUNT 4
#define CHAIN_BYTES 5120
#define KEY_BYTES 2560
/* Bytes of a file, with whatever text stands around its blocks. */
#define FILE_BYTES 16384

#define NO_MEMORY "TLS_NO_MEMORY"

/* --- certificate-read.c ---------------------------------------------------------------------------------------------------------------- */

/* Appends the certificates of a file to a chain: PEM blocks among any other text, or DER, one behind the other. The chain has to be freed
   after an error, too. */
const char *certificateRead(mbedtls_x509_crt *chain, const uint8_t *data, size_t length);
/* Bytes of the certificate in DER that begins here; 0 where there is none. */
size_t certificateLength(const uint8_t *der, size_t length);
/* The key in a file, PEM or DER. `*der`, which the caller wipes and frees with keyWipe, is how it is stored. */
const char *keyRead(mbedtls_pk_context *key, const uint8_t *data, size_t length, uint8_t **der, size_t *derLength);
void keyWipe(uint8_t *der, size_t length);

/* --- certificate-check.c ---------------------------------------------------------------------------------------------------------------- */

/* Each certificate is signed by the next one, the last by itself if it says so; none is weak; the first may be a server's. */
const char *chainCheck(const mbedtls_x509_crt *chain);
/* The key is a strong one, and that of the certificate. */
const char *keyCheck(const mbedtls_x509_crt *certificate, mbedtls_pk_context *key);
int isSelfIssued(const mbedtls_x509_crt *certificate);
int keyIsRSA(const mbedtls_pk_context *key);
/* Seconds since 1970. */
int64_t certificateTime(const mbedtls_x509_time *time);

/* --- certificate-make.c ------------------------------------------------------------------------------------------------------------------ */

/* What a new certificate says: names and addresses are separated by single spaces. */
typedef struct {
	/* At most 64 bytes of UTF-8. */
	char name[65];
	char dns[256];
	char addresses[64];
} Wanted;

/* Bytes of a certificate or key that is made here. */
#define MADE_BYTES 1024

typedef struct {
	Wanted wanted;
	mbedtls_pk_context key;
	uint8_t certificate[MADE_BYTES], der[128];
	/* 0 until it is made. */
	size_t certificateLength, derLength;
} Maker;

/* Each is one turn: at most two multiplications on the curve. */
const char *makerKey(Maker *maker);
const char *makerCertificate(Maker *maker);
const char *makerCheck(const Maker *maker);

#endif
