/*
 * Cuts the power at every flash operation of random work on NVS, and again at every operation of the recovery that follows. After
 * each cut every value must be the one before or the one after the step that was interrupted, and the store must go on working.
 */
#include "board-stub.h"
#include "nvs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACES 2
#define KEYS 24
#define STEPS_MAX 16
#define STEPS_AFTER 3			/* steps of work after a recovery */
#define VALUE_MAX 9000
#define PAGE_FREEING 0xf8		/* first byte of a page whose items are being moved */
#define OPENING (-1)

/* A round works on values put there before, then tries each cut of `steps` more; of every nth cut the recovery is cut, too. */
struct workload {
	uint32_t seed;
	int before, steps, nested_every;
	bool large;			/* values of up to several pages: pages must be moved, some values find no room */
};

struct value {
	uint8_t type;			/* 0: no value */
	uint32_t size;
	const uint8_t *data;
};
struct step { int space, key; struct value value; };

static const char *const names[SPACES] = {"lws-station", "x"};
static uint8_t spaces[SPACES];
static struct value model[SPACES][KEYS];
static struct step steps[STEPS_MAX];
static int step_count, in_flight;
static uint8_t pool[1 << 20], *pool_end;
static struct { long cuts, moving, nested, continued, refused, silent, starts; } seen;

static void make_value(struct value *value, bool large)
{
	static const uint8_t types[] = {
		NVS_U8, NVS_I16, NVS_U32, NVS_I64, NVS_STRING, NVS_STRING, NVS_STRING, NVS_BLOB, NVS_BLOB, NVS_BLOB,
	};
	value->type = types[random_below(sizeof(types))];
	if (value->type == NVS_STRING)
		value->size = 1 + random_below(large && random_below(8) == 0 ? NVS_STRING_MAX : 90);
	else if (value->type == NVS_BLOB)
		value->size = random_below(large && random_below(3) == 0 ? VALUE_MAX : 300);
	else
		value->size = value->type & 0x0fu;
	if (pool_end + value->size > pool + sizeof(pool))
		fail("the pool of values is too small");
	value->data = pool_end;
	for (uint32_t i = 0; i < value->size; i++)
		*pool_end++ = (uint8_t)(random_below(4) ? 1 + random_below(254) : 0xff);
	if (value->type == NVS_STRING)
		pool_end[-1] = 0;
}

static struct step make_step(bool large)
{
	struct step step = {.space = (int)random_below(SPACES), .key = (int)random_below(KEYS)};
	if (random_below(5))
		make_value(&step.value, large);
	return step;
}

static void key_name(int key, char name[NVS_NAME_SIZE])
{
	snprintf(name, NVS_NAME_SIZE, "key%d", key);
}

static void apply(const struct step *step)
{
	char name[NVS_NAME_SIZE];
	const struct value *value = &step->value;
	struct value *known = &model[step->space][step->key];
	key_name(step->key, name);
	int error = value->type ? nvs_set(spaces[step->space], value->type, name, value->data, value->size) :
		nvs_erase(spaces[step->space], name);
	if (!error)
		*known = *value;
	else if (value->type && error == NVS_NOT_ENOUGH_SPACE)
		seen.refused++;
	else if (value->type || error != NVS_NOT_FOUND || known->type)
		fail("step on %s/%s: error 0x%x", names[step->space], name, error);
}

static void power_on(void)
{
	nvs_start();
	/* the recovery may tell of a page that a cut left in the middle, but must not take what is unfinished for damage */
	if (console_said("entries are dropped"))
		fail("a power cut is taken for damage");
	seen.starts++;
	warnings = 0;
	for (int space = 0; space < SPACES; space++) {
		int error = nvs_open(names[space], true, &spaces[space]);
		if (error)
			fail("namespace %s does not open: 0x%x", names[space], error);
	}
}

static void work(void)
{
	in_flight = OPENING;
	power_on();
	for (in_flight = 0; in_flight < step_count; in_flight++)
		apply(&steps[in_flight]);
}

static bool holds(int space, int key, const struct value *value)
{
	static uint8_t data[VALUE_MAX];
	char name[NVS_NAME_SIZE];
	uint8_t type;
	uint32_t size;
	key_name(key, name);
	if (nvs_type(spaces[space], name, &type))
		return value->type == 0;
	if (type != value->type || nvs_size(spaces[space], type, name, &size) || size != value->size)
		return false;
	return !nvs_get(spaces[space], type, name, data, size) && !memcmp(data, value->data, size);
}

