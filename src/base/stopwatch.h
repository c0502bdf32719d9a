/*
 * stopwatch.h - lets a layer that reads no clock have its work timed: the one
 * who knows the clock fills it in.
 */
#ifndef STOPWATCH_H
#define STOPWATCH_H

#include <stdint.h>

struct stopwatch {
	int64_t (*start)(void *context);
	void (*stop)(void *context, int64_t started); /* what start() said */
	void *context;
};

#endif
