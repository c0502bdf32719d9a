/*
 * access.h - who may do what, and where: the rules of a server.
 *
 *	new -> add, add, ... -> (shared: never changed again) -> ref, unref
 *
 * A rule is WHO PATH RIGHTS:
 *
 *	WHO     a user's name; "*" everyone; "@" whoever has a name; "-" who
 *	        has none.  Percent-encoded where it holds a space, a "%", or is
 *	        one of the three signs
 *	PATH    as in a URL, from the root that the user sees: that collection
 *	        and all in it; /a is not about /ab
 *	RIGHTS  none, all, or some of read,write,delete,list
 *
 * For a user and a path the last rule that is about both decides, alone; where
 * there is none, everything is allowed.  What is at a path does not matter: a
 * path of which somebody has no right at all does not exist for him.
 *
 * No rules at all are NULL, everywhere here.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct access;

enum access_right {
	ACCESS_READ = 1,   /* content and properties */
	ACCESS_WRITE = 2,  /* making and changing them; locks */
	ACCESS_DELETE = 4, /* taking a name away, or what it stands for */
	ACCESS_LIST = 8,   /* the members of a collection */
	ACCESS_LOOK = 16,  /* of them who may read or list: live properties */
};

#define ACCESS_NONE 0u
#define ACCESS_ALL                                                             \
	(0u | ACCESS_READ | ACCESS_WRITE | ACCESS_DELETE | ACCESS_LIST |       \
	    ACCESS_LOOK)

struct access_rule {
	struct str who; /* a name, or one of the three signs */
	bool is_sign;
	struct str path; /* normalised */
	unsigned rights;
};

struct access *access_new(void); /* NULL: no memory */
struct access *access_ref(struct access *access);
void access_unref(struct access *access);

/*
 * Takes one more rule, before anybody else has the rules.  ERR_SYNTAX, with
 * words in why: it is none.  ERR_LIMIT: ACCESS_RULE_COUNT_MAX.  ERR_MEMORY.
 */
enum err access_add(
    struct access *access, struct str text, struct buf *why) MUST_CHECK;

/* What that principal, who may be nobody (""), may do there. */
unsigned access_rights(
    const struct access *access, struct str principal, struct str path);

/*
 * Every other path at which his rights may change, below that one: calls see()
 * for each rule's, also twice, until it returns false.
 */
void access_below(const struct access *access, struct str principal,
    struct str path, bool (*see)(void *context, struct str below),
    void *context);

/* Whether there is none: what holds at path holds for all members. */
bool access_is_uniform_below(
    const struct access *access, struct str principal, struct str path);

/* For who looks at the rules themselves.  NULL: there are no more. */
const struct access_rule *access_rule_at(
    const struct access *access, size_t index);

/* Whether a later rule decides wherever that one is about something. */
bool access_is_overruled(const struct access *access, size_t index);

/*
 * The rules of a running server, which others may take the place of: who
 * begins something takes those of that moment, and keeps to them.
 */
struct access_slot;

struct access_slot *access_slot_new(void); /* NULL: no memory */
void access_slot_free(struct access_slot *slot);
void access_slot_put(
    struct access_slot *slot, struct access *access); /* takes it */

/* A reference; slot may be NULL. */
struct access *access_slot_take(struct access_slot *slot);

#endif
