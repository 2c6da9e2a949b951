/*
 * What the natives for chips share: arguments, with the errors that the virtual device has for them, and the check of an image.
 */
#ifndef LWS_ESP32_H
#define LWS_ESP32_H

#include <stdbool.h>
#include <stdint.h>

#include "xsmc.h"

#include "esp_partition.h"

typedef struct {
	uint8_t *data;
	xsUnsignedValue length;
} Bytes;

/* The bytes of an argument. The pointer holds as long as the machine allocates nothing. */
static inline Bytes bytesOf(xsMachine *the, int index, bool writable)
{
	Bytes bytes;
	void *data;

	if (writable)
		xsmcGetBufferWritable(xsArg(index), &data, &bytes.length);
	else
		xsmcGetBufferReadable(xsArg(index), &data, &bytes.length);
	bytes.data = data;
	return bytes;
}

/* An integer in [low, high], or a RangeError. */
static inline uint32_t numberOf(xsMachine *the, int index, uint32_t low, uint32_t high)
{
	double value = xsmcToNumber(xsArg(index));

	if (!(value >= low && value <= high) || value != (uint32_t)value)
		xsRangeError("out of range");
	return (uint32_t)value;
}

/* A place in a buffer, at least `low`, or a RangeError. */
static inline uint32_t placeOf(xsMachine *the, int index, uint32_t low, uint32_t length)
{
	double value = xsmcToNumber(xsArg(index));

	if (!(value >= low && value <= length))
		xsRangeError("range outside the buffer");
	return (uint32_t)value;
}

/* Arguments 1 and 2 are a range of the buffer that argument 0 is. */
static inline Bytes partOf(xsMachine *the, bool writable)
{
	Bytes whole = bytesOf(the, 0, writable);
	uint32_t from = placeOf(the, 1, 0, whole.length), to = placeOf(the, 2, from, whole.length);

	/* a conversion of the arguments may have run a script: look again */
	whole = bytesOf(the, 0, writable);
	if (to > whole.length)
		xsRangeError("range outside the buffer");
	return (Bytes){ whole.data + from, to - from };
}

/* "" if the boot loader would boot it, else the word of Partition.verify(). */
const char *lwsVerifyImage(const esp_partition_t *partition);

/* Before app_main(). */
void lwsStartNvs(void);

/* Bytes of slots and of chunks that the machine has in use. */
void lwsMachineFigures(void *machine, uint32_t *slots, uint32_t *chunks);
bool lwsMachineStackIsFull(void *machine, int *hosts);

#endif
