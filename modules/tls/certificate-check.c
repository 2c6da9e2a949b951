/*
 * Whether certificates and keys hold together: order and signatures of a chain, strength, use, and that a key is the one of a certificate.
 * Dates are for the caller to judge, who knows whether the clock is set.
 */
/* What the library found out about a signature when it read the certificate. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "certificate.h"

#include <string.h>

#include <mbedtls/md.h>
#include <mbedtls/oid.h>

#define RSA_BITS 2048
#define EC_BITS 256

int keyIsRSA(const mbedtls_pk_context *key)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	int error = mbedtls_pk_get_psa_attributes(key, PSA_KEY_USAGE_VERIFY_HASH, &attributes);
	psa_key_type_t type = psa_get_key_type(&attributes);

	psa_reset_key_attributes(&attributes);
	return !error && PSA_KEY_TYPE_IS_RSA(type);
}

static int isWeakKey(const mbedtls_pk_context *key)
{
	return mbedtls_pk_get_bitlen(key) < (keyIsRSA(key) ? RSA_BITS : EC_BITS);
}

static int sameName(const mbedtls_x509_buf *one, const mbedtls_x509_buf *other)
{
	return one->len == other->len && !memcmp(one->p, other->p, one->len);
}

int isSelfIssued(const mbedtls_x509_crt *certificate)
{
	return sameName(&certificate->issuer_raw, &certificate->subject_raw);
}

static int isSignedBy(const mbedtls_x509_crt *certificate, const mbedtls_x509_crt *issuer)
{
	uint8_t hash[64];
	const mbedtls_md_info_t *md = mbedtls_md_info_from_type(certificate->sig_md);

	if (!md || mbedtls_md(md, certificate->tbs.p, certificate->tbs.len, hash))
		return 0;
	return !mbedtls_pk_verify_ext(certificate->sig_pk,
#if MBEDTLS_VERSION_MAJOR < 4
		certificate->sig_opts,
#endif
		(mbedtls_pk_context *)&issuer->pk, certificate->sig_md, hash, mbedtls_md_get_size(md), certificate->sig.p, certificate->sig.len);
}

const char *chainCheck(const mbedtls_x509_crt *chain)
{
	if (mbedtls_x509_crt_check_extended_key_usage(chain, MBEDTLS_OID_SERVER_AUTH, sizeof MBEDTLS_OID_SERVER_AUTH - 1))
		return "CERT_WRONG_USAGE";
	for (const mbedtls_x509_crt *each = chain; each; each = each->next) {
		const mbedtls_x509_crt *issuer = each->next;

		if (isWeakKey(&each->pk) || each->sig_md < MBEDTLS_MD_SHA256)
			return "CERT_WEAK";
		if (issuer && (!sameName(&each->issuer_raw, &issuer->subject_raw) || !issuer->ca_istrue))
			return "CERT_ORDER";
		/* Only who issued it could tell whether the last one is intact, unless that was itself. */
		if (!issuer && isSelfIssued(each))
			issuer = each;
		if (issuer && !isWeakKey(&issuer->pk) && !isSignedBy(each, issuer))
			return issuer == each ? "CERT_MALFORMED" : "CERT_ORDER";
	}
	return NULL;
}

const char *keyCheck(const mbedtls_x509_crt *certificate, mbedtls_pk_context *key)
{
	if (isWeakKey(key))
		return "KEY_WEAK";
	return mbedtls_pk_check_pair(&certificate->pk, key RANDOM) ? "KEY_MISMATCH" : NULL;
}

int64_t certificateTime(const mbedtls_x509_time *time)
{
	/* Days of the years and months before, in a calendar whose years begin in March. */
	int year = time->mon > 2 ? time->year : time->year - 1, month = (time->mon + 9) % 12;
	int64_t days = 365ll * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + time->day - 1 - 719468;

	return ((days * 24 + time->hour) * 60 + time->min) * 60 + time->sec;
}
