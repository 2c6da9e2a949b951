/*
 * What the files about flash share with each other: checksums, the choice of the boot partition in otadata, and the kinds of partitions.
 */
#ifndef LWS_XS_FLASH_H
#define LWS_XS_FLASH_H

#include "host.h"

/* ESP-IDF esp_partition_type_t and the subtypes that matter here */
enum { PARTITION_APP = 0x00, PARTITION_DATA = 0x01 };
enum { APP_FACTORY = 0x00, APP_OTA_FIRST = 0x10, APP_OTA_LAST = 0x1f, DATA_OTADATA = 0x00, DATA_NVS = 0x02 };

#define IMAGE_CHIP_ID 0x5658	/* "XV": no Espressif chip has it */

void flash_open(void);			/* ends the process with a clear line if the file can't be the chip */

const struct partition *partition_of(uint8_t type, uint8_t subtype);
int partition_slots(void);		/* OTA slots in the table */
bool partition_table_blank(void);	/* nothing was ever written where the table belongs */

/* As esp_rom_crc32_le: start with UINT32_MAX (NVS, otadata) or go on with the last result. */
uint32_t crc32_le(uint32_t crc, const void *data, size_t length);
void md5(const void *data, size_t length, uint8_t digest[16]);

/* esp_ota_img_states_t */
#define OTADATA_NEW 0u
#define OTADATA_PENDING 1u
#define OTADATA_VALID 2u
#define OTADATA_INVALID 3u
#define OTADATA_ABORTED 4u
#define OTADATA_UNDEFINED UINT32_MAX

/* Index of the OTA slot that otadata selects, or -1 for the factory image. */
int otadata_selected(void);
/* Index of the OTA slot that would be selected if the present one were rejected, or -1 for the factory image. */
int otadata_previous(void);
/* As esp_ota_set_boot_partition after its check of the image: the slot is new. Slot -1 is the factory image. */
bool otadata_select(int slot);
/* As esp_ota_get_state_partition, but of the newest entry for the slot; false if there is none. */
bool otadata_state(int slot, uint32_t *state);

/* What the boot loader does: an image found on probation is aborted, and a new one that boots is on probation. */
void otadata_expire(void);
void otadata_begin(int slot);
/* What the running image in that slot does; false if otadata does not select it. */
bool otadata_confirm(int slot);
bool otadata_reject(int slot);

/* overlay.c: finds the JavaScript part that goes over an image in that slot, and puts it on probation. */
void overlay_start(const struct partition *slot, struct image *base);
int32_t overlay_offset(void);		/* of the part in use, in its slot; -1: there is none */
bool overlay_pending(void);
bool overlay_confirm(void);		/* true as well when there is nothing to confirm */
bool overlay_reject(void);

/* rollback.c: of the running image. */
bool rollback_pending(void);
bool rollback_confirm(void);
const char *rollback_reject(void);	/* "" when done, else why not */

#endif
