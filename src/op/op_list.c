/*
 * op_list.c - see op_list.h.
 */
#include "op/op_list.h"

#include "op/operation_inside.h"

static void
put_behind(struct op_list *list, struct operation *operation,
    struct operation *previous)
{
	operation->previous = previous;
	operation->next = previous == NULL ? list->first : previous->next;
	if (previous != NULL)
		previous->next = operation;
	else
		list->first = operation;
	if (operation->next != NULL)
		operation->next->previous = operation;
	else
		list->last = operation;
	list->count++;
	list->size += operation->kept_size;
}

void
op_list_append(struct op_list *list, struct operation *operation)
{
	put_behind(list, operation, list->last);
}

void
op_list_insert(struct op_list *list, struct operation *operation)
{
	struct operation *previous = list->last;

	while (previous != NULL && previous->ended_ms > operation->ended_ms)
		previous = previous->previous;
	put_behind(list, operation, previous);
}

void
op_list_remove(struct op_list *list, struct operation *operation)
{
	CHECK(list->count > 0);
	CHECK(list->size >= operation->kept_size);
	if (operation->previous != NULL)
		operation->previous->next = operation->next;
	else
		list->first = operation->next;
	if (operation->next != NULL)
		operation->next->previous = operation->previous;
	else
		list->last = operation->previous;
	operation->previous = NULL;
	operation->next = NULL;
	list->count--;
	list->size -= operation->kept_size;
}
