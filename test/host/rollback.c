/*
 * Probation: what the states in otadata become when the device boots, is confirmed or rejected, each against the rule in plain words; and
 * that wherever the power is cut, an image boots, and none that was found out to be bad.
 */
#include "board-stub.h"
#include "image-maker.h"

#include <string.h>
#include <sys/mman.h>

#define FACTORY (-1)
#define NONE 99u	/* no entry */
#define CUT_MAX 12

static const uint32_t states[] = {NONE, OTADATA_NEW, OTADATA_PENDING, OTADATA_VALID, OTADATA_INVALID, OTADATA_ABORTED, OTADATA_UNDEFINED, 0xffff0000u};
#define STATES (sizeof(states) / sizeof(*states))

enum act { NOTHING, CONFIRM, REJECT, SELECT_AGAIN, SELECT_FACTORY, ACTS };

struct outcome { bool held, pending; int slot; uint32_t state; char trouble[32]; };
static struct outcome *outcome;		/* shared with the child */
static int64_t cut;
static enum act act;
static bool forced;

static uint32_t state_of(int slot)
{
	uint32_t state;
	return otadata_state(slot, &state) ? state : NONE;
}

static void plant_entry(uint32_t sector, uint32_t sequence, uint32_t state)
{
	uint32_t entry[8];
	memset(entry, 0xff, sizeof(entry));
	entry[0] = sequence;
	entry[6] = state;
	entry[7] = crc32_le(UINT32_MAX, entry, 4);
	chip_plant(otadata_partition.offset + sector * FLASH_BLOCK, entry, sizeof(entry));
}

static void plant(uint32_t state)
{
	chip_blank(otadata_partition.offset, otadata_partition.size);
	if (state != NONE)
		plant_entry(0, 1, state);
}

static void run(void)
{
	static struct image image;
	const struct partition *partition = boot_select(&image);
	outcome->slot = partition->subtype == APP_FACTORY ? FACTORY : partition->subtype - APP_OTA_FIRST;
	outcome->pending = rollback_pending();
	outcome->trouble[0] = 0;
	if (act == CONFIRM && !rollback_confirm())
		fail("flash fails");
	if (act == REJECT)
		strcpy(outcome->trouble, rollback_reject());
	if (act == SELECT_AGAIN || act == SELECT_FACTORY)
		otadata_select(act == SELECT_AGAIN ? 0 : FACTORY);
}

static void power_on(void)
{
	board->button = forced;
	outcome->held = power_holds(cut, run);
	if (!outcome->held && power_status() != 0)
		fail("nothing boots, with status %d", power_status());
}

/* One life of the device, which the power ends at that operation, or which does its act and is reset. */
static struct outcome live(int64_t operations, enum act what, bool button)
{
	cut = operations;
	act = what;
	forced = button;
	outcome->slot = -2;
	in_child(power_on);
	outcome->state = state_of(0);
	return *outcome;
}

/* Found on probation, an image is aborted. New, and booted, it is on probation; forced into setup, it stays new. All other states stay. */
static void change_states(void)
{
	for (size_t i = 0; i < STATES; i++) {
		for (int button = 0; button < 2; button++) {
			uint32_t before = states[i], after = before == OTADATA_PENDING ? OTADATA_ABORTED : before;
			bool selected = after != NONE && after != OTADATA_INVALID && after != OTADATA_ABORTED;
			int slot = selected && !button ? 0 : FACTORY;
			if (before == OTADATA_NEW && slot == 0)
				after = OTADATA_PENDING;
			plant(before);
			struct outcome seen = live(POWER_FOREVER, NOTHING, button);
			if (seen.slot != slot || seen.state != after || seen.pending != (after == OTADATA_PENDING))
				fail("state %x, button %d: slot %d, state %x, pending %d", (unsigned)before, button, seen.slot, (unsigned)seen.state, seen.pending);
		}
	}
	report("booting changes the states as ESP-IDF does", 2 * STATES);
}

/* What the running image does of itself, and what it is at the next boot. */
static void act_once(void)
{
	for (size_t i = 0; i < STATES; i++) {
		for (enum act what = CONFIRM; what < ACTS; what++) {
			plant(states[i]);
			struct outcome first = live(POWER_FOREVER, what, false), second = live(POWER_FOREVER, NOTHING, false);
			bool application = first.slot == 0;
			/* a rejected or aborted image that setup selects again is on probation again */
			int slot = what == SELECT_AGAIN || (application && what == CONFIRM) ? 0 : FACTORY;
			uint32_t state = slot == 0 ? (what == CONFIRM ? OTADATA_VALID : OTADATA_PENDING) :
				what == SELECT_FACTORY ? NONE : application ? OTADATA_INVALID : first.state;
			if (second.slot != slot || second.state != state || second.pending != (state == OTADATA_PENDING))
				fail("state %x, act %d: slot %d, state %x, pending %d", (unsigned)states[i], what, second.slot, (unsigned)second.state, second.pending);
			if (what == REJECT && strcmp(first.trouble, application ? "" : "not selected"))
				fail("state %x: rejecting says \"%s\"", (unsigned)states[i], first.trouble);
		}
	}
	report("confirmed, an image stays; rejected, it goes; selected, it is new", (ACTS - 1) * STATES);
}

