/*
 * Changes to the radio around the device while it runs, and the same as JSON, for the control socket.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "air.h"
#include "host.h"

/* Both are too large for the stack of a 32-bit process in a deep call. */
static struct air present;
static char printed[sizeof board->air];

static bool put_back(char *error, size_t error_size)
{
	if (!air_print(&present, printed, sizeof printed)) {
		snprintf(error, error_size, "the air is full");
		return false;
	}
	strcpy(board->air, printed);
	return true;
}

bool air_set(const char *line, char *error, size_t error_size)
{
	static struct air change;
	int at = 0;

	if (!air_parse(board->air, &present, error, error_size) || !air_parse(line, &change, error, error_size))
		return false;
	if (change.count != 1) {
		snprintf(error, error_size, "one access point at a time");
		return false;
	}
	while (at < present.count && memcmp(present.aps[at].bssid, change.aps[0].bssid, 6))
		at++;
	if (at == AIR_APS) {
		snprintf(error, error_size, "the air is full");
		return false;
	}
	present.aps[at] = change.aps[0];
	if (at == present.count)
		present.count++;
	return put_back(error, error_size);
}

bool air_remove(const char *bssid, char *error, size_t error_size)
{
	if (!air_parse(board->air, &present, error, error_size))
		return false;
	for (int i = 0; i < present.count; i++) {
		const uint8_t *b = present.aps[i].bssid;
		char text[18];
		snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
		if (strcasecmp(text, bssid))
			continue;
		present.count--;
		memmove(&present.aps[i], &present.aps[i + 1], (size_t)(present.count - i) * sizeof *present.aps);
		return put_back(error, error_size);
	}
	snprintf(error, error_size, "no access point %s", bssid);
	return false;
}

bool air_load(const char *path, char *error, size_t error_size)
{
	static char text[sizeof board->air];
	FILE *in = fopen(path, "r");
	size_t length;

	if (!in) {
		snprintf(error, error_size, "%s: %s", path, strerror(errno));
		return false;
	}
	length = fread(text, 1, sizeof text, in);
	fclose(in);
	if (length == sizeof text) {
		snprintf(error, error_size, "%s: larger than %zu bytes", path, sizeof text - 1);
		return false;
	}
	text[length] = 0;
	return air_parse(text, &present, error, error_size) && put_back(error, error_size);
}

/* Length of the well-formed UTF-8 sequence (RFC 3629 §4) at p, 0 if there is none. */
static int utf8_sequence(const uint8_t *p, const uint8_t *end)
{
	int length = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	if (length > end - p)
		return 0;
	for (int i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

void air_ssid_text(const uint8_t *ssid, size_t length, char text[2 * AIR_SSID + 1])
{
	const uint8_t *end = ssid + strnlen((const char *)ssid, length), *p = ssid;
	int step;

	while (p < end && (step = utf8_sequence(p, end)) != 0)
		p += step;
	if (p == end) {
		memcpy(text, ssid, (size_t)(end - ssid));
		text[end - ssid] = 0;
		return;
	}
	for (p = ssid; p < end; p++) {
		if (*p >= 0x80)
			*text++ = (char)(0xc0 | *p >> 6);
		*text++ = (char)(*p < 0x80 ? *p : 0x80 | (*p & 0x3f));
	}
	*text = 0;
}

size_t air_json_string(const char *text, char *json, size_t size)
{
	size_t at = 0;

	if (size < 3)
		return 0;
	json[at++] = '"';
	for (; *text && at + 8 < size; text++) {
		uint8_t c = (uint8_t)*text;
		if (c < 0x20)
			at += (size_t)sprintf(json + at, "\\u%04x", c);
		else {
			if (c == '"' || c == '\\')
				json[at++] = '\\';
			json[at++] = (char)c;
		}
	}
	json[at++] = '"';
	json[at] = 0;
	return at;
}

bool air_json(char *json, size_t size)
{
	FILE *out;
	char error[80];
	long length;

	if (!air_parse(board->air, &present, error, sizeof error) || !(out = fmemopen(json, size, "w")))
		return false;
	fputs("{\"aps\":[", out);
	for (int i = 0; i < present.count; i++) {
		const struct air_ap *ap = &present.aps[i];
		const uint8_t *b = ap->bssid;
		char ssid[2 * AIR_SSID + 1], ssid_json[8 * AIR_SSID], passphrase[8 * sizeof ap->passphrase], address[INET_ADDRSTRLEN] = "";

		air_ssid_text(ap->ssid, ap->ssid_length, ssid);
		air_json_string(ssid, ssid_json, sizeof ssid_json);
		air_json_string(ap->passphrase, passphrase, sizeof passphrase);
		if (ap->address)
			inet_ntop(AF_INET, &ap->address, address, sizeof address);
		fprintf(out, "%s{\"ssid\":%s,\"bssid\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"channel\":%d,\"rssi\":%d,\"security\":\"%s\",\"passphrase\":%s,"
			"\"address\":\"%s\",\"internet\":%s,\"hidden\":%s,\"delay\":%u}", i ? "," : "", ssid_json, b[0], b[1], b[2], b[3], b[4], b[5],
			ap->channel, ap->rssi, air_security_name(ap->security), passphrase, address, ap->internet ? "true" : "false",
			ap->hidden ? "true" : "false", ap->delay);
	}
	fputs("]}", out);
	length = ftell(out);
	return fclose(out) == 0 && length >= 0 && (size_t)length < size;
}
