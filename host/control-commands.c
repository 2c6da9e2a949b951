/*
 * The commands of the control socket.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "air.h"
#include "board.h"
#include "control.h"
#include "natives/sockets.h"

struct answer {
	char *json;
	size_t size;
	control_after after;
};

static void ok(struct answer *answer)
{
	snprintf(answer->json, answer->size, "{\"ok\":true}");
}

static void refuse(struct answer *answer, const char *why)
{
	size_t length = (size_t)snprintf(answer->json, answer->size, "{\"error\":");

	length += air_json_string(why, answer->json + length, answer->size - length - 2);
	snprintf(answer->json + length, answer->size - length, "}");
}

/* Room for a JSON object that somebody else writes, and what makes it an answer: its brace becomes a comma. */
#define OK "{\"ok\":true"

static char *object_room(struct answer *answer)
{
	return answer->json + sizeof OK - 1;
}

static void accept_object(struct answer *answer)
{
	memcpy(answer->json, OK ",", sizeof OK);
}

/* The first word of *line, which goes on behind it; "" when there is none. */
static char *word(char **line)
{
	char *start = *line + strspn(*line, " \t"), *end = start + strcspn(start, " \t");

	*line = end + strspn(end, " \t");
	*end = 0;
	return start;
}

static void run_figures(struct answer *answer, char *rest)
{
	struct js_heap heap;

	(void)rest;
	js_collect();
	heap = js_heap();
	snprintf(answer->json, answer->size,
		"{\"ok\":true,\"bytecodes\":%llu,\"slots\":%zu,\"chunks\":%zu,\"slotsBase\":%zu,\"chunksBase\":%zu,\"jsLimit\":%zu,\"peak\":%zu,"
		"\"native\":%zu,\"nativePeak\":%zu,\"nativeLimit\":%zu,\"sockets\":%d,\"listeners\":%d,\"watches\":%d,\"timers\":%d,\"boots\":%u,"
		"\"uptime\":%llu,\"flashOperations\":%llu}",
		(unsigned long long)js_bytecodes(), heap.slots, heap.chunks, heap.base_slots, heap.base_chunks, heap.limit, heap.peak,
		heap_used(), heap_peak(), options.native_heap, sockets_count(), listeners_count(), loop_watches(), loop_timers(),
		board->boots, (unsigned long long)board_ms(), (unsigned long long)board->flash_operations);
}

static void run_meter(struct answer *answer, char *rest)
{
	(void)rest;
	snprintf(answer->json, answer->size, "{\"ok\":true,\"bytecodes\":%llu}", (unsigned long long)js_bytecodes());
}

static void run_status(struct answer *answer, char *rest)
{
	size_t length;

	(void)rest;
	length = (size_t)snprintf(answer->json, answer->size, "{\"ok\":true,\"running\":\"%s\",\"reset\":\"%s\",\"rtc\":%u,\"button\":%s,",
		boot_running()->label, board_cause_name(board->cause), board->rtc, board->button ? "true" : "false");
	wifi_status(answer->json + length, answer->size - length - 2);
	strcat(answer->json, "}");
}

static void run_button(struct answer *answer, char *rest)
{
	const char *state = word(&rest);

	if (strcmp(state, "down") && strcmp(state, "up")) {
		refuse(answer, "button down|up");
		return;
	}
	board->button = !strcmp(state, "down");
	button_changed();
	ok(answer);
}

static void power_off(void)
{
	board_power_off(0);
}

static void restart(void)
{
	board_reset(RESET_RESTART);
}

static void run_quit(struct answer *answer, char *rest)
{
	(void)rest;
	answer->after = power_off;
	ok(answer);
}

static void run_power_cut(struct answer *answer, char *rest)
{
	const char *count = word(&rest);

	if (!*count)
		answer->after = power_off;
	else if (atoll(count) < 1) {
		refuse(answer, "power-cut [N], N from 1");
		return;
	}
	else
		board->power_cut_after = atoll(count);
	ok(answer);
}

static void run_restart(struct answer *answer, char *rest)
{
	(void)rest;
	answer->after = restart;
	ok(answer);
}

static void run_air(struct answer *answer, char *rest)
{
	const char *action = word(&rest);
	char error[256];
	bool done;

	if (!*action) {
		if (air_json(object_room(answer), answer->size - sizeof OK))
			accept_object(answer);
		else
			refuse(answer, "the air does not fit");
		return;
	}
	if (!strcmp(action, "set"))
		done = air_set(rest, error, sizeof error);
	else if (!strcmp(action, "remove"))
		done = air_remove(rest, error, sizeof error);
	else if (!strcmp(action, "load"))
		done = air_load(rest, error, sizeof error);
	else {
		refuse(answer, "air [set LINE|remove BSSID|load FILE]");
		return;
	}
	if (!done) {
		refuse(answer, error);
		return;
	}
	wifi_air_changed();
	ok(answer);
}

static void run_clock(struct answer *answer, char *rest)
{
	char *end;
	long long seconds = strtoll(rest, &end, 10);

	if (end == rest || *end) {
		refuse(answer, "clock SECONDS");
		return;
	}
	board_set_clock(seconds * 1000000);
	ok(answer);
}

static void run_led(struct answer *answer, char *rest)
{
	(void)rest;
	led_trace(object_room(answer), answer->size - sizeof OK);
	accept_object(answer);
}

/* Without bytes: what the device has written. */
static void run_serial(struct answer *answer, char *rest)
{
	uint8_t bytes[512];
	unsigned byte;
	int length = 0;

	for (; sscanf(rest, "%2x", &byte) == 1 && length < (int)sizeof bytes; rest += 2) {
		bytes[length++] = (uint8_t)byte;
		if (!rest[1])
			break;
	}
	if (!length) {
		serial_output(object_room(answer), answer->size - sizeof OK);
		accept_object(answer);
	}
	else if (serial_input(bytes, length))
		ok(answer);
	else
		refuse(answer, "the device does not read");
}

static void run_net(struct answer *answer, char *rest)
{
	const char *action = word(&rest), *name = word(&rest), *state = word(&rest);

	if (strcmp(action, "drop") || (strcmp(name, "station") && strcmp(name, "ap")) || (strcmp(state, "on") && strcmp(state, "off"))) {
		refuse(answer, "net drop station|ap on|off");
		return;
	}
	sockets_drop(strcmp(name, "ap") ? STATION : ACCESS_POINT, !strcmp(state, "on"));
	ok(answer);
}

static void run_log(struct answer *answer, char *rest)
{
	const char *level = word(&rest);

	if (strlen(level) != 1 || !strchr("EWNID", *level)) {
		refuse(answer, "log E|W|N|I|D");
		return;
	}
	board->log_level = *level;
	ok(answer);
}

static const struct {
	const char *name;
	void (*run)(struct answer *answer, char *rest);
} commands[] = {
	{ "figures", run_figures }, { "meter", run_meter }, { "status", run_status }, { "button", run_button }, { "quit", run_quit },
	{ "power-cut", run_power_cut }, { "restart", run_restart }, { "air", run_air }, { "clock", run_clock }, { "led", run_led },
	{ "net", run_net }, { "serial", run_serial }, { "log", run_log },
};

control_after control_run(char *line, char *json, size_t size)
{
	struct answer answer = { .json = json, .size = size };
	const char *name = word(&line);

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(commands[i].name, name)) {
			commands[i].run(&answer, line);
			return answer.after;
		}
	refuse(&answer, "no such command");
	return NULL;
}
