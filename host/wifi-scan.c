/*
 * The scan: takes the time that a chip takes, then reports what is in the air at its end.
 */
#include <stdlib.h>

#include "wifi.h"

/* Dwell time of ESP-IDF on each channel, in ms. */
#define ACTIVE 120
#define PASSIVE 360
#define CHANNELS 13

static struct wifi_scan_options options_now;
static bool aborted;
static int scans;

static int stronger_first(const void *a, const void *b)
{
	const struct air_ap *const *left = a, *const *right = b;

	return (*right)->rssi - (*left)->rssi;
}

static void finish(struct loop_timer *timer)
{
	const struct air_ap *found[AIR_APS];
	int count = 0;

	(void)timer;
	for (int i = 0; !aborted && i < wifi_air.count; i++) {
		const struct air_ap *ap = &wifi_air.aps[i];
		if ((!options_now.channel || options_now.channel == ap->channel) && (options_now.hidden || !ap->hidden))
			found[count++] = ap;
	}
	qsort(found, (size_t)count, sizeof *found, stronger_first);
	wifi_scanned(found, count);
}

static struct loop_timer timer = {.fire = finish};

bool wifi_scan(const struct wifi_scan_options *wanted)
{
	uint32_t dwell = wanted->passive ? PASSIVE : ACTIVE;

	if (wifi_mode() == WIFI_OFF)
		wifi_set_mode(WIFI_STATION);
	if (!wifi_has_station() || wifi_connecting())
		return false;
	options_now = *wanted;
	aborted = false;
	scans++;
	loop_timer_start(&timer, wanted->channel ? dwell : dwell * CHANNELS);
	return true;
}

int wifi_scans(void)
{
	return scans;
}

void wifi_scan_stop(void)
{
	loop_timer_stop(&timer);
}

void wifi_scan_abort(void)
{
	if (!timer.live)
		return;
	aborted = true;
	loop_timer_start(&timer, 0);
}
