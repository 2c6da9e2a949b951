/*
 * What main.c and control.c alone need of the board.
 */
#ifndef LWS_XS_BOARD_H
#define LWS_XS_BOARD_H

#include "host.h"

#define CLIENTS (sizeof board->client_fds / sizeof *board->client_fds)

bool board_start(char **argv);		/* true at power on, false after a reset */
void board_set_clock(int64_t us);	/* wall clock, microseconds since 1970 */

/* control.c */
void control_start(void);

/* natives/resource.c: the image whose files Resource finds. */
void resource_start(const struct image *running);

/* engine: the next turn of the event loop begins. */
void meter_turn(void);

#endif
