/*
 * The SDK's "wifi" module: checks arguments with the SDK's words, and carries the radio's reports to the WiFi objects.
 */
#include <stdlib.h>
#include <string.h>

#include "../wifi.h"

struct wifi {
	struct wifi *next;
	xsSlot object, callback;	/* GC roots while there is a callback */
	bool listens;
};

static struct wifi *wifis;

static xsSlot scan_callback;
static bool scanning;

static void host_wifi_destructor(void *data)
{
	struct wifi *wifi = data, **link = &wifis;
	xsMachine *the = js_the;

	if (!wifi)
		return;
	while (*link != wifi)
		link = &(*link)->next;
	*link = wifi->next;
	if (wifi->listens) {
		xsForget(wifi->object);
		xsForget(wifi->callback);
	}
	free(wifi);
}

/* Bytes of the property as UTF-8 into at most size bytes; -1 when there are more. No NUL is added. */
static int take_string(xsMachine *the, xsSlot *object, const char *name, uint8_t *bytes, size_t size)
{
	const char *text;
	size_t length;

	xsmcGet(xsVar(0), *object, xsID(name));
	text = xsmcToString(xsVar(0));
	length = strlen(text);
	if (length > size)
		return -1;
	memcpy(bytes, text, length);
	return (int)length;
}

static bool has(xsMachine *the, xsSlot *object, const char *name)
{
	if (!xsmcHas(*object, xsID(name)))
		return false;
	xsmcGet(xsVar(0), *object, xsID(name));
	return xsmcTypeOf(xsVar(0)) != xsUndefinedType;
}

static int channel_of(xsMachine *the)
{
	int channel = xsmcToInteger(xsVar(0));

	if (channel < 1 || channel > 13)
		xsUnknownError("invalid channel");
	return channel;
}

/* As in the SDK's module, a connection that stands ends before the arguments are looked at. */
static void connect_with(xsMachine *the, xsSlot *options)
{
	struct wifi_credentials wanted = {0};
	const char *problem = NULL;

	xsmcGet(xsVar(0), *options, xsID("ssid"));
	if (!xsmcTest(xsVar(0)))
		problem = "ssid required";
	else if ((wanted.ssid_length = take_string(the, options, "ssid", wanted.ssid, sizeof wanted.ssid)) < 0)
		problem = "ssid too long - 32 bytes max";
	xsmcGet(xsVar(0), *options, xsID("password"));
	if (!problem && xsmcTest(xsVar(0)) && take_string(the, options, "password", (uint8_t *)wanted.password, sizeof wanted.password - 1) < 0)
		problem = "password too long - 64 bytes max";
	if (!problem && has(the, options, "bssid")) {
		if (xsmcGetArrayBufferLength(xsVar(0)) != 6)
			problem = "bssid must be 6 bytes";
		else {
			xsmcGetArrayBufferData(xsVar(0), 0, wanted.bssid, 6);
			wanted.one_bssid = true;
		}
	}
	if (problem) {
		wifi_disconnect();
		xsUnknownError("%s", problem);
	}
	if (has(the, options, "channel"))
		channel_of(the);	/* where the driver starts to search; it looks everywhere */
	if (!wifi_connect(&wanted))
		xsUnknownError("esp_wifi_connect failed");
}

static void listen_with(xsMachine *the, struct wifi *wifi, xsSlot *callback)
{
	if (wifi->listens) {
		wifi->listens = false;
		xsForget(wifi->object);
		xsForget(wifi->callback);
	}
	if (!xsmcTest(*callback))
		return;
	wifi->listens = true;
	wifi->object = xsThis;
	xsRemember(wifi->object);
	wifi->callback = *callback;
	xsRemember(wifi->callback);
}

static void host_wifi(xsMachine *the)
{
	struct wifi *wifi = calloc(1, sizeof *wifi);
	int argc = xsmcArgc;

	if (!wifi)
		xsUnknownError("out of memory");
	wifi->next = wifis;
	wifis = wifi;
	xsmcSetHostData(xsThis, wifi);
	xsmcVars(1);
	if (argc > 0 && xsmcTest(xsArg(0)))
		connect_with(the, &xsArg(0));
	if (argc > 1)
		listen_with(the, wifi, &xsArg(1));
}

static void host_wifi_set_onNotify(xsMachine *the)
{
	struct wifi *wifi = xsmcGetHostDataValidate(xsThis, (void *)host_wifi_destructor);

	if (wifi)
		listen_with(the, wifi, &xsArg(0));
}

static void host_wifi_close(xsMachine *the)
{
	host_wifi_destructor(xsmcGetHostDataValidate(xsThis, (void *)host_wifi_destructor));
	xsmcSetHostData(xsThis, NULL);
}

static void host_wifi_get_mode(xsMachine *the)
{
	xsmcSetInteger(xsResult, wifi_mode());
}

static void host_wifi_set_mode(xsMachine *the)
{
	int mode = xsmcToInteger(xsArg(0));

	if (mode != WIFI_OFF && (mode < WIFI_NONE || mode > WIFI_BOTH))
		xsUnknownError("invalid mode");
	wifi_set_mode((enum wifi_mode)mode);
}

static void host_wifi_connect(xsMachine *the)
{
	if (xsmcArgc == 0) {
		wifi_disconnect();
		return;
	}
	xsmcVars(1);
	connect_with(the, &xsArg(0));
}

