/*
 * What the parts of the virtual device offer each other: the board that survives a reset, the event loop, the two heaps, the flash
 * chip and the bridge to JavaScript. Everything runs in one thread.
 */
#ifndef LWS_XS_HOST_H
#define LWS_XS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

/* --- board.c: options, and the state that a chip reset keeps (a power cut loses it) --------------------------------------------- */

struct options {
	const char *flash, *air, *control, *netns, *ap_address, *sta_address;
	int port_base, speed;		/* speed: of the device's time */
	size_t js_heap, native_heap;
	uint8_t mac[6];
	bool quiet;
};
extern struct options options;

enum reset_cause {
	RESET_POWER_ON, RESET_RESTART, RESET_EXCEPTION, RESET_REJECTION, RESET_MEMORY, RESET_NATIVE_MEMORY, RESET_STACK, RESET_DEAD_STRIP, RESET_WATCHDOG,
};

struct board {
	uint32_t rtc;			/* the RTC_NOINIT word */
	enum reset_cause cause;		/* why the present run started */
	bool button;			/* true while pressed */
	uint64_t power_on_us;		/* CLOCK_MONOTONIC of power on */
	int64_t clock_offset_us;	/* wall clock = time since power on + this */
	uint32_t boots;
	int64_t power_cut_after;	/* flash operations until the power fails; -1: never */
	uint64_t flash_operations;	/* since power on */
	char air[32768];		/* present air, in the syntax of the air file */
	char log_level;			/* set by the control socket: lines below are not printed; 0: as --quiet says */
	int control_fd, client_fds[8];	/* inherited over exec; -1: none */
};
extern struct board *board;

void board_reset(enum reset_cause cause) __attribute__((noreturn));	/* as a chip reset: never returns */
void board_power_off(int status) __attribute__((noreturn));
uint64_t board_ms(void), board_us(void);	/* since power on, as the device has it */
uint64_t board_real_ms(void);		/* CLOCK_MONOTONIC, however fast the device's time runs */
int64_t board_clock_us(void);		/* wall clock, microseconds since 1970 */
const char *board_cause_name(enum reset_cause cause);	/* the words of ResetReason in chip.ts */
void console(char level, const char *tag, const char *format, ...) __attribute__((format(printf, 3, 4)));	/* level E W I D */

/* --- loop.c: one epoll loop ------------------------------------------------------------------------------------------------------ */

struct loop_watch {
	int fd;
	void (*ready)(struct loop_watch *watch, uint32_t events);
	bool live;
};
void loop_watch_add(struct loop_watch *watch, uint32_t epoll_events);
void loop_watch_change(struct loop_watch *watch, uint32_t epoll_events);
void loop_watch_remove(struct loop_watch *watch);	/* safe at any time: no event of this turn reaches it any more */

struct loop_timer {
	uint64_t due;			/* board_ms() */
	void (*fire)(struct loop_timer *timer);
	struct loop_timer *next;
	bool live;
};
void loop_timer_start(struct loop_timer *timer, uint32_t delay_ms);	/* one shot; starting again moves it */
void loop_timer_stop(struct loop_timer *timer);
/* A timer with delay 0 fires in a later turn, never from inside loop_timer_start: natives use it to report things "from the event loop". */

int loop_watches(void), loop_timers(void);
void loop_run(void) __attribute__((noreturn));

/* --- heap.c: the native heap, counted and capped --------------------------------------------------------------------------------- */

void *heap_alloc(size_t size);		/* zeroed; NULL at the cap, as malloc on the chip */
void heap_free(void *block);
size_t heap_used(void), heap_peak(void);

/* --- flash.c: a 4 MB NOR chip in a file -------------------------------------------------------------------------------------------- */

#define FLASH_SIZE 0x400000u
#define FLASH_BLOCK 4096u
const uint8_t *flash_map(void);		/* read-only view of the whole chip, always up to date */
bool flash_write(uint32_t address, const void *data, uint32_t length);	/* clears bits only; counts one operation per 4096-byte block touched */
bool flash_erase(uint32_t address, uint32_t length);	/* whole blocks; one operation each */

struct partition { char label[17]; uint8_t type, subtype; uint32_t offset, size; };
int partitions(const struct partition **list);	/* from the table in flash */
const struct partition *partition_find(const char *label);

/* --- boot.c, image.c --------------------------------------------------------------------------------------------------------------- */

