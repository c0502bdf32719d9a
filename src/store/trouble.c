/*
 * trouble.c - see trouble.h.
 */
#include "store/trouble.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static const char *_Atomic last;
static atomic_int_least64_t last_s;

void
trouble_tell(const char *why)
{
	struct timespec now;
	int64_t before_s;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	before_s = atomic_exchange(&last_s, now.tv_sec);
	if (atomic_exchange(&last, why) == why && before_s == now.tv_sec)
		return;
	(void)fprintf(stderr, "tarry: the storage failed: %s\n", why);
}