static void host_wifi_accessPoint(xsMachine *the)
{
	struct wifi_ap_config config = {.channel = 1};
	uint8_t password[64];
	int length;

	xsmcVars(1);
	config.ssid_length = take_string(the, &xsArg(0), "ssid", config.ssid, sizeof config.ssid);
	if (config.ssid_length < 0)
		xsUnknownError("ssid too long - 32 bytes max");
	if (xsmcHas(xsArg(0), xsID("password"))) {
		length = take_string(the, &xsArg(0), "password", password, sizeof password);
		if (length < 0)
			xsUnknownError("password too long - 64 bytes max");
		if (length < 8)
			xsUnknownError("password too short - 8 bytes min");
	}
	if (has(the, &xsArg(0), "channel"))
		config.channel = channel_of(the);
	if (has(the, &xsArg(0), "station"))
		config.station = xsmcTest(xsVar(0));
	if (!config.ssid_length)
		xsUnknownError("esp_wifi_set_config failed");
	wifi_access_point(&config);
}

static void host_wifi_scan(xsMachine *the)
{
	struct wifi_scan_options options = {0};

	if (xsmcArgc == 0) {
		wifi_scan_stop();
		if (scanning)
			xsForget(scan_callback);
		scanning = false;
		return;
	}
	if (scanning)
		xsUnknownError("already scanning");
	if (xsmcArgc < 2 || xsmcTypeOf(xsArg(0)) != xsReferenceType)
		xsUnknownError("invalid");
	xsmcVars(1);
	if (has(the, &xsArg(0), "hidden"))
		options.hidden = xsmcTest(xsVar(0));
	if (has(the, &xsArg(0), "channel"))
		options.channel = xsmcToInteger(xsVar(0));
	if (has(the, &xsArg(0), "active"))
		options.passive = !xsmcTest(xsVar(0));
	if (!wifi_scan(&options))
		xsUnknownError("scan request failed");
	scanning = true;
	scan_callback = xsArg(1);
	xsRemember(scan_callback);
}

static const char *authentication(enum air_security security)
{
	switch (security) {
		case AIR_OPEN: return "none";
		case AIR_WEP: return "wep";
		case AIR_WPA: return "wpa_psk";
		case AIR_WPA2: return "wpa2_psk";
		case AIR_WPA3: return "wpa3_psk";
		default: return "wpa_wpa2_psk";
	}
}

static void make_item(xsMachine *the, const struct air_ap *ap)
{
	char ssid[AIR_SSID + 1] = "";

	/* The bytes up to a NUL, unchecked, as the SDK's module hands them on. */
	if (!ap->hidden)
		memcpy(ssid, ap->ssid, ap->ssid_length);
	ssid[ap->hidden ? 0 : ap->ssid_length] = 0;
	xsmcSetNewObject(xsVar(1));
	xsmcSetString(xsVar(2), ssid);
	xsmcSet(xsVar(1), xsID("ssid"), xsVar(2));
	xsmcSetInteger(xsVar(2), ap->rssi);
	xsmcSet(xsVar(1), xsID("rssi"), xsVar(2));
	xsmcSetInteger(xsVar(2), ap->channel);
	xsmcSet(xsVar(1), xsID("channel"), xsVar(2));
	xsmcSetBoolean(xsVar(2), 0);
	xsmcSet(xsVar(1), xsID("hidden"), xsVar(2));
	xsmcSetArrayBuffer(xsVar(2), (void *)ap->bssid, 6);
	xsmcSet(xsVar(1), xsID("bssid"), xsVar(2));
	xsmcSetString(xsVar(2), (char *)authentication(ap->security));
	xsmcSet(xsVar(1), xsID("authentication"), xsVar(2));
}

void wifi_scanned(const struct air_ap *const *found, int count)
{
	xsBeginHost(js_the);
	xsmcVars(3);
	xsVar(0) = scan_callback;
	xsForget(scan_callback);
	scanning = false;
	for (int i = 0; i < count; i++) {
		xsTry {
			make_item(the, found[i]);
			xsCallFunction1(xsVar(0), xsGlobal, xsVar(1));
		}
		xsCatch {
			console('W', "wifi", "a scan callback threw");
		}
	}
	xsCallFunction1(xsVar(0), xsGlobal, xsNull);
	xsEndHost(js_the);
}

static bool exists(const struct wifi *wanted)
{
	for (struct wifi *wifi = wifis; wifi; wifi = wifi->next)
		if (wifi == wanted)
			return true;
	return false;
}

void wifi_report(enum wifi_event event, int reason)
{
	static const char *const names[] = {"start", "connect", "disconnect", "gotIP"};

	for (struct wifi *wifi = wifis, *next; wifi && exists(wifi); wifi = next) {
		next = wifi->next;
		if (!wifi->listens)
			continue;
		xsBeginHost(js_the);
		xsmcVars(1);
		xsmcSetString(xsVar(0), (char *)names[event]);
		if (event == WIFI_DISCONNECT)
			xsCallFunction2(wifi->callback, wifi->object, xsVar(0), xsInteger(reason));
		else
			xsCallFunction1(wifi->callback, wifi->object, xsVar(0));
		xsEndHost(js_the);
	}
}

const struct native natives_wifi[] = {
	{"host_wifi_destructor", host_wifi_destructor},
	{"host_wifi", host_wifi},
	{"host_wifi_close", host_wifi_close},
	{"host_wifi_set_onNotify", host_wifi_set_onNotify},
	{"host_wifi_get_mode", host_wifi_get_mode},
	{"host_wifi_set_mode", host_wifi_set_mode},
	{"host_wifi_connect", host_wifi_connect},
	{"host_wifi_accessPoint", host_wifi_accessPoint},
	{"host_wifi_scan", host_wifi_scan},
	{NULL, NULL},
};
