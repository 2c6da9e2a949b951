/*
 * The device under Mbed TLS: its counted heap, its random numbers and its two clocks; what the configuration host/tls/mbedtls-config.h names.
 */
#include <sys/random.h>

#include "../host.h"
#include "../../modules/tls/tls-port.h"

#include "mbedtls/platform_time.h"
#include "psa/crypto.h"

void *tls_port_calloc(size_t count, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(count, size, &bytes) ? NULL : heap_alloc(bytes);
}

void tls_port_free(void *block)
{
	heap_free(block);
}

time_t tls_port_time(time_t *now)
{
	time_t seconds = (time_t)(board_clock_us() / 1000000);

	if (now)
		*now = seconds;
	return seconds;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
	return (mbedtls_ms_time_t)board_ms();
}

void tls_port_random(uint8_t *out, size_t length)
{
	while (length > 0) {
		size_t count = length > 256 ? 256 : length;

		if (getentropy(out, count)) {
			console('E', "tls", "no entropy");
			board_reset(RESET_EXCEPTION);
		}
		out += count;
		length -= count;
	}
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *output, size_t size, size_t *length)
{
	(void)context;
	tls_port_random(output, size);
	*length = size;
	return PSA_SUCCESS;
}
