/*
 * Between the control socket and its commands.
 */
#ifndef LWS_XS_CONTROL_H
#define LWS_XS_CONTROL_H

#include <stddef.h>

#define CONTROL_JSON (96 * 1024)

/* Runs one command and writes its answer, without a line end. What is returned, if anything, is called after the answer was sent. */
typedef void (*control_after)(void);
control_after control_run(char *line, char *json, size_t size);

#endif
