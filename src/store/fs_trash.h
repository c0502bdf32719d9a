/*
 * fs_trash.h - removed trees, and the thread that deletes them.
 *
 * A tree of any size goes by one rename: to the trash directory, or, on
 * another file system than that, to a reserved name beside it.  The reaper
 * deletes it when nobody needs the disk.  What is left when the store closes
 * is deleted at the next start.
 */
#ifndef FS_TRASH_H
#define FS_TRASH_H

#include "store/fs_state.h"
#include "store/meta_journal.h"

/* A name in a directory; path is the directory's, as clients call it. */
struct fs_trash_item {
	int dir_fd;
	const char *name;
	struct fs_place place;
	struct str path;
};

/* The thread begins with what lies in the trash. */
enum err fs_trash_start(struct fs *fs, struct fs_trash **out_trash) MUST_CHECK;
void fs_trash_stop(struct fs_trash *trash); /* NULL does nothing */

/* Whether that will be one rename and nothing else. */
bool fs_trash_is_near(const struct fs *fs, const struct fs_trash_item *item);

/* One rename; the caller makes it durable, and then releases it. */
enum err fs_trash_put(
    struct fs *fs, const struct fs_trash_item *item) MUST_CHECK;

/*
 * What was put there will not come back: the reaper may begin.  Before that
 * it would only make the caller's flush longer, by all that it deletes.
 */
void fs_trash_release(struct fs *fs);

/*
 * Deletes a tree of reserved name in a served directory, later; then the entry
 * of that id is ended.  Keeps no descriptor of the caller's.
 */
void fs_trash_take(
    struct fs *fs, int dir_fd, const char *name, int64_t journal_id);

/* Deletes a tree of reserved name now.  ERR_DENIED: some of it will not go. */
enum err fs_trash_reap(struct fs *fs, int dir_fd, const char *name) MUST_CHECK;

/* Something was put into the trash directory by other means. */
void fs_trash_wake(struct fs *fs);

#endif
