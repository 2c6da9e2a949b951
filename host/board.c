/*
 * The board around the chip: what a chip reset keeps. A reset replaces the process by a fresh copy of itself, so nothing of the run
 * before can leak into the next one; the board travels in a memory file, the control connections as open descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "host.h"

#define BOARD_VARIABLE "LWS_XS_BOARD"

struct board *board;

static char **arguments;
static int board_fd = -1;

static uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t board_us(void)
{
	return (monotonic_us() - board->power_on_us) * (uint64_t)options.speed;
}

uint64_t board_ms(void)
{
	return board_us() / 1000;
}

uint64_t board_real_ms(void)
{
	return monotonic_us() / 1000;
}

int64_t board_clock_us(void)
{
	return (int64_t)board_us() + board->clock_offset_us;
}

void board_set_clock(int64_t us)
{
	board->clock_offset_us = us - (int64_t)board_us();
}

const char *board_cause_name(enum reset_cause cause)
{
	static const char *const names[] = {
		[RESET_POWER_ON] = "power on", [RESET_RESTART] = "restart", [RESET_EXCEPTION] = "exception", [RESET_REJECTION] = "rejection",
		[RESET_MEMORY] = "memory full", [RESET_NATIVE_MEMORY] = "native memory full", [RESET_STACK] = "stack overflow",
		[RESET_DEAD_STRIP] = "dead strip", [RESET_WATCHDOG] = "watchdog",
	};

	return names[cause];
}

static void *map_board(int fd)
{
	void *map = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return map == MAP_FAILED ? NULL : map;
}

/* The board of the run before this one, if this process is a chip that was reset. */
static bool inherit(void)
{
	const char *variable = getenv(BOARD_VARIABLE);
	struct stat info;

	if (!variable)
		return false;
	board_fd = atoi(variable);
	if (fstat(board_fd, &info) || info.st_size != (off_t)sizeof *board)
		return false;
	board = map_board(board_fd);
	return board != NULL;
}

bool board_start(char **argv)
{
	char variable[16];

	arguments = argv;
	if (inherit()) {
		board->boots++;
		return false;
	}
	board_fd = memfd_create("lws-xs board", 0);
	if (board_fd < 0 || ftruncate(board_fd, sizeof *board) || !(board = map_board(board_fd))) {
		perror("lws-xs: board");
		exit(71);
	}
	snprintf(variable, sizeof variable, "%d", board_fd);
	setenv(BOARD_VARIABLE, variable, 1);
	board->power_on_us = monotonic_us();
	board->cause = RESET_POWER_ON;
	board->boots = 1;
	board->power_cut_after = -1;
	board->control_fd = -1;
	for (size_t i = 0; i < CLIENTS; i++)
		board->client_fds[i] = -1;
	return true;
}

static void keep_open(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

/* The watchdog comes here out of a signal's handler: nothing here may need the C library's heap. */
void board_reset(enum reset_cause cause)
{
	fflush(stdout);
	console(cause == RESET_RESTART ? 'I' : 'W', "board", "reset: %s", board_cause_name(cause));
	board->cause = cause;
	syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
	keep_open(board_fd);
	keep_open(board->control_fd);
	for (size_t i = 0; i < CLIENTS; i++)
		keep_open(board->client_fds[i]);
	/* The watchdog's timer runs on; it must not end the next run before that is ready for it. */
	signal(SIGPROF, SIG_IGN);
	/* A chip takes its time to reset, too; without it a device that dies at every start would take a whole core. */
	if (cause != RESET_RESTART)
		usleep(100 * 1000);
	execv("/proc/self/exe", arguments);
	console('E', "board", "cannot reset: %s", strerror(errno));
	_exit(71);
}

void board_power_off(int status)
{
	if (options.control && board && board->control_fd >= 0)
		unlink(options.control);
	fflush(stdout);
	_exit(status);
}
