/*
 * Damaged and forged images and partition tables: an image with any flipped bit does not boot, and whatever a forged one or a forged
 * table says, nothing outside of its partition is looked at and the boot loader comes to an end.
 */
#include "board-stub.h"
#include "image-maker.h"

#include <string.h>

#define FORGED_ARCHIVES 4000
#define FORGED_HEADERS 8000
#define FORGED_TABLES 250
#define TABLE 0x8000u
#define TABLE_USED 160u		/* five entries; then that with the checksum */
#define TABLE_SIZE 0xc00u
#define EXIT_NOT_BOOTABLE 70

static struct made_image made;

/* Partitions are at an offset whose lower 16 bits are zero, as the cache of the chip wants them. */
static struct partition part = {"ota_0", PARTITION_APP, APP_OTA_FIRST, 0x1f0000, IMAGE_MAX};

static const char *verify(struct image *image)
{
	chip_plant(part.offset, made.bytes, IMAGE_MAX);
	chip_expose(part.offset, part.size);
	return image_verify(&part, image);
}

static void flip_bits(void)
{
	long flipped = 0;
	image_make(&made);
	image_seal(&made);
	struct image image;
	const char *trouble = verify(&image);
	if (*trouble || image.archive_length != made.archive_length)
		fail("the good image does not verify: %s", trouble);
	for (uint32_t at = 0; at < made.length; at++, flipped++) {
		made.bytes[at] ^= (uint8_t)(1 << at % 8);
		const char *word = verify(NULL);
		if (!*word)
			fail("an image with a flipped bit in byte %u is accepted", (unsigned)at);
		/* the two that say more than "damaged" */
		if ((at == 0) != !strcmp(word, "magic") || ((at == 12 || at == 13) && strcmp(word, "chip")))
			fail("a flipped bit in byte %u is called \"%s\"", (unsigned)at, word);
		made.bytes[at] ^= (uint8_t)(1 << at % 8);
	}
	report("an image with a flipped bit is refused", flipped);
}

static void forge_archive(void)
{
	uint8_t *archive = made.bytes + IMAGE_ARCHIVE;
	image_make(&made);
	for (uint32_t changes = 1 + random_below(4); changes; changes--) {
		uint32_t word = random_below(4) ? random_below(made.archive_length + 40) : random_bits();
		if (random_below(2))
			memcpy(archive + 4 * random_below(IMAGE_FILES_END / 4), &word, sizeof(word));
		else
			archive[random_below(random_below(2) ? IMAGE_FILES_END : made.archive_length)] = (uint8_t)word;
	}
	image_seal(&made);
}

/* Reads all that the device will rely on, with nothing but the archive accessible. */
static void walk(const struct image *image)
{
	uint32_t count, entry[4];
	chip_expose((uint32_t)(image->archive - flash_map()), image->archive_length);
	memcpy(&count, image->archive + 8, sizeof(count));
	for (uint32_t i = 0; i < count; i++) {
		memcpy(entry, image->archive + 16 + 16 * i, sizeof(entry));
		const char *name = (const char *)image->archive + entry[1];
		const uint8_t *data = image->archive + entry[2];
		uint32_t sum = (uint32_t)strlen(name);
		for (uint32_t at = 0; at < entry[3]; at++)
			sum += data[at];
		if (sum == UINT32_MAX || data[entry[3]])
			fail("no NUL behind the data of file %u", (unsigned)i);
	}
}

static void forge_archives(void)
{
	long accepted = 0, refused = 0;
	for (int i = 0; i < FORGED_ARCHIVES; i++) {
		struct image image;
		forge_archive();
		if (*verify(&image)) {
			refused++;
			continue;
		}
		walk(&image);
		accepted++;
	}
	report("a forged archive that is accepted stays inside of itself", accepted);
	report("forged archives are refused without a look outside of the partition", refused);
}

