/*
 * What modules/tls/tls-port.h asks of a chip. While the radio is on, the generator is fed by its noise; both images turn it on first.
 */
#include "../../tls/tls-port.h"

#include "esp_random.h"

void tls_port_random(uint8_t *out, size_t length)
{
	esp_fill_random(out, length);
}
