/*
 * client_walk.h - a tree on a server, folder by folder (Depth: 1).
 *
 * Memory holds the members of one folder, sorted, and the names of folders
 * that are still to come.  A folder of very many members comes in several
 * parts, each sorted by itself.
 */
#ifndef CLIENT_WALK_H
#define CLIENT_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "client/tarry.h"

enum { WALK_PART_COUNT = 50000 };

struct client;

struct walk_member {
	const char *name;
	const char *etag;
	const char *url;
	int64_t size;
	int64_t modified_s;
	bool is_collection;
	bool is_locked;
};

struct walk {
	struct client *client;
	bool is_recursive;
	void *context;
	/*
	 * path: the folder's, from where the walk began: "" or "a/b/".
	 * Members of one part, sorted by name.  May be NULL.
	 */
	void (*folder)(void *context, const char *path,
	    const struct walk_member *members, size_t count);
	/* Whether to go into it.  May be NULL: into each. */
	bool (*enter)(
	    void *context, const char *path, const struct walk_member *member);
};

/*
 * What failed was noted with the client; the outcome is that of the first
 * folder.
 */
enum tarry_outcome walk_run(
    struct walk *walk, struct tarry *tarry, const char *url);

#endif