struct image {
	const uint8_t *archive;
	uint32_t archive_length, length;	/* length: of all of it in flash, without what may follow */
	const uint8_t *overlay;			/* archive of the JavaScript part in use, or NULL */
};
const char *image_verify(const struct partition *partition, struct image *image);	/* "" when it boots, else the word of Partition.verify(); image may be NULL */
const struct partition *boot_select(struct image *image);	/* the boot loader; exits 70 when nothing boots */
const struct partition *boot_running(void);

/* --- digest: sha.c ------------------------------------------------------------------------------------------------------------------ */

struct sha { uint32_t state[8]; uint64_t length; uint8_t block[64]; int words; };
void sha_start(struct sha *sha, int bits);	/* 1 or 256 */
void sha_update(struct sha *sha, const void *data, size_t length);
int sha_finish(struct sha *sha, uint8_t out[32]);	/* length of the hash */

/* --- js.c: the machine and its natives ---------------------------------------------------------------------------------------------- */

typedef void (*native_function)(xsMachine *the);
struct native {
	const char *name;
	void *function;			/* native_function, or xsDestructor for a destructor */
};
/* Each file of natives exports a table that ends with {NULL, NULL}; js.c lists the tables. */
extern const struct native natives_bytes[], natives_sockets[], natives_udp[], natives_netif[], natives_flash[], natives_boot[], natives_chip[], natives_digest[],
	natives_deflate[], natives_timer[], natives_time[], natives_resource[], natives_keyvalue[], natives_wifi[], natives_digital[], natives_pwm[], natives_data[], natives_serial[],
	natives_tls[], natives_certificate[], natives_signature[];

extern xsMachine *js_the;
/* Names that C code mentions stand in flash on a chip: they cost no heap. The text must live as long as the machine (a literal). */
xsIdentifier js_id(xsMachine *the, const char *name);
#undef xsID
#define xsID(_NAME) js_id(the, _NAME)
void js_start(const struct image *image);	/* makes the machine and imports the module "main" */
/* A callback from the loop into JavaScript: xsBeginHost(js_the); … xsEndHost(js_the); as on the chip. What escapes it resets the chip. */
/* Call js_turn() after the last xsEndHost of an event: it runs promise jobs. loop.c does so after every watch and timer. */
void js_turn(void);
struct buffer_range { uint8_t *data; uint32_t length; };
/* ArrayBuffer, Uint8Array/DataView or HostBuffer argument → its bytes (do not hold over an allocation in the machine); throws TypeError. writable: throws for flash. */
struct buffer_range js_buffer(xsMachine *the, xsSlot *slot, bool writable);
/* Data of a host object that has these hooks; NULL for anything else, and after its data were set to NULL. Never throws. */
void *js_host_data(xsSlot *slot, const xsHostHooks *hooks);
/* Arguments from, to (indices of xsArg) checked against length: throws RangeError; returns from, stores to. */
uint32_t js_range(xsMachine *the, int from_arg, int to_arg, uint32_t length, uint32_t *to);

struct js_heap { size_t slots, chunks, base_slots, base_chunks, limit, peak; };	/* bytes; slots, chunks, limit, peak: beyond the bare machine */
struct js_heap js_heap(void);
void js_collect(void);			/* only between turns */
uint64_t js_bytecodes(void);		/* byte codes run since the machine started */

/* --- devices that the control socket drives and asks ----------------------------------------------------------------------------- */

void wifi_start(void);			/* at power on/reset: reads board->air */
void wifi_air_changed(void);		/* board->air was edited: links react as radio would */
void wifi_status(char *json, size_t size);	/* members without braces: "wifi":"gotIP","ssid":"…","address":"…","ap":"…" */
struct netif { bool up; uint32_t address, mask, gateway, dns; };	/* network byte order */
extern struct netif netif_station, netif_ap;
void sockets_netif_changed(void);	/* wifi.c calls it after changing a netif: listeners (un)bind, connections over a lost address end with "network down" */
bool peers_add(const char *text);	/* one --peer; false: malformed, or too many */
int sockets_count(void), listeners_count(void);
void button_changed(void);
bool serial_input(const uint8_t *bytes, int length);	/* false: no room */
void serial_output(char *json, size_t size);	/* what the device has written since, as a JSON object */
void led_trace(char *json, size_t size);	/* a JSON object */

#endif
