/*
 * The radio around the device: the access points that it can hear, one line each, with # comments between:
 *   ap ssid="Coffee \"<b>\"" bssid=02:00:00:00:00:01 channel=6 rssi=-50 security=open|wep|wpa|wpa2|wpa/wpa2|wpa3 passphrase="secret"
 *      address=192.168.1.50 mask=255.255.255.0 gateway=192.168.1.1 dns=192.168.1.1 internet=yes hidden=no delay=300
 * Only bssid must be there. board->air holds the present text; the functions that change it go through the parsed form, so what
 * they leave is always well-formed.
 */
#ifndef LWS_XS_AIR_H
#define LWS_XS_AIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIR_APS 64
#define AIR_SSID 32

enum air_security { AIR_OPEN, AIR_WEP, AIR_WPA, AIR_WPA2, AIR_WPA_WPA2, AIR_WPA3 };

struct air_ap {
	uint8_t bssid[6];
	uint8_t ssid_length;
	uint8_t ssid[AIR_SSID + 1];		/* any bytes; a NUL follows */
	uint8_t channel;
	int8_t rssi;
	enum air_security security;
	char passphrase[65];
	uint32_t address, mask, gateway, dns;	/* what its DHCP server gives, network byte order; address 0: it never answers */
	bool internet, hidden;
	uint32_t delay;			/* ms that its DHCP server (or a failing handshake) takes */
};

struct air {
	int count;
	struct air_ap aps[AIR_APS];
};

/* Text → access points. False and a message with the number of the line when a line is malformed. */
bool air_parse(const char *text, struct air *air, char *error, size_t error_size);
/* Access points → text; false if it does not fit. */
bool air_print(const struct air *air, char *text, size_t size);

/* For the control socket: change board->air; false and a message when they can't. Call wifi_air_changed() after. */
bool air_set(const char *line, char *error, size_t error_size);		/* adds, or replaces the one with the same bssid */
bool air_remove(const char *bssid, char *error, size_t error_size);
bool air_load(const char *path, char *error, size_t error_size);
bool air_json(char *json, size_t size);		/* {"aps":[{…}…]}; passphrases are part of it */

const char *air_security_name(enum air_security security);
/* SSID bytes as UTF-8 text: as they are where they are well-formed UTF-8, else each byte a character (ISO 8859-1). Ends at a NUL. */
void air_ssid_text(const uint8_t *ssid, size_t length, char text[2 * AIR_SSID + 1]);
/* text in double quotes with what JSON wants escaped; returns the bytes written (cut, but still quoted, when size is too small). */
size_t air_json_string(const char *text, char *json, size_t size);

#endif
