/*
 * The event loop: watches of file descriptors and one-shot timers, one event at a time, JavaScript's jobs after each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "board.h"
#include "host.h"

#define EVENTS 32

static int epoll_fd = -1;
static int watch_count, timer_count;
static struct loop_timer *timers;	/* by due time; of equal times, the one started first is first */
static struct epoll_event events[EVENTS];
static int event_count;

static void control(int operation, struct loop_watch *watch, uint32_t epoll_events)
{
	struct epoll_event event = { .events = epoll_events, .data.ptr = watch };

	if (epoll_fd < 0)
		epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(epoll_fd, operation, watch->fd, &event)) {
		console('E', "loop", "epoll: %s", strerror(errno));
		board_power_off(71);
	}
}

void loop_watch_add(struct loop_watch *watch, uint32_t epoll_events)
{
	control(EPOLL_CTL_ADD, watch, epoll_events);
	watch->live = true;
	watch_count++;
}

void loop_watch_change(struct loop_watch *watch, uint32_t epoll_events)
{
	control(EPOLL_CTL_MOD, watch, epoll_events);
}

void loop_watch_remove(struct loop_watch *watch)
{
	if (!watch->live)
		return;
	watch->live = false;
	watch_count--;
	/* The descriptor may be closed already; then the kernel has forgotten it. */
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = 0; i < event_count; i++)
		if (events[i].data.ptr == watch)
			events[i].data.ptr = NULL;
}

void loop_timer_stop(struct loop_timer *timer)
{
	struct loop_timer **at = &timers;

	if (!timer->live)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->live = false;
	timer_count--;
}

void loop_timer_start(struct loop_timer *timer, uint32_t delay_ms)
{
	struct loop_timer **at = &timers;

	loop_timer_stop(timer);
	timer->due = board_ms() + delay_ms;
	while (*at && (*at)->due <= timer->due)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	timer->live = true;
	timer_count++;
}

int loop_watches(void)
{
	return watch_count;
}

int loop_timers(void)
{
	return timer_count;
}

/* Timers that are started while others fire are not due in this pass, even with a delay of 0. */
static void fire_timers(void)
{
	uint64_t now = board_ms();
	int due = 0;

	for (struct loop_timer *timer = timers; timer && timer->due <= now; timer = timer->next)
		due++;
	while (due-- && timers && timers->due <= now) {
		struct loop_timer *timer = timers;

		loop_timer_stop(timer);
		timer->fire(timer);
		js_turn();
	}
}

static int wait_time(void)
{
	uint64_t now = board_ms();

	if (!timers)
		return -1;
	if (timers->due <= now)
		return 0;
	/* in the world's time, and not too early */
	uint64_t wait = (timers->due - now + (uint64_t)options.speed - 1) / (uint64_t)options.speed;
	return wait > 3600000 ? 3600000 : (int)wait;
}

void loop_run(void)
{
	if (epoll_fd < 0)
		epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (;;) {
		event_count = epoll_wait(epoll_fd, events, EVENTS, wait_time());
		meter_turn();
		for (int i = 0; i < event_count; i++) {
			struct loop_watch *watch = events[i].data.ptr;

			if (watch) {
				watch->ready(watch, events[i].events);
				js_turn();
			}
		}
		event_count = 0;
		fire_timers();
	}
}
