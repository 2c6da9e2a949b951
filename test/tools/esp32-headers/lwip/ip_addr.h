/* What our natives use of lwIP: addresses, of version 4 alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8_t;
typedef uint16_t u16_t;
typedef uint32_t u32_t;

typedef enum { ERR_OK = 0, ERR_MEM = -1, ERR_BUF = -2, ERR_RTE = -4, ERR_VAL = -6, ERR_USE = -8, ERR_ABRT = -13, ERR_RST = -14, ERR_CLSD = -15 } err_enum_t;
typedef signed char err_t;

typedef struct ip4_addr {
	u32_t addr;
} ip4_addr_t;

typedef ip4_addr_t ip_addr_t;

#define IPADDR_BROADCAST 0xffffffffu
#define IP4ADDR_STRLEN_MAX 16

#define IP_IS_V4(address) ((void)(address), true)
#define ip_2_ip4(address) (address)
#define ip_addr_copy_from_ip4(to, from) ((to) = (from))
#define ip4_addr_get_u32(address) ((address)->addr)
#define ip4_addr_set_u32(address, value) ((address)->addr = (value))
#define ip4_addr_cmp(a, b) ((a)->addr == (b)->addr)
#define ip4_addr_isany_val(address) ((address).addr == 0)
#define ip4_addr_ismulticast(address) (((address)->addr & lwip_htonl(0xf0000000u)) == lwip_htonl(0xe0000000u))
#define ip4_addr_netcmp(a, b, mask) ((((a)->addr ^ (b)->addr) & (mask)->addr) == 0)

extern const ip_addr_t ip_addr_any;

#define IP4_ADDR_ANY (&ip_addr_any)
#define IP4_ADDR_ANY4 (&ip_addr_any)

u32_t lwip_htonl(u32_t value);
char *ip4addr_ntoa_r(const ip4_addr_t *address, char *buffer, int length);
