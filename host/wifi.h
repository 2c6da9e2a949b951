/*
 * The simulated radio: what natives/wifi.c asks of it, and what it reports. It behaves as the ESP-IDF driver under the SDK's module
 * does, with its own times: a search takes SEARCH ms, not the 2.4 s of a chip. Reports come from the event loop only.
 */
#ifndef LWS_XS_WIFI_H
#define LWS_XS_WIFI_H

#include "air.h"
#include "host.h"

enum wifi_mode { WIFI_OFF = -5, WIFI_NONE = 0, WIFI_STATION = 1, WIFI_ACCESS_POINT = 2, WIFI_BOTH = 3 };
enum wifi_event { WIFI_START, WIFI_CONNECT, WIFI_DISCONNECT, WIFI_GOT_IP };

/* --- wifi.c: modes, the access point of the device, the queue of reports ------------------------------------------------------- */

struct wifi_ap_config {
	uint8_t ssid[AIR_SSID];
	int ssid_length, channel;
	bool station;			/* keep a station beside it, if the mode changes at all */
};

enum wifi_mode wifi_mode(void);
bool wifi_has_station(void);
void wifi_set_mode(enum wifi_mode mode);
void wifi_access_point(const struct wifi_ap_config *config);
const char *wifi_ap_ssid(void);		/* as text */
void wifi_ap_follow(int channel);	/* one radio: the access point moves to the station's channel */
void wifi_netif(struct netif *netif, const struct netif *now);	/* changes an interface, and everything that hangs on it */
void wifi_queue(enum wifi_event event, int reason);
extern struct air wifi_air;

/* --- wifi-station.c ------------------------------------------------------------------------------------------------------------- */

struct wifi_credentials {
	uint8_t ssid[AIR_SSID];
	int ssid_length;
	char password[65];
	bool one_bssid;
	uint8_t bssid[6];
};

bool wifi_connect(const struct wifi_credentials *credentials);	/* false: not in a mode with a station */
void wifi_disconnect(void);
bool wifi_connecting(void);
bool wifi_internet(void);		/* the access point that we are connected to has a way to the internet */
const char *wifi_station_state(void);
void wifi_station_ssid(char text[2 * AIR_SSID + 1]);	/* of the network that we are connected to, else "" */
void wifi_station_started(void);
void wifi_station_stopped(bool forget);	/* the mode has no station any more; forget: nor credentials */
void wifi_station_look(void);		/* the air has changed */

/* --- wifi-scan.c ---------------------------------------------------------------------------------------------------------------- */

struct wifi_scan_options { bool hidden, passive; int channel; };

bool wifi_scan(const struct wifi_scan_options *options);	/* false: no station, or it is connecting */
int wifi_scans(void);			/* how many were begun since the reset */
void wifi_scan_stop(void);		/* no report any more */
void wifi_scan_abort(void);		/* the report comes at once, without results */

/* --- natives/wifi.c ------------------------------------------------------------------------------------------------------------- */

void wifi_report(enum wifi_event event, int reason);
void wifi_scanned(const struct air_ap *const *found, int count);	/* strongest first */

/* --- netns.c: the true interfaces ap0 and sta0 inside the namespace that the process has entered ------------------------------- */

void netns_apply(const char *name, const struct netif *netif);	/* up: address and default route; down: neither */

#endif