/* One file, whose name are the data of the last: it ends just before, or just behind, the NUL that ends them. */
static void cut_name(void)
{
	for (uint32_t whole = 0; whole < 2; whole++) {
		uint32_t count = 1, data, length, total;
		image_make(&made);
		uint8_t *archive = made.bytes + IMAGE_ARCHIVE, *last = archive + IMAGE_FILES_END - 16;
		memcpy(&data, last + 8, sizeof(data));
		memcpy(&length, last + 12, sizeof(length));
		total = data + length + whole;
		memcpy(archive + 8, &count, sizeof(count));
		memcpy(archive + 12, &total, sizeof(total));
		memcpy(archive + 16 + 4, &data, sizeof(data));
		image_seal(&made);
		if ((*verify(NULL) == 0) != whole)
			fail(whole ? "a name at the end of the archive is refused" : "a name without an end is accepted");
	}
	report("a name must end inside of the archive", 2);
}

static void forge_headers(void)
{
	for (int i = 0; i < FORGED_HEADERS; i++) {
		image_make(&made);
		image_seal(&made);
		for (uint32_t changes = random_below(4); changes; changes--)
			made.bytes[random_below(IMAGE_SEGMENT + 2)] = (uint8_t)(random_below(3) ? random_bits() : 0xff);
		part.size = random_below(IMAGE_MAX);
		if (!*verify(NULL) && part.size < made.length)
			fail("an image of %u bytes is accepted in %u", (unsigned)made.length, (unsigned)part.size);
	}
	chip_expose(0, FLASH_SIZE);
	report("a forged header leads nowhere outside of a partition of any size", FORGED_HEADERS);
}

static void boot(void)
{
	static struct image image;
	boot_select(&image);
}

static void refuse(void)
{
	if (power_holds(POWER_FOREVER, boot) || power_status() != EXIT_NOT_BOOTABLE)
		fail("the boot loader accepts a damaged partition table");
}

static void come_to_an_end(void)
{
	if (!power_holds(POWER_FOREVER, boot) && power_status() != EXIT_NOT_BOOTABLE)
		fail("the boot loader ends with status %d", power_status());
}

static void accept(void)
{
	if (!power_holds(POWER_FOREVER, boot) || boot_running()->offset != factory_partition.offset)
		fail("the factory image does not boot");
}

static void seal_table(void)
{
	md5(chip + TABLE, TABLE_USED, chip + TABLE + TABLE_USED + 16);
}

static void damage_tables(void)
{
	static const char junk[] = "<html>";
	int refused = 0;
	image_plant(factory_partition.offset);
	table_plant_standard();
	in_child(accept);
	for (uint32_t at = 0; at < TABLE_USED + 32; at += 5) {
		/* between the magic number of the checksum and the checksum stands nothing */
		if (at >= TABLE_USED + 2 && at < TABLE_USED + 16)
			continue;
		chip[TABLE + at] ^= 0x10;
		in_child(refuse);
		chip[TABLE + at] ^= 0x10;
		refused++;
	}
	report("a partition table with a flipped bit is refused", refused);

	chip_blank(TABLE, FLASH_BLOCK);
	in_child(refuse);
	chip_plant(TABLE, junk, sizeof(junk));
	in_child(refuse);
	table_plant_standard();
	chip_blank(TABLE + TABLE_USED, 32);
	in_child(refuse);
	for (uint32_t at = 0; at < TABLE_SIZE; at += 32)
		chip_plant(TABLE + at, chip + TABLE, 32);
	in_child(refuse);
	/* highest byte of an offset; then that of a size that would do from the beginning of the chip */
	table_plant_standard();
	chip[TABLE + 96 + 7] = 0x7f;
	seal_table();
	in_child(refuse);
	table_plant_standard();
	chip[TABLE + 96 + 10] = 0x3f;
	seal_table();
	in_child(refuse);
	report("a table that is blank, junk, without checksum, without end or larger than the chip is refused", 6);
}

static void forge_tables(void)
{
	for (int i = 0; i < FORGED_TABLES; i++) {
		table_plant_standard();
		for (uint32_t changes = 1 + random_below(4); changes; changes--)
			chip[TABLE + random_below(TABLE_USED)] = (uint8_t)random_bits();
		seal_table();
		in_child(come_to_an_end);
	}
	report("with a forged partition table the boot loader comes to an end", FORGED_TABLES);
}

int main(void)
{
	random_start(1);
	chip_start();
	flip_bits();
	forge_archives();
	cut_name();
	forge_headers();
	damage_tables();
	forge_tables();
	return 0;
}
