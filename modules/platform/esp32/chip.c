/*
 * Natives of Chip in chip.ts: what the chip knows about itself, and its console.
 */
#include "lws-esp32.h"

#include <stdio.h>
#include <string.h>

#include "esp_attr.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_mac.h"
#include "esp_random.h"
#include "esp_system.h"
#include "mc.defines.h"
#include "sdkconfig.h"

/* Memory that a restart leaves alone. After power on there is anything in it, so that a word counts only beside its complement. */
static RTC_NOINIT_ATTR uint32_t rtcWord, rtcCheck;
/* Says that the restart was asked for: the SDK restarts in the same way when a script fails. */
static RTC_NOINIT_ATTR uint32_t restartMark;
static bool restartAsked;

#define RESTART_ASKED 0x5453524cu

/* Before any script, so that the mark of one restart is not found after the next. */
static __attribute__((constructor)) void takeMark(void)
{
	restartAsked = restartMark == RESTART_ASKED;
	restartMark = 0;
}

void lws_chip_get_rtc(xsMachine *the)
{
	xsmcSetNumber(xsResult, rtcWord == ~rtcCheck ? rtcWord : 0);
}

void lws_chip_set_rtc(xsMachine *the)
{
	/* ECMAScript's ToUint32: words above 2^31 may come as negative integers, too */
	rtcWord = (uint32_t)(int64_t)xsmcToNumber(xsArg(0));
	rtcCheck = ~rtcWord;
}

void lws_chip_get_resetReason(xsMachine *the)
{
	const char *word = "power on";

	switch (esp_reset_reason()) {
	case ESP_RST_SW:
		word = restartAsked ? "restart" : "exception";
		break;
	case ESP_RST_PANIC:
	case ESP_RST_CPU_LOCKUP:
		word = "exception";
		break;
	case ESP_RST_INT_WDT:
	case ESP_RST_TASK_WDT:
	case ESP_RST_WDT:
		word = "watchdog";
		break;
	default:
		break;
	}
	xsmcSetString(xsResult, (char *)word);
}

void lws_chip_random(xsMachine *the)
{
	Bytes into = partOf(the, true);

	esp_fill_random(into.data, into.length);
}

void lws_chip_get_mac(xsMachine *the)
{
	uint8_t mac[6];
	char text[13];

	if (esp_efuse_mac_get_default(mac) != ESP_OK)
		xsUnknownError("no address");
	snprintf(text, sizeof text, "%02X%02X%02X%02X%02X%02X", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	xsmcSetString(xsResult, text);
}

void lws_chip_get_id(xsMachine *the)
{
	xsmcSetInteger(xsResult, CONFIG_IDF_FIRMWARE_CHIP_ID);
}

static void setFigure(xsMachine *the, xsIdentifier name, uint32_t value)
{
	xsmcSetInteger(xsVar(0), (xsIntegerValue)value);
	xsmcSet(xsResult, name, xsVar(0));
}

/* What is free is what counts, so the native heap is told as if it were as large as the virtual device's. */
void lws_chip_heap(xsMachine *the)
{
	uint32_t slots, chunks, room = (uint32_t)heap_caps_get_free_size(MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL);

	lwsMachineFigures(the, &slots, &chunks);
	xsmcVars(1);
	xsmcSetNewObject(xsResult);
	setFigure(the, xsID("slots"), slots);
	setFigure(the, xsID("chunks"), chunks);
	setFigure(the, xsID("limit"), MODDEF_LWS_HEAP_JS);
	setFigure(the, xsID("native"), room < MODDEF_LWS_HEAP_NATIVE ? MODDEF_LWS_HEAP_NATIVE - room : 0);
	setFigure(the, xsID("nativeLimit"), MODDEF_LWS_HEAP_NATIVE);
}

/* Firmware lines look like "N vhost ap: text"; anything else counts as a notice of the firmware's. */
void lws_chip_log(xsMachine *the)
{
	char *line = xsmcToString(xsArg(0)), *colon = strstr(line, ": ");
	unsigned long now = esp_log_timestamp();

	if (colon && colon - line >= 3 && line[1] == ' ' && strchr("EWNID", line[0]))
		printf("%c (%lu) %s\n", line[0], now, line + 2);
	else
		printf("N (%lu) app: %s\n", now, line);
}

void lws_chip_restart(xsMachine *the)
{
	(void)the;
	fflush(stdout);
	restartMark = RESTART_ASKED;
	esp_restart();
}
