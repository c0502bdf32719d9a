/*
 * fake_store.h - a store for the tests of dav/ that need only its properties
 * and its locks: it is one resource, whatever its path, and fails when told to.
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include "dav/store.h"

enum { FAKE_COUNT_MAX = 128, FAKE_TEXT_SIZE_MAX = 512 };

struct fake_prop {
	char space[FAKE_TEXT_SIZE_MAX];
	char name[FAKE_TEXT_SIZE_MAX];
	char xml[FAKE_TEXT_SIZE_MAX];
};

struct fake_lock {
	char token[FAKE_TEXT_SIZE_MAX];
	char path[FAKE_TEXT_SIZE_MAX];
	struct lock_record record;
};

struct fake_store {
	struct store store; /* the first: that is how ops get here */

	struct fake_prop props[FAKE_COUNT_MAX];
	size_t prop_count;
	size_t props_calls;
	enum err props_err; /* after the first was told */
	enum err change_err;
	enum err look_err;
	enum err touch_err;
	enum err quota_err;
	int64_t modified_ns;

	struct fake_lock locks[FAKE_COUNT_MAX];
	size_t lock_count;
	enum err save_err;
	enum err drop_err;
	void (*saving)(void *context); /* called before a lock is saved */
	void (*dropping)(void *context);
	void *context;
};

void fake_store_init(struct fake_store *fake);
void fake_store_add(struct fake_store *fake, const char *space,
    const char *name, const char *xml);

/* The record of a token; NULL: it is not kept. */
const struct fake_lock *fake_store_lock(
    const struct fake_store *fake, struct str token);

#endif
