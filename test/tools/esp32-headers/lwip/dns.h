/* What our natives use of lwIP: the name servers that it was told of. */
#pragma once

#include "lwip/ip_addr.h"

const ip_addr_t *dns_getserver(u8_t index);
