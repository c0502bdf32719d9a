/*
 * fs_rig.h - an fs store over a temporary directory.
 */
#ifndef FS_RIG_H
#define FS_RIG_H

#include "store/fs.h"
#include "store_tool.h"

enum { FS_RIG_PATH_SIZE = 512 };

struct fs_rig {
	struct store_rig base;
	char top[FS_RIG_PATH_SIZE];  /* all that the test has on disk */
	char root[FS_RIG_PATH_SIZE]; /* served */
	struct fs_options options;
};

/* As fixtures of cmocka; the store is open. */
int fs_rig_setup(void **state);
int fs_rig_teardown(void **state);

struct fs_rig *fs_rig_of(void **state);
void fs_rig_close(struct fs_rig *rig);
void fs_rig_open(struct fs_rig *rig);
enum err fs_rig_try_open(struct fs_rig *rig);

/* The path on disk of a name in the root: until the next call. */
const char *fs_rig_path(struct fs_rig *rig, const char *path);

/* rm -rf below a directory, which stays. */
void fs_rig_clear(const char *directory);

/* How many names there are below a directory, at any depth. */
int fs_rig_count(const char *directory);

/* A closed store is opened again by somebody who may not do everything, whose
 * the root is now.  False: that cannot be. */
bool fs_rig_become_nobody(void);
void fs_rig_become_oneself(void);

#endif
