/*
 * permit.h - the rules of access.h, applied to a request: to its target, to
 * its Destination, and to every member of what it works on.
 *
 * Rights change only at the paths of rules.  So nothing has to be walked to
 * know what a user may do with the members of a tree: it is enough to look
 * whether there is something at those few paths, before anything is touched.
 *
 * The rules know paths as the client does, here all are the store's.
 */
#ifndef PERMIT_H
#define PERMIT_H

#include <stdbool.h>

#include "base/err.h"
#include "dav/access.h"
#include "dav/call.h"
#include "dav/store.h"

/* What the one who asks may do at path; nothing, where it is reserved. */
unsigned permit_rights(const struct call *call, struct str path);
bool permit_has(const struct call *call, struct str path, unsigned rights);

/*
 * What the method needs of target and Destination (method.def).  Else 403, and
 * 404 to who has no right at all there and asks for what there is, so that it
 * answers like nothing; or 401, to nobody, where somebody may be let in.
 */
enum step permit_call(struct call *call);

/* That answer, for a right that a method finds it needs. */
enum step permit_refuse(struct call *call);

/*
 * Whoever works on a tree needs these rights of all its members, and to list
 * each of its collections, so that what goes wrong in it may be named.
 */
struct permit_tree {
	struct str path;
	bool is_collection;
	unsigned rights;
	bool names_root; /* in a 207, as 424: of LOCK (RFC 4918, 9.10.3) */
};

/*
 * 403, or a 207 that names each topmost member that stands against it; 403
 * also where a rule hides a path below, whether there is something or not.
 */
enum step permit_tree(struct call *call, const struct permit_tree *tree);

/*
 * COPY and MOVE: 403 or 207 where a member of call->path would come to a place
 * below call->destination at which the user must not write.
 */
enum step permit_landing(struct call *call);

/*
 * The admit of a COPY's copy_options: a member that may not be read fails, as
 * does a collection that may not be listed; one that is hidden is left out.
 */
enum err permit_admit(void *context, struct str path, bool is_collection);

/* Whether permit_admit() could say anything but ERR_NONE below call->path. */
bool permit_is_uniform(const struct call *call);

#endif
