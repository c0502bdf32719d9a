/*
 * prop.h - properties: which there are, what they say, who may set them.
 *
 * A live property is one row in prop_live.c's table: its namespace, its name,
 * how its value is written, and whether a PROPPATCH may set it.  Everything
 * else is dead, and belongs to the store.  DAV:displayname and
 * DAV:getcontentlanguage may be set: their values are then kept like dead
 * ones; only the first has a default.
 *
 * PROPFIND is written by prop_find.c, PROPPATCH done by prop_patch.c.
 */
#ifndef PROP_H
#define PROP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "dav/store.h"

struct dav;
struct prop_live;
struct xml_node;

enum { PROPFIND_NAME_COUNT_MAX = 256, PROPPATCH_COUNT_MAX = 512 };

enum propfind_kind { PROPFIND_ALLPROP, PROPFIND_PROPNAME, PROPFIND_PROP };

struct prop_name {
	struct str space;
	struct str name;
	const struct prop_live *live; /* NULL: a dead one */
	struct prop_name *next;
};

/* What a PROPFIND asks for (RFC 4918, 14.20). */
struct propfind {
	enum propfind_kind kind;
	const struct prop_name *names; /* of prop, or of include; none twice */
};

/*
 * root is NULL for an empty body, which is allprop (9.1).  ERR_SYNTAX: not a
 * propfind: 400.  ERR_LIMIT: more than PROPFIND_NAME_COUNT_MAX names: 413.
 */
enum err prop_parse_propfind(const struct xml_node *root, struct arena *arena,
    struct propfind *out_propfind) MUST_CHECK;

/* One resource as PROPFIND looks at it. */
struct prop_subject {
	struct dav *dav;
	struct str path;
	struct str home; /* of who asks: not shown (home.h) */
	const struct resource *resource;
	int64_t wall_s;
};

/*
 * Writes the whole <D:response> of one resource, its propstats for 200 and 404.
 * What the store fails to tell is one more propstat, with its status.
 *
 * allprop is what RFC 4918 defines, the dead properties and what include names:
 * not the quota (RFC 4331, 2), nor what only repeats another (Win32...).
 */
void prop_write_response(const struct prop_subject *subject,
    const struct propfind *propfind, struct buf *out);

/*
 * <D:prop><D:lockdiscovery>...</D:lockdiscovery></D:prop>, a whole document,
 * for the answer to LOCK.
 */
void prop_write_lockdiscovery(
    const struct prop_subject *subject, struct buf *out);

/* <D:name/> or <name xmlns="space"/>. */
void prop_write_name(struct buf *out, struct str space, struct str name);

/* One instruction of a PROPPATCH, and what became of it. */
struct proppatch_item {
	struct prop prop; /* xml: the whole element, standing alone */
	const struct prop_live *live; /* NULL: a dead one */
	bool is_removed;
	int status;            /* 200, 403 (protected), 409, 424, 507 */
	const char *condition; /* "cannot-modify-protected-property", or NULL */
};

struct proppatch {
	struct proppatch_item *items;
	size_t count;
	bool sets_modified; /* Win32LastModifiedTime */
	int64_t modified_ns;
};

/*
 * Reads a DAV:propertyupdate and judges each instruction: all get 200, or the
 * bad ones their status and the rest 424.  ERR_SYNTAX: not one, or it has no
 * instruction: 400.  ERR_LIMIT: PROPPATCH_COUNT_MAX, or the arena is full: 413.
 */
enum err prop_parse_proppatch(const struct xml_node *root, struct arena *arena,
    struct proppatch *out_patch) MUST_CHECK;

/*
 * Does what the patch says, all or nothing.  Nothing is done, and all is well,
 * when an instruction was judged bad.  What the store refuses for want of space
 * becomes a status, too; any other error is returned.
 */
enum err prop_apply(
    struct store *store, struct str path, struct proppatch *patch) MUST_CHECK;

/* The 207 of a PROPPATCH, a whole document. */
void prop_write_proppatch(struct str path, bool is_collection,
    const struct proppatch *patch, struct buf *out);

#endif
