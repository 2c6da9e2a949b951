/* What our natives use of ESP-IDF's Wi-Fi driver: scans. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_event.h"

typedef enum {
	WIFI_AUTH_OPEN,
	WIFI_AUTH_WEP,
	WIFI_AUTH_WPA_PSK,
	WIFI_AUTH_WPA2_PSK,
	WIFI_AUTH_WPA_WPA2_PSK,
	WIFI_AUTH_WPA2_ENTERPRISE,
	WIFI_AUTH_WPA3_PSK,
	WIFI_AUTH_WPA2_WPA3_PSK,
	WIFI_AUTH_WPA3_ENT_192 = 10,
	WIFI_AUTH_WPA3_ENTERPRISE = 14,
	WIFI_AUTH_WPA2_WPA3_ENTERPRISE,
	WIFI_AUTH_WPA_ENTERPRISE
} wifi_auth_mode_t;

typedef enum { WIFI_SCAN_TYPE_ACTIVE, WIFI_SCAN_TYPE_PASSIVE } wifi_scan_type_t;

typedef struct {
	uint8_t channel;
	bool show_hidden;
	wifi_scan_type_t scan_type;
} wifi_scan_config_t;

typedef struct {
	uint8_t bssid[6];
	uint8_t ssid[33];
	uint8_t primary;
	int8_t rssi;
	wifi_auth_mode_t authmode;
} wifi_ap_record_t;

enum { WIFI_EVENT_SCAN_DONE = 1 };
extern esp_event_base_t const WIFI_EVENT;

esp_err_t esp_wifi_scan_start(const wifi_scan_config_t *config, bool block);
esp_err_t esp_wifi_scan_stop(void);
esp_err_t esp_wifi_scan_get_ap_record(wifi_ap_record_t *record);
esp_err_t esp_wifi_clear_ap_list(void);
