/* What our natives use of lwIP: its buffers. */
#pragma once

#include "lwip/ip_addr.h"

typedef enum { PBUF_TRANSPORT, PBUF_RAW } pbuf_layer;
typedef enum { PBUF_RAM } pbuf_type;

struct pbuf {
	struct pbuf *next;
	void *payload;
	u16_t tot_len, len;
};

struct pbuf *pbuf_alloc(pbuf_layer layer, u16_t length, pbuf_type type);
u8_t pbuf_free(struct pbuf *p);
u16_t pbuf_clen(const struct pbuf *p);
void pbuf_cat(struct pbuf *head, struct pbuf *tail);
struct pbuf *pbuf_coalesce(struct pbuf *p, pbuf_layer layer);
struct pbuf *pbuf_free_header(struct pbuf *p, u16_t size);
u16_t pbuf_copy_partial(const struct pbuf *p, void *data, u16_t length, u16_t offset);
err_t pbuf_take(struct pbuf *p, const void *data, u16_t length);
