/*
 * fs_walk.h - all members of a tree, each after what lies in it.
 *
 *	new -> next, next, ... -> free
 *
 * The stack has TREE_DEPTH_MAX places, each an open directory.  The walk never
 * follows a link and never enters what is mounted inside the tree.  Steps may
 * be unlinked as they come.
 */
#ifndef FS_WALK_H
#define FS_WALK_H

#include <stdbool.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"

struct fs_walk;

enum fs_walk_kind {
	FS_WALK_FILE,   /* anything that is no directory */
	FS_WALK_LEAVE,  /* a directory, after its members */
	FS_WALK_DEEP,   /* a directory that the stack has no place for */
	FS_WALK_FAILED, /* a directory that cannot be entered */
};

enum fs_walk_force {
	FS_WALK_AS_IT_IS,
	FS_WALK_FORCED, /* directories get the permissions they lack */
};

struct fs_walk_step {
	enum fs_walk_kind kind;
	int dir_fd;         /* of its directory */
	const char *name;   /* in it; until the next call, like path */
	unsigned char type; /* DT_REG ...; DT_UNKNOWN */
	bool has_failed;    /* LEAVE: a member was marked by fs_walk_fail() */
	struct str path;
	enum err err; /* FAILED: why */
};

/* path is what steps call the tree itself: without a final slash. */
enum err fs_walk_new(int dir_fd, const char *name, struct str path,
    enum fs_walk_force force, struct fs_walk **out_walk) MUST_CHECK;
/* ERR_ABSENT: that was the last. */
enum err fs_walk_next(
    struct fs_walk *walk, struct fs_walk_step *out_step) MUST_CHECK;
void fs_walk_fail(struct fs_walk *walk); /* the last step's directories */
int fs_walk_top_fd(const struct fs_walk *walk); /* until its LEAVE */
void fs_walk_free(struct fs_walk *walk);

#endif
