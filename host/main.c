/*
 * The virtual device: options, power on, boot loader, firmware.
 */
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "air.h"
#include "board.h"
#include "host.h"

struct options options = {
	.ap_address = "127.0.0.1", .sta_address = "127.0.0.2", .port_base = 8000, .speed = 1, .js_heap = 114688, .native_heap = 81920,
	.mac = { 0x24, 0x0a, 0xc4, 0x00, 0x00, 0x01 },
};

static bool button_down;
static const char *clock_text = "0";

static const char help[] =
	"lws-xs-device: a virtual device that runs an lws-xs firmware image.\n"
	"\n"
	"  --flash FILE         the 4 MB flash chip; written to as the firmware writes (required)\n"
	"  --air FILE           radio around the device: one line per access point\n"
	"  --control PATH       unix socket to drive and question the device\n"
	"\n"
	"Network\n"
	"  --port-base N        port p of the device appears at port N + p of the addresses below (default 8000)\n"
	"  --ap-address A       loopback address that stands for the device's access point, 192.168.4.1 (default 127.0.0.1)\n"
	"  --sta-address A      loopback address that stands for the device as a station (default 127.0.0.2)\n"
	"  --peer FROM=TO       datagrams to FROM, an ADDRESS:PORT, go to TO instead, and its answers come from FROM (may be repeated)\n"
	"  --netns NAME         use the true addresses and ports, inside this network namespace (root only)\n"
	"\n"
	"Chip\n"
	"  --js-heap BYTES      JavaScript heap, its stack included (default 114688)\n"
	"  --native-heap BYTES  native heap (default 81920)\n"
	"  --mac HEX            base MAC address, 12 hex digits (default 240AC4000001)\n"
	"  --button down        the button is held at power on\n"
	"  --clock real|N       wall clock at power on: that of this computer, or N seconds since 1970 (default 0, as a chip)\n"
	"  --speed N            the device's time runs N times as fast as the world's, 1 to 1000: timers, clock, console, radio (default 1)\n"
	"\n"
	"  --quiet              no console lines below warning\n"
	"  --help               this text\n"
	"\n"
	"The console is standard error. Standard output tells the addresses. The process ends when the power goes: by a signal, by the\n"
	"control socket, or with status 70 when the flash chip holds nothing that boots.\n";

static void usage(const char *problem, const char *value)
{
	fprintf(stderr, "lws-xs-device: %s%s%s (--help lists the options)\n", problem, value ? ": " : "", value ? value : "");
	exit(64);
}

static long number(const char *name, const char *text, long low, long high)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (!*text || *end || value < low || value > high)
		usage(name, text);
	return value;
}

static void parse_mac(const char *text)
{
	if (strlen(text) != 12 || strspn(text, "0123456789abcdefABCDEF") != 12)
		usage("--mac takes 12 hex digits", text);
	for (int i = 0; i < 6; i++)
		sscanf(text + 2 * i, "%2hhx", &options.mac[i]);
}

enum {
	FLASH = 256, AIR, PORT_BASE, AP_ADDRESS, STA_ADDRESS, CONTROL, PEER, NETNS, JS_HEAP, NATIVE_HEAP, MAC, BUTTON, CLOCK, SPEED, QUIET, HELP,
};

static const struct option switches[] = {
	{ "flash", 1, 0, FLASH }, { "air", 1, 0, AIR }, { "port-base", 1, 0, PORT_BASE }, { "ap-address", 1, 0, AP_ADDRESS },
	{ "sta-address", 1, 0, STA_ADDRESS }, { "control", 1, 0, CONTROL }, { "peer", 1, 0, PEER }, { "netns", 1, 0, NETNS }, { "js-heap", 1, 0, JS_HEAP },
	{ "native-heap", 1, 0, NATIVE_HEAP }, { "mac", 1, 0, MAC }, { "button", 1, 0, BUTTON }, { "clock", 1, 0, CLOCK },
	{ "speed", 1, 0, SPEED }, { "quiet", 0, 0, QUIET }, { "help", 0, 0, HELP }, { 0, 0, 0, 0 },
};

static void parse_option(int option)
{
	switch (option) {
	case FLASH: options.flash = optarg; break;
	case AIR: options.air = optarg; break;
	case PORT_BASE: options.port_base = (int)number("--port-base", optarg, 0, 64512); break;
	case AP_ADDRESS: options.ap_address = optarg; break;
	case STA_ADDRESS: options.sta_address = optarg; break;
	case CONTROL: options.control = optarg; break;
	case PEER:
		if (!peers_add(optarg))
			usage("--peer takes ADDRESS:PORT=ADDRESS:PORT", optarg);
		break;
	case NETNS: options.netns = optarg; break;
	case JS_HEAP: options.js_heap = (size_t)number("--js-heap", optarg, 16384, 64 << 20); break;
	case NATIVE_HEAP: options.native_heap = (size_t)number("--native-heap", optarg, 0, 64 << 20); break;
	case MAC: parse_mac(optarg); break;
	case BUTTON:
		if (strcmp(optarg, "down") && strcmp(optarg, "up"))
			usage("--button takes down or up", optarg);
		button_down = !strcmp(optarg, "down");
		break;
	case CLOCK:
		if (strcmp(optarg, "real"))
			number("--clock takes real or seconds", optarg, 0, 0x7fffffff);
		clock_text = optarg;
		break;
	case SPEED: options.speed = (int)number("--speed", optarg, 1, 1000); break;
	case QUIET: options.quiet = true; break;
	case HELP: fputs(help, stdout); exit(0);
	default: exit(64);
	}
}

static void enter_namespace(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		perror("lws-xs-device: --netns");
		exit(71);
	}
	close(fd);
}

static void power_on(void)
{
	char error[256];

	board->button = button_down;
	board_set_clock(1000000 * (!strcmp(clock_text, "real") ? (int64_t)time(NULL) : (int64_t)atol(clock_text)));
	if (options.air && !air_load(options.air, error, sizeof error)) {
		fprintf(stderr, "lws-xs-device: --air %s: %s\n", options.air, error);
		exit(66);
	}
}

int main(int argc, char **argv)
{
	struct image image;
	int option;

	while ((option = getopt_long(argc, argv, "", switches, NULL)) != -1)
		parse_option(option);
	if (optind < argc)
		usage("unknown argument", argv[optind]);
	if (!options.flash)
		usage("--flash FILE is required", NULL);
	signal(SIGPIPE, SIG_IGN);
	setenv("TZ", "UTC0", 1);
	if (options.netns)
		enter_namespace(options.netns);
	if (board_start(argv))
		power_on();
	control_start();
	boot_select(&image);
	wifi_start();
	resource_start(&image);
	js_start(&image);
	loop_run();
}
