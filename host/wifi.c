/*
 * The radio's modes and the device's own access point, and the queue through which everything about Wi-Fi reaches JavaScript.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "natives/sockets.h"
#include "wifi.h"

#define REPORTS 32

struct air wifi_air;
struct netif netif_station, netif_ap;

static enum wifi_mode mode = WIFI_OFF;
static bool ap_configured;
static struct wifi_ap_config ap;
static char ap_ssid[2 * AIR_SSID + 1];

static struct { enum wifi_event event; int reason; } reports[REPORTS];
static int report_first, report_count;

static void send_reports(struct loop_timer *timer)
{
	(void)timer;
	while (report_count) {
		int at = report_first;
		report_first = (report_first + 1) % REPORTS;
		report_count--;
		wifi_report(reports[at].event, reports[at].reason);
	}
}

static struct loop_timer report_timer = {.fire = send_reports};

void wifi_queue(enum wifi_event event, int reason)
{
	int at = (report_first + report_count) % REPORTS;

	if (report_count == REPORTS) {
		console('E', "wifi", "too many events");
		return;
	}
	report_count++;
	reports[at].event = event;
	reports[at].reason = reason;
	if (!report_timer.live)
		loop_timer_start(&report_timer, 0);
}

void wifi_netif(struct netif *netif, const struct netif *now)
{
	const char *device = netif == &netif_station ? "sta0" : "ap0";

	if (!memcmp(netif, now, sizeof *now))
		return;
	*netif = *now;
	if (options.netns && now->up)
		netns_apply(device, netif);
	sockets_netif_changed();
	if (options.netns && !now->up)
		netns_apply(device, netif);
}

enum wifi_mode wifi_mode(void)
{
	return mode;
}

bool wifi_has_station(void)
{
	return mode > 0 && (mode & WIFI_STATION);
}

const char *wifi_ap_ssid(void)
{
	return ap_ssid;
}

void wifi_ap_follow(int channel)
{
	if (!netif_ap.up || ap.channel == channel)
		return;
	console('I', "wifi", "access point moves from channel %d to %d", ap.channel, channel);
	ap.channel = channel;
}

static void apply_access_point(void)
{
	struct netif now = {0};

	if (mode > 0 && (mode & WIFI_ACCESS_POINT) && ap_configured) {
		now.up = true;
		now.address = now.gateway = inet_addr("192.168.4.1");
		now.mask = inet_addr("255.255.255.0");
	}
	wifi_netif(&netif_ap, &now);
}

void wifi_set_mode(enum wifi_mode next)
{
	bool had_station = wifi_has_station();

	if (next == mode)
		return;
	if (mode == WIFI_OFF || next == WIFI_OFF)
		console('I', "wifi", "radio %s", next == WIFI_OFF ? "off" : "on");
	mode = next;
	if (next == WIFI_OFF)
		ap_configured = false;
	if (had_station && !wifi_has_station())
		wifi_station_stopped(next <= WIFI_NONE);
	if (!had_station && wifi_has_station())
		wifi_station_started();
	apply_access_point();
}

void wifi_access_point(const struct wifi_ap_config *config)
{
	if (mode == WIFI_OFF)
		wifi_set_mode(WIFI_ACCESS_POINT);
	ap = *config;
	ap_configured = true;
	air_ssid_text(ap.ssid, (size_t)ap.ssid_length, ap_ssid);
	if (!(mode & WIFI_ACCESS_POINT))
		wifi_set_mode(config->station ? WIFI_BOTH : WIFI_ACCESS_POINT);
	console('I', "wifi", "access point \"%s\" on channel %d", ap_ssid, ap.channel);
	apply_access_point();
	wifi_station_look();
}

void wifi_air_changed(void)
{
	static struct air next;
	char error[120];

	if (!air_parse(board->air, &next, error, sizeof error)) {
		console('E', "air", "%s", error);
		return;
	}
	wifi_air = next;
	wifi_station_look();
}

void wifi_start(void)
{
	if (options.netns) {
		netns_apply("sta0", &netif_station);
		netns_apply("ap0", &netif_ap);
	}
	wifi_air_changed();
}

void wifi_status(char *json, size_t size)
{
	char ssid[2 * AIR_SSID + 1], ssid_json[8 * AIR_SSID], ap_json[8 * AIR_SSID], name[256], address[INET_ADDRSTRLEN] = "";

	wifi_station_ssid(ssid);
	air_json_string(ssid, ssid_json, sizeof ssid_json);
	air_json_string(netif_ap.up ? ap_ssid : "", ap_json, sizeof ap_json);
	air_json_string(netif_hostname(), name, sizeof name);
	if (netif_station.up)
		address_text(netif_station.address, address);
	snprintf(json, size, "\"mode\":%d,\"wifi\":\"%s\",\"ssid\":%s,\"address\":\"%s\",\"ap\":%s,\"channel\":%d,\"hostname\":%s,\"scans\":%d", mode,
		wifi_station_state(), ssid_json, address, ap_json, netif_ap.up ? ap.channel : 0, name, wifi_scans());
}
