/*
 * WiFi.scan() of boards. The networks are taken from the driver one by one, as there may be many of them; what nobody takes is given back.
 */
#include "xsmc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_event.h"
#include "esp_wifi.h"
#include "xsHost.h"

static struct {
	xsMachine *the;
	xsSlot callback;
	bool running;
	uintptr_t number;	/* a message about a scan before this one comes too late */
} scan;

/* WPA2 beside WPA3, and what no passphrase opens, have the words that the page and the choice of a network go by. */
static const char *authentication(wifi_auth_mode_t mode)
{
	switch (mode) {
	case WIFI_AUTH_OPEN:
		return "none";
	case WIFI_AUTH_WEP:
		return "wep";
	case WIFI_AUTH_WPA_PSK:
		return "wpa_psk";
	case WIFI_AUTH_WPA2_PSK:
		return "wpa2_psk";
	case WIFI_AUTH_WPA3_PSK:
		return "wpa3_psk";
	case WIFI_AUTH_WPA2_ENTERPRISE:
	case WIFI_AUTH_WPA3_ENT_192:
	case WIFI_AUTH_WPA3_ENTERPRISE:
	case WIFI_AUTH_WPA2_WPA3_ENTERPRISE:
	case WIFI_AUTH_WPA_ENTERPRISE:
		return "wpa2_enterprise";
	default:
		return "wpa_wpa2_psk";
	}
}

static void makeItem(xsMachine *the, const wifi_ap_record_t *record)
{
	xsmcSetNewObject(xsVar(1));
	xsmcSetString(xsVar(2), (char *)record->ssid);
	xsmcSet(xsVar(1), xsID("ssid"), xsVar(2));
	xsmcSetInteger(xsVar(2), record->rssi);
	xsmcSet(xsVar(1), xsID("rssi"), xsVar(2));
	xsmcSetInteger(xsVar(2), record->primary);
	xsmcSet(xsVar(1), xsID("channel"), xsVar(2));
	xsmcSetBoolean(xsVar(2), 0);
	xsmcSet(xsVar(1), xsID("hidden"), xsVar(2));
	xsmcSetArrayBuffer(xsVar(2), (void *)record->bssid, sizeof record->bssid);
	xsmcSet(xsVar(1), xsID("bssid"), xsVar(2));
	xsmcSetString(xsVar(2), (char *)authentication(record->authmode));
	xsmcSet(xsVar(1), xsID("authentication"), xsVar(2));
}

static void stop(xsMachine *the)
{
	if (!scan.running)
		return;
	xsForget(scan.callback);
	scan.running = false;
}

/* In the machine's task. */
static void report(void *machine, void *refcon, uint8_t *message, uint16_t length)
{
	xsMachine *the = machine;
	wifi_ap_record_t record;

	(void)message, (void)length;
	if (!scan.running || (uintptr_t)refcon != scan.number)
		return;
	xsBeginHost(the);
	xsmcVars(3);
	xsVar(0) = scan.callback;
	stop(the);
	while (esp_wifi_scan_get_ap_record(&record) == ESP_OK) {
		xsTry {
			makeItem(the, &record);
			xsCallFunction1(xsVar(0), xsGlobal, xsVar(1));
		}
		xsCatch {
		}
	}
	esp_wifi_clear_ap_list();
	xsCallFunction1(xsVar(0), xsGlobal, xsNull);
	xsEndHost(the);
}

/* In the task of ESP-IDF's events. A message that finds no room is lost, so whoever scans has a time limit. */
static void done(void *unused, esp_event_base_t base, int32_t id, void *data)
{
	(void)unused, (void)base, (void)id, (void)data;
	if (scan.running)
		modMessagePostToMachine(scan.the, NULL, 0, report, (void *)scan.number);
}

static bool option(xsMachine *the, xsIdentifier name, xsSlot *value)
{
	if (!xsmcHas(xsArg(0), name))
		return false;
	xsmcGet(*value, xsArg(0), name);
	return true;
}

void lws_wifi_scan(xsMachine *the)
{
	static bool listens;
	wifi_scan_config_t config = { .scan_type = WIFI_SCAN_TYPE_ACTIVE };

	if (xsmcArgc == 0) {
		stop(the);
		esp_wifi_scan_stop();
		return;
	}
	if (scan.running)
		xsUnknownError("already scanning");
	if (xsmcArgc < 2 || xsmcTypeOf(xsArg(0)) != xsReferenceType)
		xsUnknownError("invalid");
	xsmcVars(1);
	if (option(the, xsID("hidden"), &xsVar(0)))
		config.show_hidden = xsmcTest(xsVar(0));
	if (option(the, xsID("channel"), &xsVar(0)))
		config.channel = (uint8_t)xsmcToInteger(xsVar(0));
	if (option(the, xsID("active"), &xsVar(0)) && !xsmcTest(xsVar(0)))
		config.scan_type = WIFI_SCAN_TYPE_PASSIVE;
	if (!listens && esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, done, NULL) == ESP_OK)
		listens = true;
	scan.the = the;
	scan.number++;
	scan.callback = xsArg(1);
	xsRemember(scan.callback);
	scan.running = true;
	if (!listens || esp_wifi_scan_start(&config, false) != ESP_OK) {
		stop(the);
		xsUnknownError("scan request failed");
	}
}
