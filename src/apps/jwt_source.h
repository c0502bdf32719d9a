/*
 * jwt_source.h - where the keys of tokens come from: a file, or a URL, which a
 * thread of its own asks at the start, every hour, sooner after a failure, and
 * when a token names a key that is new.
 *
 *	new -> keys, miss, reload -> free
 *
 * What went wrong is told on standard error; the keys that are there stay.
 */
#ifndef JWT_SOURCE_H
#define JWT_SOURCE_H

#include <stdbool.h>

#include "base/check.h"
#include "base/err.h"

struct jwt_keys;
struct jwt_source;

enum {
	JWT_SOURCE_EVERY_S = 3600,
	JWT_SOURCE_RETRY_S = 30, /* after a failure, or for an unknown key */
	JWT_SOURCE_WAIT_S = 20,  /* for one answer */
};

/*
 * where outlives it.  changed is called with context, on any thread, when
 * there are other keys.  When it fails it has said why.
 */
struct jwt_source_options {
	const char *where; /* a path, or https:// or http:// */
	void (*changed)(void *context);
	void *context;
};
enum err jwt_source_new(const struct jwt_source_options *options,
    struct jwt_source **out_source) MUST_CHECK;

/* Any thread; the caller unrefs them.  NULL: there are none yet. */
struct jwt_keys *jwt_source_keys(struct jwt_source *source);

/*
 * A token names a key that is not there.  True: perhaps it will be soon, and
 * the client should try again.  Any thread.
 */
bool jwt_source_miss(struct jwt_source *source);

void jwt_source_reload(struct jwt_source *source);
void jwt_source_free(struct jwt_source *source); /* may be NULL */

#endif
