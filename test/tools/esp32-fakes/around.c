/* The stand-in for what lies around lwIP's TCP: its lock and task, buffers, interfaces, and the messages to the machine. */
#include "fakes.h"

#include <stdlib.h>
#include <string.h>

#include "esp_netif.h"
#include "lwip/dns.h"
#include "lwip/ip4.h"
#include "lwip/tcpip.h"
#include "lwip/timeouts.h"
#include "xsHost.h"

struct netif station = { .ip_addr = { 0x0a00000a }, .netmask = { 0x00ffffff }, .name = { 's', 't' }, .flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP };
struct netif *netif_list = &station;
const ip_addr_t ip_addr_any;
bool locked, queueFull, memoryFull;
int buffersLive;

static modMessageDeliver message;
static sys_timeout_handler timer;
static netif_ext_callback_fn netifChanged;

/* --- the lock, the task, and the machine's messages --- */

void sys_lock_tcpip_core(void)
{
	CHECK(!locked);
	locked = true;
}

void sys_unlock_tcpip_core(void)
{
	CHECK(locked);
	locked = false;
}

esp_err_t esp_netif_init(void)
{
	return ESP_OK;
}

int modMessagePostToMachineFromISR(xsMachine *the, modMessageDeliver callback, void *refcon)
{
	(void)the, (void)refcon;
	if (queueFull)
		return -1;
	CHECK(!message);	/* one wake-up at a time */
	message = callback;
	return 0;
}

bool turn(void)
{
	static xsMachine machine;
	modMessageDeliver deliver = message;

	message = NULL;
	if (deliver)
		deliver(&machine, NULL, NULL, 0);
	return deliver;
}

void turns(void)
{
	while (turn())
		;
}

void sys_timeout(u32_t msecs, sys_timeout_handler handler, void *arg)
{
	(void)msecs, (void)arg;
	CHECK(locked);
	timer = handler;
}

err_t tcpip_try_callback(tcpip_callback_fn function, void *context)
{
	(void)function, (void)context;
	return ERR_OK;
}

void retryTimer(void)
{
	sys_timeout_handler handler = timer;

	timer = NULL;
	locked = true;
	if (handler)
		handler(NULL);
	locked = false;
}

/* --- buffers: each in one piece --- */

struct pbuf *pbuf_alloc(pbuf_layer layer, u16_t length, pbuf_type type)
{
	struct pbuf *p = memoryFull ? NULL : calloc(1, sizeof *p + length);

	(void)layer, (void)type;
	if (!p)
		return NULL;
	p->payload = p + 1;
	p->tot_len = p->len = length;
	buffersLive++;
	return p;
}

u8_t pbuf_free(struct pbuf *p)
{
	while (p) {
		struct pbuf *next = p->next;

		free(p);
		buffersLive--;
		p = next;
	}
	return 1;
}

u16_t pbuf_clen(const struct pbuf *p)
{
	u16_t count = 0;

	for (; p; p = p->next)
		count++;
	return count;
}

void pbuf_cat(struct pbuf *head, struct pbuf *tail)
{
	for (; head->next; head = head->next)
		head->tot_len += tail->tot_len;
	head->tot_len += tail->tot_len;
	head->next = tail;
}

u16_t pbuf_copy_partial(const struct pbuf *p, void *data, u16_t length, u16_t offset)
{
	u16_t done = 0;

	CHECK(offset == 0);
	for (; p && done < length; p = p->next) {
		u16_t count = p->len < length - done ? p->len : (u16_t)(length - done);

		memcpy((uint8_t *)data + done, p->payload, count);
		done += count;
	}
	return done;
}

struct pbuf *pbuf_coalesce(struct pbuf *p, pbuf_layer layer)
{
	struct pbuf *one = p->next ? pbuf_alloc(layer, p->tot_len, PBUF_RAM) : NULL;

	if (!one)
		return p;
	pbuf_copy_partial(p, one->payload, p->tot_len, 0);
	pbuf_free(p);
	return one;
}

struct pbuf *pbuf_free_header(struct pbuf *p, u16_t size)
{
	while (p && size >= p->len) {
		struct pbuf *next = p->next;

		size -= p->len;
		p->next = NULL;
		pbuf_free(p);
		p = next;
	}
	if (p) {
		p->payload = (uint8_t *)p->payload + size;
		p->len -= size;
		p->tot_len -= size;
	}
	return p;
}

err_t pbuf_take(struct pbuf *p, const void *data, u16_t length)
{
	memcpy(p->payload, data, length);
	return ERR_OK;
}

/* --- interfaces --- */

void netif_add_ext_callback(netif_ext_callback_t *callback, netif_ext_callback_fn fn)
{
	(void)callback;
	netifChanged = fn;
}

/* lwIP tells of it before it is so. */
void stationGoes(void)
{
	netif_ext_callback_args_t args = { .status_changed.state = 0 };

	locked = true;
	netifChanged(&station, LWIP_NSC_STATUS_CHANGED, &args);
	station.flags &= (u8_t)~NETIF_FLAG_UP;
	locked = false;
}

void stationComes(void)
{
	station.flags |= NETIF_FLAG_UP;
}

struct netif *ip4_route(const ip4_addr_t *to)
{
	(void)to;
	return netif_is_up(&station) ? &station : NULL;
}

u32_t lwip_htonl(u32_t value)
{
	return __builtin_bswap32(value);
}

char *ip4addr_ntoa_r(const ip4_addr_t *address, char *buffer, int length)
{
	(void)address, (void)length;
	return strcpy(buffer, "10.0.0.10");
}

const ip_addr_t *dns_getserver(u8_t index)
{
	(void)index;
	return &ip_addr_any;
}

/* lwip-udp.c is not tried here. */
void udpFollowsNetifs(const struct netif *removed);
void udpFollowsNetifs(const struct netif *removed)
{
	(void)removed;
}
