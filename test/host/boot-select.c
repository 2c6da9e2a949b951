/*
 * Which image boots: every combination of images, selection, RTC word and button against the rule in plain words; and otadata, whose
 * selection must be the old or the new one wherever the power is cut, and whatever stands there.
 */
#include "board-stub.h"
#include "image-maker.h"

#include <string.h>
#include <sys/mman.h>

#define FACTORY (-1)
#define DAMAGED_ENTRIES 4000
#define SELECTIONS 6
#define EXIT_NOT_BOOTABLE 70

enum content { EMPTY, DAMAGED, GOOD, CONTENTS };
static const uint32_t requests[] = {0, 0x12345678, 0xb00bcafe, 0xfac0eeee, 0xfaceb00b};
#define REQUESTS (sizeof(requests) / sizeof(*requests))

struct scene { enum content factory, application; bool selected, button; uint32_t request; };
struct outcome { bool boots, erased; int slot; uint32_t rtc; };

static struct scene scene;
static struct outcome *outcome;		/* shared with the child */
static int target;

/*
 * The rule. A request, or the button, wants the factory image; otherwise otadata says what is wanted. The word left behind says why.
 * Erasing needs a factory image to go on with. What does not verify gives way to the other image.
 */
static struct outcome rule(void)
{
	struct outcome expected = {.slot = scene.selected ? 0 : FACTORY};
	bool erase = scene.request == 0xfac0eeee;
	if (erase || scene.request == 0xb00bcafe) {
		expected.slot = FACTORY;
		expected.rtc = 0xfaceb00b;
	}
	if (scene.button) {
		expected.slot = FACTORY;
		expected.rtc = 0xf0cedfac;
	}
	expected.erased = erase && scene.factory == GOOD;
	bool application = scene.application == GOOD && !expected.erased;
	if (!(expected.slot == FACTORY ? scene.factory == GOOD : application))
		expected.slot = expected.slot == FACTORY ? 0 : FACTORY;
	expected.boots = expected.slot == FACTORY ? scene.factory == GOOD : application;
	return expected;
}

static void plant(const struct partition *partition, enum content content)
{
	chip_blank(partition->offset, FLASH_BLOCK);
	if (content != EMPTY)
		image_plant(partition->offset);
	if (content == DAMAGED)
		chip[partition->offset + IMAGE_ARCHIVE + 200] ^= 1;
}

static void boot(void)
{
	static struct image image;
	const struct partition *partition = boot_select(&image);
	outcome->slot = partition->subtype == APP_FACTORY ? FACTORY : partition->subtype - APP_OTA_FIRST;
	if (partition != boot_running() || image.archive != flash_map() + partition->offset + IMAGE_ARCHIVE)
		fail("the image handed over is not the running one");
}

static void power_on(void)
{
	if (scene.selected && !otadata_select(0))
		fail("otadata does not take a selection");
	board->rtc = scene.request;
	board->button = scene.button;
	outcome->boots = power_holds(POWER_FOREVER, boot);
	outcome->rtc = board->rtc;
	if (!outcome->boots && power_status() != EXIT_NOT_BOOTABLE)
		fail("nothing boots, with status %d", power_status());
}

static void try_scene(void)
{
	plant(&factory_partition, scene.factory);
	plant(&ota_0_partition, scene.application);
	chip_blank(otadata_partition.offset, otadata_partition.size);
	uint8_t first = chip[ota_0_partition.offset];
	in_child(power_on);
	const struct outcome expected = rule();
	bool erased = first != 0xff && chip[ota_0_partition.offset] == 0xff;
	bool right = outcome->boots == expected.boots && outcome->rtc == expected.rtc &&
		erased == (expected.erased && scene.application != EMPTY) && (!expected.boots || outcome->slot == expected.slot);
	if (!right)
		fail("factory %d, application %d, selected %d, button %d, request 0x%08x: boots %d, slot %d, word 0x%08x, erased %d",
			scene.factory, scene.application, scene.selected, scene.button, (unsigned)scene.request, outcome->boots,
			outcome->slot, (unsigned)outcome->rtc, erased);
}

