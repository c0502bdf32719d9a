/*
 * mem_lock.h - the lock records of the mem store: a list.
 */
#ifndef MEM_LOCK_H
#define MEM_LOCK_H

#include "dav/store.h"

struct mem_lock;

enum err mem_lock_save(
    struct mem_lock **list, const struct lock_record *record) MUST_CHECK;
void mem_lock_drop(struct mem_lock **list, struct str token);
void mem_lock_drop_tree(struct mem_lock **list, struct str path);
enum err mem_lock_each(const struct mem_lock *list,
    enum err (*see)(void *context, const struct lock_record *record),
    void *context) MUST_CHECK;

#endif