/* One entry is left, and no older one that could be taken for news of the slot. */
static void leave_one_entry(void)
{
	plant(OTADATA_NEW);
	live(POWER_FOREVER, CONFIRM, false);
	if (chip[otadata_partition.offset] != 0xff || state_of(0) != OTADATA_VALID)
		fail("confirming leaves the entry of the probation behind");
	chip_blank(otadata_partition.offset, otadata_partition.size);
	plant_entry(1, 2, OTADATA_ABORTED);
	if (live(POWER_FOREVER, SELECT_AGAIN, false).state != OTADATA_NEW)
		fail("an image that is selected again passes for aborted");
	report("the state of a slot is that of its last image", 2);
}

static void keep_the_last(void)
{
	chip[factory_partition.offset + IMAGE_ARCHIVE + 200] ^= 1;
	plant(OTADATA_NEW);
	struct outcome seen = live(POWER_FOREVER, REJECT, false);
	if (strcmp(seen.trouble, "no other image") || seen.state != OTADATA_PENDING)
		fail("rejecting the only image says \"%s\", state %x", seen.trouble, (unsigned)seen.state);
	seen = live(POWER_FOREVER, CONFIRM, false);
	if (seen.slot != 0 || seen.pending || seen.state != OTADATA_ABORTED)
		fail("the only image does not boot once it is aborted: slot %d, state %x", seen.slot, (unsigned)seen.state);
	chip[factory_partition.offset + IMAGE_ARCHIVE + 200] ^= 1;
	report("the only image that boots can't be rejected, and boots although it was aborted", 2);
}

/*
 * A life cut at each operation, then lives without a cut. Selecting leaves the old or the new selection. An image on probation is never run
 * a second time unless it was confirmed, one that was confirmed before stays, and none that has been rejected comes back.
 */
static void cut_everywhere(void)
{
	long cuts = 0;
	for (size_t i = 0; i < STATES; i++) {
		for (enum act what = NOTHING; what < ACTS; what++) {
			bool held = false;
			for (int64_t at = 1; !held && at < CUT_MAX; at++, cuts++) {
				uint32_t before = states[i];
				plant(before);
				struct outcome first = live(at, what, false);
				held = first.held;
				int selected = otadata_selected();
				uint32_t left = first.state;
				struct outcome second = live(POWER_FOREVER, NOTHING, false), third = live(POWER_FOREVER, NOTHING, false);
				bool ran = first.slot == 0;
				bool kept = before == OTADATA_VALID || before == OTADATA_UNDEFINED || before == 0xffff0000u;
				const char *wrong =
					second.slot != FACTORY && second.slot != 0 ? "nothing boots" :
					before == OTADATA_PENDING && what <= REJECT && second.slot == 0 ? "an image that was on probation comes back" :
					ran && before == OTADATA_NEW && what == NOTHING && second.slot == 0 ? "an image runs twice on probation" :
					ran && what == CONFIRM && kept && third.slot != 0 ? "an image that is to stay is lost" :
					ran && what == CONFIRM && left == OTADATA_VALID && third.slot != 0 ? "a confirmed image is lost" :
					ran && what == CONFIRM && left != OTADATA_VALID && left != OTADATA_PENDING && !kept ? "confirming loses the entry" :
					ran && what == SELECT_AGAIN && selected != 0 && !(before == OTADATA_NEW) ? "selecting loses the selection" :
					held && what == REJECT && ran && second.slot == 0 ? "a rejected image comes back" :
					third.slot == 0 && second.slot == FACTORY ? "what was given up comes back" : NULL;
				if (wrong)
					fail("state %x, act %d, cut %d: %s (slots %d %d %d, left %x)", (unsigned)before, what, (int)at, wrong,
						first.slot, second.slot, third.slot, (unsigned)left);
			}
			if (!held)
				fail("state %x, act %d takes too many operations", (unsigned)states[i], what);
		}
	}
	report("wherever the power is cut, the old image, the new one or setup boots", cuts);
}

/* A newer image in another slot, which gives way to the older one as the states say. */
static void other_slot(void)
{
	long tried = 0;
	for (enum act what = NOTHING; what <= REJECT; what++) {
		bool held = false;
		for (int64_t at = 1; !held && at < CUT_MAX; at++, tried++) {
			chip_blank(otadata_partition.offset, otadata_partition.size);
			plant_entry(0, 1, OTADATA_VALID);
			plant_entry(1, 2, OTADATA_NEW);
			held = live(at, what, false).held;
			int second = live(POWER_FOREVER, NOTHING, false).slot, third = live(POWER_FOREVER, NOTHING, false).slot;
			if (held ? third != (what == CONFIRM) : third != 0 && third != 1 && !(what == CONFIRM && third == FACTORY))
				fail("two slots, act %d, cut %d: slots %d, %d", what, (int)at, second, third);
		}
	}
	report("two slots: the image before comes back", tried);
}

static void two_slots(void)
{
	const struct partition list[] = {
		otadata_partition, factory_partition,
		{"ota_0", PARTITION_APP, APP_OTA_FIRST, 0x1f0000, 0x80000},
		{"ota_1", PARTITION_APP, APP_OTA_FIRST + 1, 0x220000, 0x80000},
	};
	table_plant(list, 4);
	image_plant(0x220000);
	other_slot();
}

static void one_slot(void)
{
	table_plant_standard();
	change_states();
	act_once();
	leave_one_entry();
	keep_the_last();
	cut_everywhere();
}

int main(void)
{
	chip_start();
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	image_plant(factory_partition.offset);
	image_plant(ota_0_partition.offset);
	in_child(one_slot);
	in_child(two_slots);
	return 0;
}
