/*
 * What the natives of TLS need from the place they run on, beyond Mbed TLS itself. The heap is c_malloc and c_free, and Mbed TLS takes its
 * blocks from the same one; the clock is the one that Mbed TLS was built with.
 */
#ifndef LWS_TLS_PORT_H
#define LWS_TLS_PORT_H

#include <stddef.h>
#include <stdint.h>

/* Fills in random bytes that are fit for keys. */
void tls_port_random(uint8_t *out, size_t length);

#endif
