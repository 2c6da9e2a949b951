/*
 * The console: standard error, one line per message, in the form of ESP-IDF's log with the milliseconds since power on.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static const char levels[] = "EWNID";

static bool shown(char level)
{
	char lowest = board && board->log_level ? board->log_level : options.quiet ? 'W' : 'D';
	const char *at = strchr(levels, level);

	return !at || at <= strchr(levels, lowest);
}

/* A neighbour chooses the SSID that a log line repeats: control characters never reach the terminal. Returns the length. */
static size_t escape(char *out, size_t size, const char *text)
{
	size_t length = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at && length + 5 < size; at++) {
		bool c1 = *at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;

		if (*at < 0x20 || *at == 0x7f || c1 || (*at == 0xc0 && at[1] == 0x80)) {
			length += (size_t)snprintf(out + length, size - length, "\\x%02x", c1 || *at == 0xc0 ? at[1] & 0x9f : *at);
			at += c1 || *at == 0xc0;
		}
		else
			out[length++] = (char)*at;
	}
	return length;
}

void console(char level, const char *tag, const char *format, ...)
{
	char text[4096], line[sizeof text + 64];
	size_t length;
	va_list arguments;
	ssize_t written;

	if (!shown(level))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	length = (size_t)snprintf(line, sizeof line, "%c (%llu) ", level, board ? (unsigned long long)board_ms() : 0ull);
	length += escape(line + length, 64, tag);
	line[length++] = ':';
	line[length++] = ' ';
	length += escape(line + length, sizeof line - length - 1, text);
	line[length++] = '\n';
	/* Nobody may be listening, and nobody can be told. */
	written = write(STDERR_FILENO, line, length);
	(void)written;
}
