/* What our natives use of lwIP: TCP, by callbacks. */
#pragma once

#include "lwip/pbuf.h"

/* sdkconfig/sdkconfig.defaults */
#define MEMP_NUM_TCP_PCB 16

enum tcp_state { CLOSED, LISTEN, SYN_SENT, SYN_RCVD, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT };

struct tcp_pcb;

typedef err_t (*tcp_accept_fn)(void *arg, struct tcp_pcb *newpcb, err_t err);
typedef err_t (*tcp_recv_fn)(void *arg, struct tcp_pcb *tpcb, struct pbuf *p, err_t err);
typedef err_t (*tcp_sent_fn)(void *arg, struct tcp_pcb *tpcb, u16_t len);
typedef err_t (*tcp_poll_fn)(void *arg, struct tcp_pcb *tpcb);
typedef void (*tcp_err_fn)(void *arg, err_t err);
typedef err_t (*tcp_connected_fn)(void *arg, struct tcp_pcb *tpcb, err_t err);

struct tcp_pcb {
	ip_addr_t local_ip, remote_ip;
	u8_t so_options;
	struct tcp_pcb *next;
	void *callback_arg;
	enum tcp_state state;
	u16_t local_port, remote_port, snd_buf;
	tcp_sent_fn sent;
	tcp_recv_fn recv;
	tcp_poll_fn poll;
	tcp_err_fn errf;
	tcp_connected_fn connected;
	tcp_accept_fn accept;
	u8_t backlog;
};

/* In lwIP one that listens has fewer members. */
#define tcp_pcb_listen tcp_pcb

#define SOF_REUSEADDR 0x04
#define SOF_BROADCAST 0x20
#define ip_set_option(pcb, option) ((pcb)->so_options |= (option))
#define TCP_WRITE_FLAG_COPY 1

#define tcp_sndbuf(pcb) ((pcb)->snd_buf)
#define tcp_nagle_disable(pcb) ((void)(pcb))

struct tcp_pcb *tcp_new(void);
void tcp_arg(struct tcp_pcb *pcb, void *arg);
void tcp_recv(struct tcp_pcb *pcb, tcp_recv_fn recv);
void tcp_sent(struct tcp_pcb *pcb, tcp_sent_fn sent);
void tcp_err(struct tcp_pcb *pcb, tcp_err_fn err);
void tcp_accept(struct tcp_pcb *pcb, tcp_accept_fn accept);
void tcp_poll(struct tcp_pcb *pcb, tcp_poll_fn poll, u8_t interval);
void tcp_recved(struct tcp_pcb *pcb, u16_t len);
err_t tcp_bind(struct tcp_pcb *pcb, const ip_addr_t *address, u16_t port);
err_t tcp_connect(struct tcp_pcb *pcb, const ip_addr_t *address, u16_t port, tcp_connected_fn connected);
struct tcp_pcb *tcp_listen_with_backlog_and_err(struct tcp_pcb *pcb, u8_t backlog, err_t *err);
void tcp_backlog_delayed(struct tcp_pcb *pcb);
void tcp_backlog_accepted(struct tcp_pcb *pcb);
void tcp_abort(struct tcp_pcb *pcb);
err_t tcp_close(struct tcp_pcb *pcb);
err_t tcp_shutdown(struct tcp_pcb *pcb, int shut_rx, int shut_tx);
err_t tcp_write(struct tcp_pcb *pcb, const void *data, u16_t length, u8_t flags);
err_t tcp_output(struct tcp_pcb *pcb);
