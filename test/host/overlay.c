/*
 * The JavaScript part of an application: which of two areas is used, for every state of their records against the rule in plain words; that
 * nothing damaged or foreign is used; and that wherever the power is cut, no part is run twice on probation, and none that was confirmed is lost.
 */
#include "board-stub.h"
#include "image-maker.h"

#include <string.h>
#include <sys/mman.h>

#define AREA_SIZE 0x60000u
#define TRAILER 256u
#define CLEAR UINT32_MAX
#define TORN 0xffff0000u
#define NOBODY (-1)
#define CUT_MAX 8

enum content { ABSENT, FOREIGN, BROKEN, GOOD };
struct state { enum content content; uint32_t pending, valid, aborted; };
static const struct state states[] = {
	{ABSENT, CLEAR, CLEAR, CLEAR}, {FOREIGN, CLEAR, CLEAR, CLEAR}, {BROKEN, CLEAR, CLEAR, CLEAR},
	{GOOD, CLEAR, CLEAR, CLEAR}, {GOOD, TORN, CLEAR, CLEAR}, {GOOD, 0, CLEAR, CLEAR},
	{GOOD, 0, 0, CLEAR}, {GOOD, 0, TORN, CLEAR}, {GOOD, 0, CLEAR, 0}, {GOOD, 0, CLEAR, TORN}, {GOOD, 0, 0, 0}, {GOOD, CLEAR, 0, CLEAR},
};
#define STATES ((int)(sizeof(states) / sizeof(*states)))

enum act { NOTHING, CONFIRM, REJECT };
struct outcome { bool held, pending; int area; };
static struct outcome *outcome;		/* shared with the child */
static struct partition slot;
static uint8_t base_digest[32];
static int64_t cut;
static enum act act;

static void digest_of(uint32_t address, uint32_t length, uint8_t digest[32])
{
	struct sha sha;
	sha_start(&sha, 256);
	sha_update(&sha, chip + address, length);
	sha_finish(&sha, digest);
}

/* An image whose text tells it from others, with its trailer; returns the length of both. */
static uint32_t plant_signed(uint32_t address, uint8_t kind, uint8_t text, const uint8_t *base)
{
	static struct made_image image;
	uint8_t trailer[TRAILER] = {'L', 'W', 'S', 'T', 1, 0, 0, 1};
	image_make(&image);
	image.bytes[IMAGE_ARCHIVE + image.archive_length - 30] = text;
	image_seal(&image);
	chip_plant(address, image.bytes, image.length);
	memcpy(trailer + 8, &image.length, 4);
	trailer[14] = kind;
	if (base)
		memcpy(trailer + 120, base, 32);
	digest_of(address, image.length, trailer + 152);
	chip_plant(address + image.length, trailer, TRAILER);
	return image.length + TRAILER;
}

static void plant_base(void)
{
	uint32_t length = plant_signed(slot.offset, 2, 'b', NULL);
	digest_of(slot.offset, length - TRAILER, base_digest);
}

static uint32_t area_address(int area)
{
	return slot.offset + slot.size - (uint32_t)(2 - area) * AREA_SIZE;
}

static uint32_t record_address(int area)
{
	return area_address(area) + AREA_SIZE - FLASH_BLOCK;
}

static void plant_part(int area, uint32_t sequence, struct state state)
{
	static const uint8_t foreign[32] = {1};
	uint32_t address = area_address(area), record[7] = {0x4f53574c, sequence};
	chip_blank(address, FLASH_BLOCK);
	chip_blank(record_address(area), FLASH_BLOCK);
	if (state.content == ABSENT)
		return;
	record[2] = plant_signed(address, 3, (uint8_t)('A' + area), state.content == FOREIGN ? foreign : base_digest);
	if (state.content == BROKEN)
		chip[address + IMAGE_ARCHIVE + 100] ^= 1;
	record[3] = crc32_le(UINT32_MAX, record, 12);
	record[4] = state.pending;
	record[5] = state.valid;
	record[6] = state.aborted;
	chip_plant(record_address(area), record, sizeof(record));
}

static void run(void)
{
	static struct image image;
	boot_select(&image);
	int32_t offset = overlay_offset();
	outcome->area = offset < 0 ? NOBODY : offset == (int32_t)(slot.size - AREA_SIZE);
	if (offset >= 0 && slot.offset + (uint32_t)offset != area_address(outcome->area))
		fail("a part at offset 0x%x", (unsigned)offset);
	if (offset < 0 ? image.overlay != NULL : image.overlay != flash_map() + area_address(outcome->area) + IMAGE_ARCHIVE)
		fail("the archive handed over is not that of the part");
	outcome->pending = rollback_pending();
	if (act == CONFIRM && !rollback_confirm())
		fail("flash fails");
	if (act == REJECT)
		rollback_reject();
}

static void power_on(void)
{
	outcome->held = power_holds(cut, run);
	if (!outcome->held && power_status() != 0)
		fail("nothing boots, with status %d", power_status());
}

