/*
 * mem_lock.c - see mem_lock.h.
 */
#include "store/mem_lock.h"

#include <stdlib.h>

#include "store/mem_tree.h"

struct mem_lock {
	struct mem_lock *next;
	struct lock_record record; /* its texts follow in the same memory */
};

enum err
mem_lock_save(struct mem_lock **list, const struct lock_record *record)
{
	struct mem_lock *lock =
	    malloc(sizeof(*lock) + record->token.len + record->path.len +
	           record->owner.len + record->principal.len);
	char *room;

	if (lock == NULL)
		return ERR_MEMORY;
	room = (char *)(lock + 1);
	lock->record = *record;
	lock->record.token = str_put(&room, record->token);
	lock->record.path = str_put(&room, record->path);
	lock->record.owner = str_put(&room, record->owner);
	lock->record.principal = str_put(&room, record->principal);
	mem_lock_drop(list, record->token);
	lock->next = *list;
	*list = lock;
	return ERR_NONE;
}

void
mem_lock_drop(struct mem_lock **list, struct str token)
{
	for (; *list != NULL; list = &(*list)->next) {
		struct mem_lock *lock = *list;

		if (str_equal(lock->record.token, token)) {
			*list = lock->next;
			free(lock);
			return;
		}
	}
}

void
mem_lock_drop_tree(struct mem_lock **list, struct str path)
{
	while (*list != NULL) {
		struct mem_lock *lock = *list;

		if (mem_tree_holds(path, lock->record.path)) {
			*list = lock->next;
			free(lock);
		} else {
			list = &lock->next;
		}
	}
}

enum err
mem_lock_each(const struct mem_lock *list,
    enum err (*see)(void *context, const struct lock_record *record),
    void *context)
{
	for (; list != NULL; list = list->next) {
		enum err err = see(context, &list->record);

		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}
