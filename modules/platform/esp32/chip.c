/*
 * Natives of Chip in chip.ts: what the chip knows about itself, and its console.
 */
#include "lws-esp32.h"

#include <stdio.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_mac.h"
#include "esp_random.h"
#include "mc.defines.h"
#include "sdkconfig.h"
#include "soc/rtc_cntl_reg.h"
#include "soc/soc.h"

/* A register of the RTC domain that ROM and ESP-IDF leave alone: bootloader_start.c reads it, too, before it chooses the image. */
#define LWS_WORD RTC_CNTL_STORE0_REG

void lws_chip_get_rtc(xsMachine *the)
{
	xsmcSetNumber(xsResult, REG_READ(LWS_WORD));
}

void lws_chip_set_rtc(xsMachine *the)
{
	/* ECMAScript's ToUint32: words above 2^31 may come as negative integers, too */
	REG_WRITE(LWS_WORD, (uint32_t)(int64_t)xsmcToNumber(xsArg(0)));
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

/* What others than we have taken can't be told from ours. */
void lws_chip_heap(xsMachine *the)
{
	const uint32_t kind = MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL;
	uint32_t slots, chunks, size = (uint32_t)heap_caps_get_total_size(kind);

	lwsMachineFigures(the, &slots, &chunks);
	xsmcVars(1);
	xsmcSetNewObject(xsResult);
	setFigure(the, xsID("slots"), slots);
	setFigure(the, xsID("chunks"), chunks);
	setFigure(the, xsID("limit"), MODDEF_LWS_HEAP_JS);
	setFigure(the, xsID("native"), size - (uint32_t)heap_caps_get_free_size(kind));
	setFigure(the, xsID("nativeLimit"), size);
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
