/* A driver with networks around it, and what scripts, the driver and its events may do in an order that is rare. */
#include "fakes.h"

#include <stdio.h>
#include <string.h>

#include "esp_wifi.h"
#include "xsHost.h"

extern Native lws_wifi_scan;

esp_event_base_t const WIFI_EVENT = "WIFI_EVENT";

enum { MESSAGES = 4 };

#define ALL "call kitchen wpa3_psk,call  wpa2_psk,call office wpa2_enterprise,call,"

static const wifi_ap_record_t networks[] = {
	{ .ssid = "kitchen", .rssi = -40, .primary = 6, .authmode = WIFI_AUTH_WPA3_PSK, .bssid = { 1, 2, 3, 4, 5, 6 } },
	{ .ssid = "", .rssi = -90, .primary = 11, .authmode = WIFI_AUTH_WPA2_PSK },
	{ .ssid = "office", .rssi = -70, .primary = 1, .authmode = WIFI_AUTH_WPA2_ENTERPRISE },
};

static struct {
	esp_event_handler_t handler;
	int handlers;
	bool scans, refuses;
	wifi_scan_config_t config;
	int list;	/* networks that nobody has taken yet */
} driver;

static struct { modMessageDeliver deliver; void *refcon; } messages[MESSAGES];
static int posted;

esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t id, esp_event_handler_t handler, void *arg)
{
	CHECK(base == WIFI_EVENT && id == WIFI_EVENT_SCAN_DONE && !arg);
	driver.handler = handler;
	driver.handlers++;
	return ESP_OK;
}

esp_err_t esp_wifi_scan_start(const wifi_scan_config_t *config, bool block)
{
	CHECK(!block);
	if (driver.refuses || driver.scans)
		return -1;
	driver.scans = true;
	driver.config = *config;
	driver.list = 0;
	return ESP_OK;
}

esp_err_t esp_wifi_scan_stop(void)
{
	if (driver.scans)
		driver.handler(NULL, WIFI_EVENT, WIFI_EVENT_SCAN_DONE, NULL);
	driver.scans = false;
	return ESP_OK;
}

esp_err_t esp_wifi_scan_get_ap_record(wifi_ap_record_t *record)
{
	if (driver.list == 0)
		return -1;
	*record = networks[3 - driver.list--];
	return ESP_OK;
}

esp_err_t esp_wifi_clear_ap_list(void)
{
	driver.list = 0;
	return ESP_OK;
}

int modMessagePostToMachine(xsMachine *the, uint8_t *message, uint16_t length, modMessageDeliver callback, void *refcon)
{
	(void)the, (void)message, (void)length;
	CHECK(posted < MESSAGES);
	messages[posted].deliver = callback;
	messages[posted++].refcon = refcon;
	return 0;
}

static void ends(void)
{
	driver.scans = false;
	driver.list = 3;
	driver.handler(NULL, WIFI_EVENT, WIFI_EVENT_SCAN_DONE, NULL);
}

static void messagesArrive(void)
{
	static xsMachine machine;

	for (int i = 0; i < posted; i++)
		messages[i].deliver(&machine, messages[i].refcon, NULL, 0);
	posted = 0;
}

static const char *begin(Object *callback, Object *options)
{
	return invoke(lws_wifi_scan, NULL, NULL, reference(options), reference(callback), (xsSlot){ 0 });
}

static void cancel(void)
{
	CHECK(!invoke(lws_wifi_scan, NULL, NULL, (xsSlot){ 0 }));
}

static void whole(Object *callback)
{
	CHECK(!begin(callback, newTarget()));
	ends();
	messagesArrive();
	CHECK(logged(callback, ALL));
}

int main(void)
{
	Object *callback = newTarget(), *options = newTarget(), *passive = newTarget();

	engineSet(options, "hidden", engineInteger(1));
	engineSet(options, "channel", engineInteger(6));
	engineSet(passive, "active", engineInteger(0));

	/* The driver is told what was asked for, and refuses once. */
	driver.refuses = true;
	CHECK(begin(callback, options));
	CHECK(engineRoots == 0);
	driver.refuses = false;
	CHECK(!begin(callback, options));
	CHECK(driver.config.show_hidden && driver.config.channel == 6 && driver.config.scan_type == WIFI_SCAN_TYPE_ACTIVE);
	CHECK(begin(callback, options));
	ends();
	messagesArrive();
	CHECK(logged(callback, ALL));
	CHECK(!begin(callback, passive) && !driver.config.show_hidden && driver.config.scan_type == WIFI_SCAN_TYPE_PASSIVE);
	cancel();
	messagesArrive();
	CHECK(logged(callback, ""));

	/* A scan that was cancelled tells nothing, though its end was under way; nor does that end the next one. */
	CHECK(!begin(callback, options));
	ends();
	cancel();
	messagesArrive();
	CHECK(logged(callback, ""));
	CHECK(!begin(callback, options));
	ends();
	cancel();
	CHECK(!begin(callback, options));
	messagesArrive();
	CHECK(logged(callback, ""));
	ends();
	messagesArrive();
	CHECK(logged(callback, ALL));
	cancel();

	/* Many of them leave nothing behind. */
	for (int i = 0; i < 100; i++)
		whole(callback);
	CHECK(engineRoots == 0 && driver.list == 0 && driver.handlers == 1);

	puts("whole");
	return 0;
}
