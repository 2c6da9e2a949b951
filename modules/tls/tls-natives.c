/*
 * Arguments of the natives of tls.ts. The same file runs on every place, so it uses the SDK's C interface (xsmc.h) and nothing else.
 */
#include "tls.h"

void *tlsObject(xsMachine *the, xsSlot *slot, uint32_t kind)
{
	uint32_t *object;

	if (xsmcTypeOf(*slot) != xsReferenceType)
		xsTypeError("this is no such object");
	object = xsmcGetHostData(*slot);
	if (!object)
		xsUnknownError("closed");
	if (*object != kind)
		xsTypeError("this is no such object");
	return object;
}

Bytes tlsRange(xsMachine *the, int index, int isWritable)
{
	Bytes range;
	void *data;
	xsUnsignedValue length;
	xsIntegerValue from, to;

	if (isWritable)
		xsmcGetBufferWritable(xsArg(index), &data, &length);
	else
		xsmcGetBufferReadable(xsArg(index), &data, &length);
	from = xsmcToInteger(xsArg(index + 1));
	to = xsmcToInteger(xsArg(index + 2));
	if (from < 0 || to < from || (xsUnsignedValue)to > length)
		xsRangeError("range outside the buffer");
	range.data = (uint8_t *)data + from;
	range.length = (uint32_t)(to - from);
	return range;
}

void tlsThrow(xsMachine *the, const char *code)
{
	if (code)
		xsUnknownError((char *)code);
}

void tlsFreeAuthorities(mbedtls_x509_crt *authorities)
{
	if (!authorities)
		return;
	mbedtls_x509_crt_free(authorities);
	mbedtls_free(authorities);
}

/* Each buffer may hold as much as a chain. */
static const char *add(mbedtls_x509_crt **authorities, const uint8_t *data, size_t length)
{
	mbedtls_x509_crt *fresh = mbedtls_calloc(1, sizeof *fresh), *last;
	const char *error;

	if (!fresh)
		return NO_MEMORY;
	mbedtls_x509_crt_init(fresh);
	error = certificateRead(fresh, data, length);
	if (error) {
		tlsFreeAuthorities(fresh);
		return error;
	}
	for (last = fresh; last->next; last = last->next)
		;
	last->next = *authorities;
	*authorities = fresh;
	return NULL;
}

const char *tlsAuthorities(xsMachine *the, xsSlot *array, xsSlot *slot, mbedtls_x509_crt **authorities)
{
	xsIntegerValue count;
	const char *error = NULL;

	if (!xsmcTest(*array))
		return NULL;
	xsmcGet(*slot, *array, xsID("length"));
	count = xsmcToInteger(*slot);
	for (xsIntegerValue i = 0; i < count && !error; i++) {
		void *data;
		xsUnsignedValue length;

		xsmcGetIndex(*slot, *array, i);
		xsmcGetBufferReadable(*slot, &data, &length);
		error = add(authorities, data, length);
	}
	return error;
}
