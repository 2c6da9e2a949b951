/*
 * Reads and writes the description of the radio around the device: one line per access point, fields key=value, values bare or in
 * double quotes with \" \\ \xHH.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "air.h"

static const char *const security_names[] = {"open", "wep", "wpa", "wpa2", "wpa/wpa2", "wpa3"};

const char *air_security_name(enum air_security security)
{
	return security_names[security];
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The value at *text into value (which may hold NULs): its length, or -1. Leaves *text behind it. */
static int take_value(const char **text, char *value, int size)
{
	const char *p = *text;
	bool quoted = *p == '"';
	int length = 0;

	if (quoted)
		p++;
	for (;; p++) {
		char c = *p;
		if (quoted ? c == '"' : (c == 0 || c == ' ' || c == '\t' || c == '\r'))
			break;
		if (c == 0)
			return -1;
		if (quoted && c == '\\') {
			c = *++p;
			if (c == 'x') {
				int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);
				if (low < 0)
					return -1;
				c = (char)(high << 4 | low);
				p += 2;
			}
			else if (c != '"' && c != '\\')
				return -1;
		}
		if (length + 1 >= size)
			return -1;
		value[length++] = c;
	}
	value[length] = 0;
	*text = quoted ? p + 1 : p;
	return length;
}

static bool parse_bssid(const char *text, uint8_t bssid[6])
{
	for (int i = 0; i < 6; i++, text += 3) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0 || text[2] != (i < 5 ? ':' : 0))
			return false;
		bssid[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool parse_number(const char *text, long least, long most, long *out)
{
	char *end;
	*out = strtol(text, &end, 10);
	return *text && !*end && *out >= least && *out <= most;
}

static bool parse_address(const char *text, uint32_t *address)
{
	if (!strcmp(text, "none")) {
		*address = 0;
		return true;
	}
	return inet_pton(AF_INET, text, address) == 1;
}

static bool parse_flag(const char *text, bool *flag)
{
	*flag = !strcmp(text, "yes");
	return *flag || !strcmp(text, "no");
}

static bool parse_field(const char *key, const char *value, int length, struct air_ap *ap)
{
	long number;

	if (!strcmp(key, "ssid")) {
		if (length > AIR_SSID)
			return false;
		memset(ap->ssid, 0, sizeof ap->ssid);
		memcpy(ap->ssid, value, (size_t)length);
		ap->ssid_length = (uint8_t)length;
		return true;
	}
	if (strlen(value) != (size_t)length)
		return false;
	if (!strcmp(key, "bssid"))
		return parse_bssid(value, ap->bssid);
	if (!strcmp(key, "channel")) {
		if (!parse_number(value, 1, 14, &number))
			return false;
		ap->channel = (uint8_t)number;
		return true;
	}
	if (!strcmp(key, "rssi")) {
		if (!parse_number(value, -127, 0, &number))
			return false;
		ap->rssi = (int8_t)number;
		return true;
	}
	if (!strcmp(key, "delay")) {
		if (!parse_number(value, 0, 600000, &number))
			return false;
		ap->delay = (uint32_t)number;
		return true;
	}
	if (!strcmp(key, "security")) {
		for (size_t i = 0; i < sizeof security_names / sizeof *security_names; i++)
			if (!strcmp(value, security_names[i])) {
				ap->security = (enum air_security)i;
				return true;
			}
		return false;
	}
	if (!strcmp(key, "passphrase")) {
		if ((size_t)length >= sizeof ap->passphrase)
			return false;
		memcpy(ap->passphrase, value, (size_t)length + 1);
		return true;
	}
	if (!strcmp(key, "address"))
		return parse_address(value, &ap->address);
	if (!strcmp(key, "mask"))
		return parse_address(value, &ap->mask);
	if (!strcmp(key, "gateway"))
		return parse_address(value, &ap->gateway);
	if (!strcmp(key, "dns"))
		return parse_address(value, &ap->dns);
	if (!strcmp(key, "internet"))
		return parse_flag(value, &ap->internet);
	if (!strcmp(key, "hidden"))
		return parse_flag(value, &ap->hidden);
	return false;
}

static void __attribute__((format(printf, 3, 4))) complain(char *error, size_t size, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(error, size, format, list);
	va_end(list);
}

/* One line: 1 an access point, 0 nothing (blank, comment), -1 malformed. */
static int parse_line(const char *line, struct air_ap *ap, char *error, size_t error_size)
{
	static const uint8_t none[6];
	char key[16], value[160];
	int length;

	line += strspn(line, " \t\r");
	if (*line == 0 || *line == '#')
		return 0;
	if (strncmp(line, "ap", 2) || !strchr(" \t", line[2])) {
		complain(error, error_size, "a line starts with ap");
		return -1;
	}
	line += 2;
	*ap = (struct air_ap){
		.channel = 1, .rssi = -50, .security = AIR_OPEN, .address = inet_addr("192.168.1.50"), .mask = inet_addr("255.255.255.0"),
		.gateway = inet_addr("192.168.1.1"), .dns = inet_addr("192.168.1.1"), .internet = true, .delay = 300,
	};
	for (line += strspn(line, " \t\r"); *line && *line != '#'; line += strspn(line, " \t\r")) {
		size_t name = strcspn(line, "= \t\r");
		if (line[name] != '=' || name >= sizeof key) {
			complain(error, error_size, "a field is key=value");
			return -1;
		}
		memcpy(key, line, name);
		key[name] = 0;
		line += name + 1;
		length = take_value(&line, value, sizeof value);
		if (length < 0 || !parse_field(key, value, length, ap)) {
			complain(error, error_size, "bad %s", key);
			return -1;
		}
	}
	if (!memcmp(ap->bssid, none, 6)) {
		complain(error, error_size, "bssid is missing");
		return -1;
	}
	if (ap->security != AIR_OPEN && !ap->passphrase[0]) {
		complain(error, error_size, "passphrase is missing");
		return -1;
	}
	return 1;
}

static struct air_ap *same_bssid(struct air *air, const uint8_t bssid[6])
{
	for (int i = 0; i < air->count; i++)
		if (!memcmp(air->aps[i].bssid, bssid, 6))
			return &air->aps[i];
	return NULL;
}

bool air_parse(const char *text, struct air *air, char *error, size_t error_size)
{
	char line[1024], why[80];

	air->count = 0;
	for (int number = 1; *text; number++) {
		size_t length = strcspn(text, "\n");
		struct air_ap ap, *same;
		int kind = -1;

		snprintf(why, sizeof why, "the line is too long");
		if (length < sizeof line) {
			memcpy(line, text, length);
			line[length] = 0;
			kind = parse_line(line, &ap, why, sizeof why);
		}
		same = kind > 0 ? same_bssid(air, ap.bssid) : NULL;
		if (kind > 0 && !same && air->count == AIR_APS) {
			snprintf(why, sizeof why, "more than %d access points", AIR_APS);
			kind = -1;
		}
		if (kind < 0) {
			complain(error, error_size, "line %d: %s", number, why);
			return false;
		}
		if (kind > 0)
			*(same ? same : &air->aps[air->count++]) = ap;
		text += length + (text[length] == '\n');
	}
	return true;
}

static void print_quoted(FILE *out, const uint8_t *bytes, size_t length)
{
	putc('"', out);
	for (; length; bytes++, length--) {
		if (*bytes == '"' || *bytes == '\\')
			fprintf(out, "\\%c", *bytes);
		else if (*bytes < 0x20 || *bytes >= 0x7f)
			fprintf(out, "\\x%02x", *bytes);
		else
			putc(*bytes, out);
	}
	putc('"', out);
}

bool air_print(const struct air *air, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");
	long length;

	if (!out)
		return false;
	text[0] = 0;	/* what stands there when nothing is written */
	for (int i = 0; i < air->count; i++) {
		const struct air_ap *ap = &air->aps[i];
		const uint8_t *b = ap->bssid;
		const struct { const char *key; uint32_t address; } addresses[] = {
			{"address", ap->address}, {"mask", ap->mask}, {"gateway", ap->gateway}, {"dns", ap->dns},
		};

		fputs("ap ssid=", out);
		print_quoted(out, ap->ssid, ap->ssid_length);
		fprintf(out, " bssid=%02x:%02x:%02x:%02x:%02x:%02x channel=%d rssi=%d security=%s", b[0], b[1], b[2], b[3], b[4], b[5],
			ap->channel, ap->rssi, air_security_name(ap->security));
		if (ap->passphrase[0]) {
			fputs(" passphrase=", out);
			print_quoted(out, (const uint8_t *)ap->passphrase, strlen(ap->passphrase));
		}
		for (size_t a = 0; a < sizeof addresses / sizeof *addresses; a++) {
			char dotted[INET_ADDRSTRLEN] = "none";
			if (addresses[a].address)
				inet_ntop(AF_INET, &addresses[a].address, dotted, sizeof dotted);
			fprintf(out, " %s=%s", addresses[a].key, dotted);
		}
		fprintf(out, " internet=%s hidden=%s delay=%u\n", ap->internet ? "yes" : "no", ap->hidden ? "yes" : "no", ap->delay);
	}
	length = ftell(out);
	return fclose(out) == 0 && length >= 0 && (size_t)length < size;
}
