/*
 * op_list.h - a list of operations, and what they weigh together.  An
 * operation is in one list at most.  For the files of src/op only; locked.
 */
#ifndef OP_LIST_H
#define OP_LIST_H

#include <stddef.h>

struct operation;

struct op_list {
	struct operation *first;
	struct operation *last;
	size_t count;
	size_t size; /* the sum of kept_size */
};

void op_list_append(struct op_list *list, struct operation *operation);

/* Before those that ended later. */
void op_list_insert(struct op_list *list, struct operation *operation);
void op_list_remove(struct op_list *list, struct operation *operation);

#endif
