/*
 * The flash chip: 4 MB of NOR in a file. A write clears bits, an erase sets the bits of whole blocks, and the power can fail in the
 * middle of either. The file is mapped shared, so that whatever happened before the process ended is there at the next power on.
 */
#include "flash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_UNUSABLE 66	/* sysexits EX_NOINPUT */

static uint8_t *flash;

static void refuse(const char *reason)
{
	console('E', "flash", "%s: %s", options.flash, reason);
	board_power_off(EXIT_UNUSABLE);
}

static void fill_blank(int fd)
{
	uint8_t block[FLASH_BLOCK];
	memset(block, 0xff, sizeof(block));
	for (uint32_t address = 0; address < FLASH_SIZE; address += FLASH_BLOCK) {
		if (pwrite(fd, block, sizeof(block), address) != (ssize_t)sizeof(block)) {
			int error = errno;
			unlink(options.flash);
			refuse(strerror(error));
		}
	}
}

void flash_open(void)
{
	if (flash)
		return;
	int fd = open(options.flash, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		fd = open(options.flash, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd >= 0)
			fill_blank(fd);
	}
	if (fd < 0)
		refuse(strerror(errno));
	/* two devices on one chip would destroy each other's data; the lock goes with the process */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		refuse("another virtual device uses this file");
	struct stat status;
	if (fstat(fd, &status) < 0)
		refuse(strerror(errno));
	if (!S_ISREG(status.st_mode) || status.st_size != FLASH_SIZE)
		refuse("a flash file has exactly 4194304 bytes");
	flash = mmap(NULL, FLASH_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (flash == MAP_FAILED)
		refuse(strerror(errno));
}

const uint8_t *flash_map(void)
{
	flash_open();
	return flash;
}

/* Counts one operation; true if the power fails during it. */
static bool power_fails(void)
{
	board->flash_operations++;
	return board->power_cut_after >= 0 && --board->power_cut_after <= 0;
}

static void power_cut(const char *operation, uint32_t address)
{
	console('W', "flash", "power cut during %s at 0x%06x", operation, (unsigned)address);
	board_power_off(0);
}

bool flash_write(uint32_t address, const void *data, uint32_t length)
{
	if (address > FLASH_SIZE || length > FLASH_SIZE - address)
		return false;
	flash_open();
	const uint8_t *source = data;
	while (length) {
		uint32_t part = FLASH_BLOCK - address % FLASH_BLOCK;
		if (part > length)
			part = length;
		bool cut = power_fails();
		uint32_t written = cut ? part / 2 : part;
		for (uint32_t i = 0; i < written; i++)
			flash[address + i] &= source[i];
		if (cut)
			power_cut("a write", address);
		address += part;
		source += part;
		length -= part;
	}
	return true;
}

bool flash_erase(uint32_t address, uint32_t length)
{
	if (address > FLASH_SIZE || length > FLASH_SIZE - address || address % FLASH_BLOCK || length % FLASH_BLOCK)
		return false;
	flash_open();
	for (uint32_t end = address + length; address < end; address += FLASH_BLOCK) {
		bool cut = power_fails();
		memset(flash + address, 0xff, cut ? FLASH_BLOCK / 2 : FLASH_BLOCK);
		if (cut)
			power_cut("an erase", address);
	}
	return true;
}
