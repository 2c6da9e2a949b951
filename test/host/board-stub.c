/*
 * The board of the tests: just what the units about flash call. The chip is a memory file that the device opens like any other; the
 * tests change it through a mapping of their own, which stays accessible when the device's is closed off.
 */
#include "board-stub.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLE 0x8000u
#define TABLE_ENTRY 32

static struct board the_board = {.power_cut_after = -1};
struct board *board = &the_board;
struct options options;
uint8_t *chip;
int warnings;

const struct partition nvs_partition = {"nvs", PARTITION_DATA, DATA_NVS, 0x9000, 0x6000};
const struct partition otadata_partition = {"otadata", PARTITION_DATA, DATA_OTADATA, 0xf000, 0x2000};
const struct partition factory_partition = {"factory", PARTITION_APP, APP_FACTORY, 0x20000, 0x1d0000};
const struct partition ota_0_partition = {"ota_0", PARTITION_APP, APP_OTA_FIRST, 0x1f0000, 0x210000};

static jmp_buf switched_off;
static bool running, ended;
static int status_of_end;
static int64_t operations_done;
static char last_line[256];
static uint32_t chance = 1;

void console(char level, const char *tag, const char *format, ...)
{
	va_list arguments;
	int length = snprintf(last_line, sizeof(last_line), "%c %s: ", level, tag);
	va_start(arguments, format);
	vsnprintf(last_line + length, sizeof(last_line) - (size_t)length, format, arguments);
	va_end(arguments);
	warnings += level == 'W' || level == 'E';
}

bool console_said(const char *text)
{
	bool said = strstr(last_line, text) != NULL;
	last_line[0] = 0;
	return said;
}

void board_power_off(int status)
{
	if (!running)
		fail("the board switched itself off with status %d", status);
	status_of_end = status;
	longjmp(switched_off, 1);
}

bool power_holds(int64_t operations, void (*run)(void))
{
	board->power_cut_after = operations;
	running = true;
	ended = false;
	if (!setjmp(switched_off)) {
		run();
		ended = true;
	}
	running = false;
	operations_done = operations - board->power_cut_after;
	board->power_cut_after = -1;
	return ended;
}

int64_t power_operations(void)
{
	return operations_done;
}

int power_status(void)
{
	return status_of_end;
}

void chip_start(void)
{
	static char path[32];
	int fd = memfd_create("flash", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, FLASH_SIZE) < 0)
		fail("no memory file");
	chip = mmap(NULL, FLASH_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (chip == MAP_FAILED)
		fail("no memory for the chip");
	chip_blank(0, FLASH_SIZE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	options.flash = path;
	flash_open();
}

void chip_plant(uint32_t address, const void *data, uint32_t length)
{
	memcpy(chip + address, data, length);
}

void chip_blank(uint32_t address, uint32_t length)
{
	memset(chip + address, 0xff, length);
}

void chip_expose(uint32_t address, uint32_t length)
{
	const uint8_t *device = flash_map();
	ASAN_UNPOISON_MEMORY_REGION(device, FLASH_SIZE);
	ASAN_POISON_MEMORY_REGION(device, address);
	ASAN_POISON_MEMORY_REGION(device + address + length, FLASH_SIZE - address - length);
}

void table_plant(const struct partition *list, int count)
{
	chip_blank(TABLE, FLASH_BLOCK);
	uint8_t *entry = chip + TABLE;
	for (int i = 0; i < count; i++, entry += TABLE_ENTRY) {
		memset(entry, 0, TABLE_ENTRY);
		memcpy(entry, (uint8_t[]){0xaa, 0x50, list[i].type, list[i].subtype}, 4);
		memcpy(entry + 4, &list[i].offset, 4);
		memcpy(entry + 8, &list[i].size, 4);
		memcpy(entry + 12, list[i].label, 16);
	}
	memset(entry, 0xeb, 2);
	md5(chip + TABLE, (size_t)(entry - (chip + TABLE)), entry + 16);
}

void table_plant_standard(void)
{
	const struct partition phy_init = {"phy_init", PARTITION_DATA, 0x01, 0x11000, 0x1000};
	table_plant((struct partition[]){nvs_partition, otadata_partition, phy_init, factory_partition, ota_0_partition}, 5);
}

/* xorshift32 */
void random_start(uint32_t seed)
{
	chance = seed * 2654435761u | 1;
}

uint32_t random_bits(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 17;
	chance ^= chance << 5;
	return chance;
}

uint32_t random_below(uint32_t limit)
{
	return (uint32_t)((uint64_t)random_bits() * limit >> 32);
}

void report(const char *property, long cases)
{
	if (cases <= 0)
		fail("%s: no case was tried", property);
	printf("ok %s: %ld cases\n", property, cases);
	fflush(stdout);
}

void fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fputs("FAILED ", stderr);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nlast line on the console: %s\n", last_line);
	_exit(1);
}

void in_child(void (*run)(void))
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		run();
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("no child process");
	if (status)
		fail("a child process ended with wait status 0x%x", (unsigned)status);
}
