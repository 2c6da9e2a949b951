/* What our natives use of lwIP: connections that were closed, and are remembered. */
#pragma once

#include "lwip/tcp.h"

extern struct tcp_pcb *tcp_tw_pcbs;