/* One life of the device, which the power ends at that operation, or which does its act and is reset. */
static struct outcome live(int64_t operations, enum act what)
{
	cut = operations;
	act = what;
	outcome->area = -2;
	in_child(power_on);
	return *outcome;
}

static void select_slot(uint32_t state)
{
	uint32_t entry[8];
	memset(entry, 0xff, sizeof(entry));
	entry[0] = 1;
	entry[6] = state;
	entry[7] = crc32_le(UINT32_MAX, entry, 4);
	chip_blank(otadata_partition.offset, otadata_partition.size);
	chip_plant(otadata_partition.offset, entry, sizeof(entry));
}

/* A part may be used if it is good and was not given up; one that was on probation already and not confirmed is given up now. */
static bool usable(const struct state *state)
{
	return state->content == GOOD && state->aborted == CLEAR && !(state->pending == 0 && state->valid == CLEAR);
}

static void choose(void)
{
	static const uint32_t sequences[][2] = {{1, 2}, {2, 1}, {0xffffffff, 0}, {0, 0xffffffff}, {0xfffffff0, 0x10}, {0x7fffffff, 0x80000000}};
	static const int newer[] = {1, 0, 1, 0, 1, 1};
	long tried = 0;
	for (int a = 0; a < STATES; a++) {
		for (int b = 0; b < STATES; b++) {
			for (size_t s = 0; s < sizeof(newer) / sizeof(*newer); s++, tried++) {
				const struct state *both[] = {&states[a], &states[b]};
				plant_part(0, sequences[s][0], states[a]);
				plant_part(1, sequences[s][1], states[b]);
				int first = newer[s], expected = usable(both[first]) ? first : usable(both[!first]) ? !first : NOBODY;
				bool pending = expected != NOBODY && both[expected]->valid == CLEAR;
				struct outcome seen = live(POWER_FOREVER, NOTHING);
				if (seen.area != expected || seen.pending != pending)
					fail("states %d and %d, sequences %u and %u: area %d, pending %d", a, b, (unsigned)sequences[s][0],
						(unsigned)sequences[s][1], seen.area, seen.pending);
				/* not confirmed, it is given up, and the other one has its turn */
				int second = live(POWER_FOREVER, NOTHING).area;
				if (pending ? second == expected : second != expected)
					fail("states %d and %d: area %d after %d", a, b, second, expected);
			}
		}
	}
	report("the newest part that is good and has not failed is used", tried);
}

static void refuse(const char *what, uint32_t at)
{
	if (live(POWER_FOREVER, NOTHING).area != NOBODY)
		fail("a part is used with %s at %u", what, (unsigned)at);
}

static void damage(void)
{
	static const struct state fresh = {GOOD, CLEAR, CLEAR, CLEAR};
	long tried = 0;
	plant_part(0, 1, states[0]);
	plant_part(1, 7, fresh);
	uint32_t address = area_address(1), length;
	memcpy(&length, chip + record_address(1) + 8, 4);
	for (uint32_t at = 0; at < length; at += at < length - TRAILER ? 5 : 1, tried++) {
		/* who the part is for was judged when it was installed; its signature, too */
		uint32_t in_trailer = at - (length - TRAILER);
		if (at >= length - TRAILER && in_trailer >= 12 && in_trailer != 14 && (in_trailer < 120 || in_trailer >= 152))
			continue;
		chip[address + at] ^= 4;
		refuse("a flipped bit", at);
		chip[address + at] ^= 4;
	}
	for (uint32_t at = 0; at < 16; at++, tried++) {
		chip[record_address(1) + at] ^= 1;
		refuse("a flipped bit in its record", at);
		chip[record_address(1) + at] ^= 1;
	}
	for (uint32_t wrong = length - 16; wrong <= length + 16; wrong += 32, tried++) {
		uint32_t record[4] = {0x4f53574c, 7, wrong};
		record[3] = crc32_le(UINT32_MAX, record, 12);
		chip_plant(record_address(1), record, sizeof(record));
		refuse("another length", wrong);
	}
	plant_part(1, 7, fresh);
	if (live(POWER_FOREVER, CONFIRM).area != 1)
		fail("a good part is not used");
	report("a damaged part is not used", tried);
}

/* A part goes over the bytes that it was made for, and over no others. */
static void change_base(void)
{
	static const struct state valid = {GOOD, 0, 0, CLEAR};
	uint32_t length = 0;
	plant_part(0, 1, states[0]);
	plant_part(1, 7, valid);
	memcpy(&length, chip + record_address(1) + 8, 4);
	chip[slot.offset + length - TRAILER] ^= 1;
	refuse("a base without trailer", 0);
	chip[slot.offset + length - TRAILER] ^= 1;
	plant_signed(slot.offset, 2, 'c', NULL);
	refuse("another base", 0);
	/* the trailer of the old one left behind a new one of the same length */
	uint8_t old[TRAILER];
	plant_base();
	memcpy(old, chip + slot.offset + length - TRAILER, TRAILER);
	plant_signed(slot.offset, 2, 'c', NULL);
	chip_plant(slot.offset + length - TRAILER, old, TRAILER);
	refuse("another base under the old trailer", 0);
	plant_base();
	if (live(POWER_FOREVER, NOTHING).area != 1)
		fail("the part is not used over its own base");
	report("a part is used over its own base alone", 3);
}

