/*
 * The control socket: how tests and people turn the knobs of the board. One command per line, one JSON line back for each.
 *
 * A line is taken out of the socket only when it is whole, so a chip reset between two lines of one client loses nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "board.h"
#include "control.h"

#define LINE 65536

static struct loop_watch listening;
static struct loop_watch clients[sizeof ((struct board *)0)->client_fds / sizeof(int)];

static void close_client(struct loop_watch *client)
{
	int *fd = &board->client_fds[client - clients];

	loop_watch_remove(client);
	close(*fd);
	*fd = -1;
}

/* A client that does not read its answers is left behind after a while; it must not stop the device. */
static bool answer(int fd, const char *json)
{
	size_t length = strlen(json);

	while (length) {
		ssize_t sent = send(fd, json, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		json += sent;
		length -= (size_t)sent;
	}
	return true;
}

/* The next whole line without its end; NULL when there is none yet. *gone: the client has left, or never ends its line. */
static char *next_line(int fd, bool *gone)
{
	static char line[LINE + 1];
	ssize_t count = recv(fd, line, LINE, MSG_PEEK | MSG_DONTWAIT);
	char *end;

	*gone = !count || (count < 0 && errno != EAGAIN && errno != EINTR);
	if (count <= 0)
		return NULL;
	end = memchr(line, '\n', (size_t)count);
	*gone = !end && count == LINE;
	if (!end || recv(fd, line, (size_t)(end - line) + 1, 0) < 0)
		return NULL;
	*end = 0;
	if (end > line && end[-1] == '\r')
		end[-1] = 0;
	return line;
}

/* Watched for edges: bytes that are no whole line yet stay in the socket. */
static void client_ready(struct loop_watch *client, uint32_t events)
{
	static char json[CONTROL_JSON];
	bool gone;
	char *line;

	(void)events;
	while ((line = next_line(client->fd, &gone))) {
		void (*after)(void) = control_run(line, json, sizeof json - 1);

		strcat(json, "\n");
		gone = !answer(client->fd, json);
		if (after)
			after();
		if (gone)
			break;
	}
	if (gone)
		close_client(client);
}

static void watch_client(size_t index)
{
	clients[index].fd = board->client_fds[index];
	clients[index].ready = client_ready;
	loop_watch_add(&clients[index], EPOLLIN | EPOLLET);
}

static void client_waiting(struct loop_watch *watch, uint32_t events)
{
	struct timeval patience = { .tv_sec = 2 };
	int fd = accept(watch->fd, NULL, NULL);

	(void)events;
	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	for (size_t i = 0; i < CLIENTS; i++)
		if (board->client_fds[i] < 0) {
			board->client_fds[i] = fd;
			watch_client(i);
			return;
		}
	answer(fd, "{\"error\":\"too many clients\"}\n");
	close(fd);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)(void *)&address, sizeof address) || listen(fd, CLIENTS))
		return -1;
	return fd;
}

void control_start(void)
{
	if (!options.control)
		return;
	if (board->control_fd < 0)
		board->control_fd = listen_at(options.control);
	if (board->control_fd < 0) {
		console('E', "control", "%s: %s", options.control, strerror(errno));
		board_power_off(71);
	}
	listening = (struct loop_watch){ .fd = board->control_fd, .ready = client_waiting };
	loop_watch_add(&listening, EPOLLIN);
	for (size_t i = 0; i < CLIENTS; i++)
		if (board->client_fds[i] >= 0)
			watch_client(i);
}
