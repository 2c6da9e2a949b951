/*
 * A key on P-256, and a certificate for it that it signs itself (RFC 5280), for a device that nobody has given one.
 */
#include "certificate.h"

#include <stdio.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform_util.h>
#include <psa/crypto.h>

#define BITS 256
#define FAILED "INTERNAL"

/*
 * The device that makes this often does not know the time, and nobody renews it for years. So it begins before any clock that was ever set,
 * and ends with the last second that UTCTime can tell (RFC 5280 section 4.1.2.5). It begins early enough, too, for those who want
 * certificates from July 2019 on to last 825 days at most.
 */
#define FIRST_SECOND "20180101000000"
#define LAST_SECOND "20491231235959"

#define SERIAL_BYTES 20
#define NAMES 8

const char *makerKey(Maker *maker)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_key_id_t id;
	uint8_t der[sizeof maker->der];
	psa_status_t status = psa_crypto_init();
	int length = -1;

	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&attributes, BITS);
	/* A wrapped key would sign only what the policy names; a copy of it may also be written down. */
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_EXPORT);
	psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
	if (!status)
		status = psa_generate_key(&attributes, &id);
	if (status)
		return status == PSA_ERROR_INSUFFICIENT_MEMORY ? NO_MEMORY : FAILED;
	if (!mbedtls_pk_copy_from_psa(id, &maker->key))
		length = mbedtls_pk_write_key_der(&maker->key, der, sizeof der);
	psa_destroy_key(id);
	if (length > 0)
		/* It is written to the end of the buffer. */
		memcpy(maker->der, der + sizeof der - length, maker->derLength = (size_t)length);
	mbedtls_platform_zeroize(der, sizeof der);
	return length > 0 ? NULL : FAILED;
}

/* The name as the bytes of its UTF8String: so no character of it means anything to the library. */
static int setNames(mbedtls_x509write_cert *writer, const char *name)
{
	char text[8 + 2 * sizeof ((Wanted *)0)->name];
	int at = snprintf(text, sizeof text, "CN=#0c%02x", (unsigned)strlen(name));

	for (; *name; name++)
		at += snprintf(text + at, sizeof text - (size_t)at, "%02x", (unsigned char)*name);
	return mbedtls_x509write_crt_set_subject_name(writer, text) || mbedtls_x509write_crt_set_issuer_name(writer, text);
}

/* RFC 5280 section 4.1.2.2: positive, and of the 20 bytes that it may have at most. */
static int setSerial(mbedtls_x509write_cert *writer)
{
	uint8_t serial[SERIAL_BYTES];

	if (psa_generate_random(serial, sizeof serial))
		return -1;
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
	return mbedtls_x509write_crt_set_serial_raw(writer, serial, sizeof serial);
}

/* RFC 7093 section 2: the first 160 bits of the SHA-256 of the public key. */
static int setKeyIdentifier(mbedtls_x509write_cert *writer, mbedtls_pk_context *key)
{
	uint8_t spki[128], identifier[2 + 32] = { MBEDTLS_ASN1_OCTET_STRING, 20 };
	size_t hashed;
	int length = mbedtls_pk_write_pubkey_der(key, spki, sizeof spki);
	/* The point alone, which ends the structure. */
	size_t point = 1 + 2 * BITS / 8;

	if (length < (int)point || psa_hash_compute(PSA_ALG_SHA_256, spki + sizeof spki - point, point, identifier + 2, 32, &hashed))
		return -1;
	return mbedtls_x509write_crt_set_extension(writer, MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER, sizeof MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER - 1, 0, identifier,
		22);
}

/* The end of the word that begins here. */
static const char *wordEnd(const char *word)
{
	const char *end = strchr(word, ' ');

	return end ? end : word + strlen(word);
}

