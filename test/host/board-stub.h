/*
 * What the programs here share: a board without an engine, a flash chip in memory, power that fails when told to, repeatable chance,
 * and the lines by which a program reports what it has checked.
 */
#ifndef LWS_XS_BOARD_STUB_H
#define LWS_XS_BOARD_STUB_H

#include "flash.h"

/* --- the chip, as a programmer holds it: writes set bits, too, and count as no operation --- */

extern uint8_t *chip;			/* all of the flash */
void chip_start(void);			/* a blank chip; call it first */
void chip_plant(uint32_t address, const void *data, uint32_t length);
void chip_blank(uint32_t address, uint32_t length);
/* From now on a look of the device at anything else of the flash ends the program. */
void chip_expose(uint32_t address, uint32_t length);

/* Where partitions.csv has them; the device reads the table once per process. */
extern const struct partition nvs_partition, otadata_partition, factory_partition, ota_0_partition;
void table_plant(const struct partition *list, int count);
void table_plant_standard(void);

/* --- the board --- */

extern int warnings;			/* console lines of level W or E so far */
bool console_said(const char *text);	/* in its last line; forgets that line */
/* Runs something on power that lasts for so many operations; false if it was switched off before its end, by that or by itself. */
bool power_holds(int64_t operations, void (*run)(void));
#define POWER_FOREVER INT64_C(1000000000)
int64_t power_operations(void);		/* how many the last run did */
int power_status(void);			/* what board_power_off was told */

/* --- chance: the same numbers for the same seed, everywhere --- */

void random_start(uint32_t seed);
uint32_t random_bits(void);
uint32_t random_below(uint32_t limit);

/* --- results --- */

/* Prints the line of a property that holds; one that had no case to hold in fails. */
void report(const char *property, long cases);
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Runs something in a process of its own, whose failure is ours: for what the device does once per process. */
void in_child(void (*run)(void));

#endif
