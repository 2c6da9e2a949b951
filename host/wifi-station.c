/*
 * The station: finds the network that it was told, joins it, gets an address, and loses it all when the network goes. The SDK's
 * module counts the attempts: five more after the first, none once a connection has stood.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "natives/sockets.h"
#include "wifi.h"

#define RETRIES 5
#define SEARCH 300	/* ms to look through all channels */
#define ASSOCIATION 50

static enum { IDLE, SEARCHING, JOINING, CONNECTED, GOT_IP } state;
static struct wifi_credentials credentials;
static bool have_credentials;
static int retries, reason;
static struct air_ap joined;	/* the access point since JOINING */

static void step(struct loop_timer *timer);
static struct loop_timer step_timer = {.fire = step};

bool wifi_connecting(void)
{
	return state == SEARCHING || state == JOINING;
}

bool wifi_internet(void)
{
	return state == GOT_IP && joined.internet;
}

const char *wifi_station_state(void)
{
	static const char *const names[] = {"idle", "connecting", "connecting", "connected", "gotIP"};

	return wifi_mode() == WIFI_OFF ? "off" : names[state];
}

void wifi_station_ssid(char text[2 * AIR_SSID + 1])
{
	*text = 0;
	if (state >= CONNECTED)
		air_ssid_text(joined.ssid, joined.ssid_length, text);
}

static bool same_ssid(const struct air_ap *ap)
{
	return ap->ssid_length == credentials.ssid_length && !memcmp(ap->ssid, credentials.ssid, ap->ssid_length);
}

/* ESP-IDF passes over what is weaker than WPA2 when there is a password of 8 characters or more (wifi_scan_threshold_t). */
static bool acceptable(const struct air_ap *ap)
{
	size_t length = strlen(credentials.password);

	if (length >= 8)
		return ap->security >= AIR_WPA2;
	return length ? true : ap->security == AIR_OPEN;
}

static const struct air_ap *find(void)
{
	const struct air_ap *best = NULL;

	for (int i = 0; i < wifi_air.count; i++) {
		const struct air_ap *ap = &wifi_air.aps[i];
		if (same_ssid(ap) && acceptable(ap) && !(credentials.one_bssid && memcmp(ap->bssid, credentials.bssid, 6))
			&& (!best || ap->rssi > best->rssi))
			best = ap;
	}
	return best;
}

static bool is_key(const char *text)
{
	size_t digits = 0;

	while (isxdigit((unsigned char)text[digits]))
		digits++;
	return digits == 64 && !text[64];
}

static bool password_fits(const struct air_ap *ap)
{
	if (ap->security == AIR_OPEN)
		return true;
	return is_key(ap->passphrase) ? !strcasecmp(ap->passphrase, credentials.password) : !strcmp(ap->passphrase, credentials.password);
}

static void take_address(void)
{
	struct netif now = {.up = true, .address = joined.address, .mask = joined.mask, .gateway = joined.gateway, .dns = joined.dns};
	char text[INET_ADDRSTRLEN];

	address_text(now.address, text);
	console('I', "wifi", "station has %s", text);
	state = GOT_IP;
	wifi_netif(&netif_station, &now);
	wifi_queue(WIFI_GOT_IP, 0);
}

static void lose(void)
{
	loop_timer_stop(&step_timer);
	state = IDLE;
	wifi_netif(&netif_station, &(struct netif){0});
}

static void search(void)
{
	wifi_scan_abort();
	state = SEARCHING;
	loop_timer_start(&step_timer, SEARCH);
}

/* What the SDK's module makes of the driver's "disconnected": another attempt, or a report. */
static void disconnected(void)
{
	lose();
	if (have_credentials && retries > 0 && wifi_has_station()) {
		retries--;
		search();
		return;
	}
	retries = 0;
	wifi_queue(WIFI_DISCONNECT, reason);
}

static const struct air_ap *still_there(void)
{
	for (int i = 0; i < wifi_air.count; i++) {
		const struct air_ap *ap = &wifi_air.aps[i];
		if (!memcmp(ap->bssid, joined.bssid, 6) && ap->ssid_length == joined.ssid_length && !memcmp(ap->ssid, joined.ssid, ap->ssid_length)
			&& ap->security == joined.security && !strcmp(ap->passphrase, joined.passphrase))
			return ap;
	}
	return NULL;
}

static void searched(void)
{
	const struct air_ap *ap = find();

	if (!ap) {
		disconnected();
		return;
	}
	joined = *ap;
	state = JOINING;
	loop_timer_start(&step_timer, password_fits(ap) ? ASSOCIATION : ap->delay);
}

static void associate(void)
{
	char text[2 * AIR_SSID + 1];

	if (!still_there()) {
		disconnected();
		return;
	}
	if (!password_fits(&joined)) {
		if (joined.security != AIR_WEP)
			reason = -1;	/* the four-way handshake timed out */
		disconnected();
		return;
	}
	state = CONNECTED;
	retries = 0;
	wifi_station_ssid(text);
	console('I', "wifi", "station joined \"%s\" on channel %d", text, joined.channel);
	wifi_ap_follow(joined.channel);
	wifi_queue(WIFI_CONNECT, 0);
	if (joined.address)
		loop_timer_start(&step_timer, joined.delay);
}

static void step(struct loop_timer *timer)
{
	(void)timer;
	if (state == SEARCHING)
		searched();
	else if (state == JOINING)
		associate();
	else if (state >= CONNECTED)
		take_address();
}

bool wifi_connect(const struct wifi_credentials *wanted)
{
	bool was_linked = state != IDLE;

	lose();
	have_credentials = false;
	reason = 0;
	if (wifi_mode() == WIFI_OFF)
		wifi_set_mode(WIFI_STATION);
	if (!wifi_has_station())
		return false;
	credentials = *wanted;
	have_credentials = true;
	/* The end of the connection before this one comes when the attempt has begun, and is taken for its failure. */
	retries = RETRIES - was_linked;
	search();
	return true;
}

void wifi_disconnect(void)
{
	bool was_linked = state != IDLE;

	have_credentials = false;
	reason = 0;
	lose();
	if (was_linked)
		wifi_queue(WIFI_DISCONNECT, 0);
}

void wifi_station_started(void)
{
	wifi_queue(WIFI_START, 0);
	if (!have_credentials)
		return;
	retries = RETRIES;
	search();
}

void wifi_station_stopped(bool forget)
{
	bool was_linked = state != IDLE;

	wifi_scan_abort();
	if (forget)
		have_credentials = false;
	retries = 0;
	reason = 0;
	lose();
	if (was_linked && wifi_mode() != WIFI_OFF)
		wifi_queue(WIFI_DISCONNECT, 0);
}

void wifi_station_look(void)
{
	const struct air_ap *ap;
	bool new_address;

	if (state < CONNECTED)
		return;
	ap = still_there();
	if (!ap) {
		console('W', "wifi", "the access point is gone");
		disconnected();
		return;
	}
	new_address = ap->address != joined.address || ap->mask != joined.mask || ap->gateway != joined.gateway || ap->dns != joined.dns;
	joined = *ap;
	wifi_ap_follow(joined.channel);
	if (new_address && joined.address)
		loop_timer_start(&step_timer, joined.delay);
}
