/*
 * prop_live.h - the table of live properties, for the prop_ files.
 */
#ifndef PROP_LIVE_H
#define PROP_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "dav/prop.h"

struct resource;

enum prop_live_of {
	PROP_LIVE_OF_ALL,
	PROP_LIVE_OF_FILES,
	PROP_LIVE_OF_FOLDERS
};

struct prop_live {
	struct str space;
	struct str name;
	struct str start; /* the tags, with what they declare */
	struct str end;
	enum prop_live_of of; /* resources that have it */
	bool is_in_allprop;
	bool is_protected;  /* no PROPPATCH may set it */
	bool is_kept;       /* a value that was set, the store's, goes first */
	bool sets_modified; /* setting it touches the resource */
	/* Adds the value; NULL: it has none unless one was set. */
	enum err (*write)(const struct prop_subject *subject, struct buf *out);
};

/* The table; its end has a name of no octets. */
extern const struct prop_live prop_live_table[];

/* NULL: a property of that name is dead. */
const struct prop_live *prop_live_find(struct str space, struct str name);

/* Whether this resource has it, without one having been set. */
bool prop_live_is_of(
    const struct prop_live *live, const struct resource *resource);

/* Adds the whole element, or nothing.  ERR_ABSENT: it has none. */
enum err prop_live_write(const struct prop_live *live,
    const struct prop_subject *subject, struct buf *out) MUST_CHECK;

#endif