static void cut_everywhere(void)
{
	long cuts = 0;
	for (int s = 3; s < STATES; s++) {
		for (enum act what = NOTHING; what <= REJECT; what++) {
			bool held = false;
			for (int64_t at = 1; !held && at < CUT_MAX; at++, cuts++) {
				static const struct state old = {GOOD, 0, 0, CLEAR};
				/* rejecting while no part is on probation rejects the application */
				select_slot(OTADATA_VALID);
				plant_part(0, 7, old);
				plant_part(1, 8, states[s]);
				struct outcome first = live(at, what);
				held = first.held;
				int second = live(POWER_FOREVER, NOTHING).area, third = live(POWER_FOREVER, NOTHING).area;
				bool was_valid = states[s].valid != CLEAR && states[s].aborted == CLEAR, ran = first.area == 1;
				const char *wrong =
					second < 0 && !(what == REJECT && second == NOBODY) ? "no part is used" :
					was_valid && what != REJECT && third != 1 ? "a part that is to stay is lost" :
					!was_valid && ran && what == NOTHING && second == 1 ? "a part runs twice on probation" :
					held && ran && what == CONFIRM && third != 1 ? "a confirmed part is lost" :
					held && ran && !was_valid && what == REJECT && second == 1 ? "a rejected part comes back" :
					second == 0 && third == 1 ? "what was given up comes back" : NULL;
				if (wrong)
					fail("state %d, act %d, cut %d: %s (areas %d %d %d)", s, what, (int)at, wrong, first.area, second, third);
			}
		}
	}
	report("wherever the power is cut, the new part is used, or the one before", cuts);
}

/* The application is judged before its part. */
static void both_pending(void)
{
	static const struct state fresh = {GOOD, CLEAR, CLEAR, CLEAR};
	uint32_t state;
	plant_part(0, 1, states[0]);
	for (enum act what = NOTHING; what <= REJECT; what++) {
		plant_part(1, 8, fresh);
		select_slot(OTADATA_NEW);
		if (!live(POWER_FOREVER, what).pending)
			fail("a new application is on no probation");
		otadata_state(0, &state);
		if (state != (what == CONFIRM ? OTADATA_VALID : what == REJECT ? OTADATA_INVALID : OTADATA_PENDING))
			fail("act %d leaves the application in state %u", what, (unsigned)state);
		bool valid = chip[record_address(1) + 20] == 0, aborted = chip[record_address(1) + 24] == 0;
		if (valid != (what == CONFIRM) || aborted)
			fail("act %d: the part is valid %d, aborted %d", what, valid, aborted);
	}
	report("an application and its part are confirmed together, and rejected as one", 3);
}

static void standard(void)
{
	slot = ota_0_partition;
	table_plant_standard();
	select_slot(OTADATA_VALID);
	plant_base();
	choose();
	damage();
	change_base();
	cut_everywhere();
	both_pending();
}

/* A slot whose first area begins where the application does: only the second one is free. */
static void small_slot(void)
{
	static const struct state valid = {GOOD, 0, 0, CLEAR};
	slot = (struct partition){"ota_0", PARTITION_APP, APP_OTA_FIRST, 0x1f0000, 2 * AREA_SIZE};
	const struct partition list[] = {otadata_partition, factory_partition, slot};
	table_plant(list, 3);
	select_slot(OTADATA_VALID);
	plant_base();
	plant_part(1, 1, valid);
	uint32_t record[7] = {0x4f53574c, 2, IMAGE_MAX};
	record[3] = crc32_le(UINT32_MAX, record, 12);
	chip_plant(record_address(0), record, sizeof(record));
	if (live(POWER_FOREVER, NOTHING).area != 1)
		fail("an area inside of the application counts");
	report("an area that the application reaches into is none", 1);
}

/* The first area would begin before the slot. */
static void tiny_slot(void)
{
	static const struct state valid = {GOOD, 0, 0, CLEAR};
	slot = (struct partition){"ota_0", PARTITION_APP, APP_OTA_FIRST, 0x1f0000, 2 * AREA_SIZE - 0x10000};
	const struct partition list[] = {otadata_partition, factory_partition, slot};
	table_plant(list, 3);
	plant_base();
	plant_part(0, 1, valid);
	refuse("no room for areas", 0);
	report("a slot without room has no areas", 1);
}

int main(void)
{
	chip_start();
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	image_plant(factory_partition.offset);
	in_child(standard);
	in_child(small_slot);
	in_child(tiny_slot);
	return 0;
}