/* Everything is as the model says, and the iterator shows each key once. */
static void check(const char *when, int64_t cut)
{
	for (int space = 0; space < SPACES; space++) {
		bool shown[KEYS] = {false};
		char name[NVS_NAME_SIZE];
		struct nvs_iterator iterator = {.space = spaces[space]};
		while (nvs_next(&iterator, name)) {
			int key = atoi(name + 3);
			if (key < 0 || key >= KEYS || shown[key] || !model[space][key].type)
				fail("%s, cut %d: %s/%s is listed twice or should not be there", when, (int)cut, names[space], name);
			shown[key] = true;
		}
		for (int key = 0; key < KEYS; key++) {
			if (shown[key] != (model[space][key].type != 0))
				fail("%s, cut %d: %s/key%d is not listed", when, (int)cut, names[space], key);
			if (!holds(space, key, &model[space][key]))
				fail("%s, cut %d: %s/key%d is neither the old value nor the new one", when, (int)cut, names[space], key);
		}
	}
	if (warnings)
		fail("%s, cut %d: damage is reported again", when, (int)cut);
	seen.silent++;
}

/* The interrupted step has happened, or it has not: the model follows what is found. */
static void check_after_cut(const char *when, int64_t cut)
{
	const struct step *step = in_flight == OPENING || in_flight == step_count ? NULL : &steps[in_flight];
	if (step && holds(step->space, step->key, &step->value))
		model[step->space][step->key] = step->value;
	check(when, cut);
}

static bool is_moving(const uint8_t *image)
{
	for (uint32_t at = 0; at < nvs_partition.size; at += FLASH_BLOCK) {
		if (image[at] == PAGE_FREEING)
			return true;
	}
	return false;
}

static void cut_recovery(const uint8_t *dead, int64_t operations, int64_t cut)
{
	struct value before[SPACES][KEYS];
	memcpy(before, model, sizeof(before));
	for (int64_t nested = 1; nested <= operations; nested++) {
		chip_plant(nvs_partition.offset, dead, nvs_partition.size);
		memcpy(model, before, sizeof(before));
		if (power_holds(nested, power_on))
			fail("the recovery from cut %d ended before its operation %d", (int)cut, (int)nested);
		power_on();
		check_after_cut("recovery from a cut recovery", cut);
		seen.nested++;
	}
	chip_plant(nvs_partition.offset, dead, nvs_partition.size);
	memcpy(model, before, sizeof(before));
	power_on();
}

static void run(const struct workload *workload)
{
	static uint8_t start[0x6000], dead[0x6000];
	struct value known[SPACES][KEYS];
	random_start(workload->seed);
	pool_end = pool;
	memset(model, 0, sizeof(model));
	chip_blank(nvs_partition.offset, nvs_partition.size);
	if (workload->before)
		power_on();
	for (int i = 0; i < workload->before; i++) {
		struct step step = make_step(workload->large);
		apply(&step);
	}
	memcpy(start, chip + nvs_partition.offset, sizeof(start));
	memcpy(known, model, sizeof(known));
	for (step_count = 0; step_count < workload->steps; step_count++)
		steps[step_count] = make_step(workload->large);
	power_holds(POWER_FOREVER, work);
	int64_t total = power_operations();
	check("no cut", 0);

	for (int64_t cut = 1; cut <= total; cut++) {
		chip_plant(nvs_partition.offset, start, sizeof(start));
		memcpy(model, known, sizeof(known));
		if (power_holds(cut, work))
			fail("the work ended before cut %d of %d", (int)cut, (int)total);
		memcpy(dead, chip + nvs_partition.offset, sizeof(dead));
		seen.cuts++;
		seen.moving += is_moving(dead);
		power_holds(POWER_FOREVER, power_on);
		int64_t recovery = power_operations();
		if (cut % workload->nested_every == 0)
			cut_recovery(dead, recovery, cut);
		check_after_cut("recovery", cut);
		for (int i = 0; i < STEPS_AFTER; i++, seen.continued++)
			apply(&steps[random_below((uint32_t)step_count)]);
		check("work after a recovery", cut);
	}
}

int main(void)
{
	static const struct workload workloads[] = {
		{.seed = 1, .before = 0, .steps = 12, .nested_every = 1},
		{.seed = 2, .before = 60, .steps = 16, .nested_every = 3},
		{.seed = 3, .before = 300, .steps = 16, .nested_every = 3},
		{.seed = 4, .before = 60, .steps = 10, .nested_every = 151, .large = true},
		{.seed = 5, .before = 200, .steps = 16, .nested_every = 151, .large = true},
		{.seed = 6, .before = 120, .steps = 3, .nested_every = 151, .large = true},
	};
	chip_start();
	table_plant_standard();
	for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
		run(&workloads[i]);
	report("after a power cut every value is the old one or the new one, whole", seen.cuts);
	report("also when a page was being moved", seen.moving);
	report("also when the recovery is cut again", seen.nested);
	report("the iterator lists each key once, and nothing is reported damaged twice", seen.silent);
	report("what a cut leaves unfinished is not taken for damage", seen.starts);
	report("work goes on after a recovery", seen.continued);
	report("a value that finds no room leaves the old one", seen.refused);
	return 0;
}
