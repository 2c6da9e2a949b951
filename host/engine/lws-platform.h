/*
 * What XS needs to know about the place it runs on: a Linux process that plays a microcontroller. Included by the engine's own
 * xsPlatform.h through -DXSPLATFORM.
 */
#ifndef LWS_XS_PLATFORM_H
#define LWS_XS_PLATFORM_H

#undef mxLinux
#define mxLinux 1

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

/* As in the SDK's builds for chips: a native method is one slot, a map starts with one bucket. */
#define mxHostFunctionPrimitive 1
#define mxTableMinLength (1)

#if INTPTR_MAX == INT64_MAX
	#define mx32bitID 1
#endif

#define mxMachinePlatform \
	bool promiseJobs; \
	void *waiterCondition; \
	void *waiterData; \
	void *waiterLink;

/* The engine's diagnostics go to the console of the device and its dates come from the clock of the device. */
extern int platform_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern int platform_vprintf(const char *format, va_list arguments);
extern int platform_gettimeofday(struct timeval *now, void *zone);

/* What C code that also runs on a chip takes from its heap: the SDK's data modules, and ours. */
extern void *heap_alloc(size_t size);
extern void heap_free(void *data);

#define c_printf platform_printf
#define c_vprintf platform_vprintf
typedef struct timeval c_timeval;
#define c_timezone timezone
#define c_gettimeofday platform_gettimeofday

#endif