/* Four numbers with points between them. */
static int readAddress(const char *word, const char *end, uint8_t *address)
{
	for (int i = 0; i < 4; i++) {
		unsigned value = 0;
		const char *first = word;

		for (; word < end && *word >= '0' && *word <= '9' && value < 256; word++)
			value = value * 10 + (unsigned)(*word - '0');
		if (word == first || value > 255 || (i < 3 && (word == end || *word++ != '.')))
			return -1;
		address[i] = (uint8_t)value;
	}
	return word == end ? 0 : -1;
}

static int setAlternativeNames(mbedtls_x509write_cert *writer, const Wanted *wanted)
{
	mbedtls_x509_san_list list[NAMES];
	uint8_t addresses[NAMES][4];
	size_t count = 0;

	memset(list, 0, sizeof list);
	for (const char *word = wanted->dns, *end; *word && count < NAMES; word = *end ? end + 1 : end, count++) {
		end = wordEnd(word);
		list[count].node.type = MBEDTLS_X509_SAN_DNS_NAME;
		list[count].node.san.unstructured_name.p = (unsigned char *)word;
		list[count].node.san.unstructured_name.len = (size_t)(end - word);
	}
	for (const char *word = wanted->addresses, *end; *word && count < NAMES; word = *end ? end + 1 : end, count++) {
		uint8_t *address = addresses[count];

		end = wordEnd(word);
		if (readAddress(word, end, address))
			return -1;
		list[count].node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
		list[count].node.san.unstructured_name.p = address;
		list[count].node.san.unstructured_name.len = 4;
	}
	/* The library writes them from the last to the first. */
	for (size_t i = 1; i < count; i++)
		list[i].next = &list[i - 1];
	return count ? mbedtls_x509write_crt_set_subject_alternative_name(writer, &list[count - 1]) : 0;
}

static int setUse(mbedtls_x509write_cert *writer)
{
	mbedtls_asn1_sequence server = { 0 };

	server.buf.tag = MBEDTLS_ASN1_OID;
	server.buf.p = (unsigned char *)MBEDTLS_OID_SERVER_AUTH;
	server.buf.len = sizeof MBEDTLS_OID_SERVER_AUTH - 1;
	/* Who trusts this certificate trusts it for this device: it can't vouch for others. */
	return mbedtls_x509write_crt_set_basic_constraints(writer, 0, -1) ||
		mbedtls_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) || mbedtls_x509write_crt_set_ext_key_usage(writer, &server);
}

static int fill(mbedtls_x509write_cert *writer, Maker *maker)
{
	mbedtls_x509write_crt_set_version(writer, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(writer, MBEDTLS_MD_SHA256);
	mbedtls_x509write_crt_set_subject_key(writer, &maker->key);
	mbedtls_x509write_crt_set_issuer_key(writer, &maker->key);
	return setNames(writer, maker->wanted.name) || setSerial(writer) || mbedtls_x509write_crt_set_validity(writer, FIRST_SECOND, LAST_SECOND) ||
		setUse(writer) || setAlternativeNames(writer, &maker->wanted) || setKeyIdentifier(writer, &maker->key);
}

const char *makerCertificate(Maker *maker)
{
	mbedtls_x509write_cert writer;
	int length = -1;

	mbedtls_x509write_crt_init(&writer);
	if (!fill(&writer, maker))
		length = mbedtls_x509write_crt_der(&writer, maker->certificate, sizeof maker->certificate RANDOM);
	mbedtls_x509write_crt_free(&writer);
	if (length <= 0)
		return FAILED;
	memmove(maker->certificate, maker->certificate + sizeof maker->certificate - length, (size_t)length);
	maker->certificateLength = (size_t)length;
	return NULL;
}

const char *makerCheck(const Maker *maker)
{
	mbedtls_x509_crt certificate;
	const char *error;

	mbedtls_x509_crt_init(&certificate);
	error = certificateRead(&certificate, maker->certificate, maker->certificateLength);
	if (!error)
		error = chainCheck(&certificate);
	mbedtls_x509_crt_free(&certificate);
	return error;
}
