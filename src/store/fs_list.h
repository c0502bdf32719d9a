/*
 * fs_list.h - the members of one collection: one statx each, and one query of
 * the properties for all.
 */
#ifndef FS_LIST_H
#define FS_LIST_H

#include "store/fs_state.h"

enum err fs_list_new(
    struct fs *fs, struct str path, struct lister **out_lister) MUST_CHECK;
enum err fs_list_next(
    struct lister *lister, struct lister_entry *out_entry) MUST_CHECK;
void fs_list_free(struct lister *lister);

#endif