static void try_scenes(void)
{
	long tried = 0;
	for (unsigned i = 0; i < CONTENTS * CONTENTS * 4 * REQUESTS; i++, tried++) {
		scene = (struct scene){
			.factory = i % CONTENTS, .application = i / CONTENTS % CONTENTS, .selected = i / 9 & 1, .button = i / 18 & 1,
			.request = requests[i / 36],
		};
		try_scene();
	}
	report("images, otadata, RTC word and button together choose the image", tried);
}

static void select_target(void)
{
	if (!otadata_select(target))
		fail("slot %d can't be selected", target);
}

/* From each of the first few selections to each slot, cut at each operation. */
static long cut_selections(void)
{
	long cuts = 0;
	int slots = partition_slots();
	for (int earlier = 0; earlier < SELECTIONS; earlier++) {
		for (int to = FACTORY; to < slots; to++) {
			bool held = false;
			for (int64_t cut = 1; !held; cut++) {
				chip_blank(otadata_partition.offset, otadata_partition.size);
				for (int i = 0; i < earlier; i++) {
					target = (i + earlier) % slots;
					select_target();
				}
				int before = otadata_selected();
				target = to;
				held = power_holds(cut, select_target);
				int after = otadata_selected();
				/* going back to the factory image erases one sector after the other: the older selection may show */
				if (held ? after != to : to != FACTORY && after != before && after != to)
					fail("cut %d of selecting slot %d after %d: slot %d", (int)cut, to, before, after);
				select_target();
				if (otadata_selected() != to)
					fail("slot %d can't be selected after a cut", to);
				cuts += !held;
			}
		}
	}
	return cuts;
}

static long damage_otadata(void)
{
	long tried = 0;
	int slots = partition_slots();
	for (; tried < DAMAGED_ENTRIES; tried++) {
		for (uint32_t sector = 0; sector < 2; sector++) {
			/* number, label, state, checksum: mostly with the right checksum and the extremes of numbers and states */
			uint32_t entry[8], number = random_bits();
			memset(entry, 0xff, sizeof(entry));
			entry[0] = random_below(2) ? number : (uint32_t)(random_below(5) - 3);
			entry[6] = random_below(2) ? UINT32_MAX : random_below(6);
			entry[7] = random_below(4) ? crc32_le(UINT32_MAX, entry, 4) : random_bits();
			chip_plant(otadata_partition.offset + sector * FLASH_BLOCK, entry, sizeof(entry));
		}
		int selected = otadata_selected();
		if (selected < FACTORY || selected >= slots)
			fail("damaged otadata selects slot %d", selected);
		target = (int)random_below((uint32_t)slots);
		/* near the end of the numbers there may be none left for the slot: then nothing changes */
		bool taken = otadata_select(target);
		if (otadata_selected() != (taken ? target : selected))
			fail("slot %d is not selected over damaged otadata", target);
	}
	return tried;
}

static void one_slot(void)
{
	table_plant_standard();
	report("one slot: a cut leaves the old selection or the new one", cut_selections());
	report("one slot: damaged otadata selects a slot there is, and can be written over", damage_otadata());
}

static void three_slots(void)
{
	const struct partition list[] = {
		otadata_partition, factory_partition,
		{"ota_0", PARTITION_APP, APP_OTA_FIRST, 0x1f0000, 0x80000},
		{"ota_1", PARTITION_APP, APP_OTA_FIRST + 1, 0x220000, 0x80000},
		{"ota_2", PARTITION_APP, APP_OTA_FIRST + 2, 0x2a0000, 0x80000},
	};
	table_plant(list, 5);
	report("three slots: a cut leaves the old selection or the new one", cut_selections());
	report("three slots: damaged otadata selects a slot there is, and can be written over", damage_otadata());
}

int main(void)
{
	random_start(1);
	chip_start();
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	table_plant_standard();
	try_scenes();
	in_child(one_slot);
	in_child(three_slots);
	return 0;
}
