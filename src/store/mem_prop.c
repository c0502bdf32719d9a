/*
 * mem_prop.c - see mem_prop.h.
 */
#include "store/mem_prop.h"

#include <stdlib.h>

struct mem_prop {
	struct mem_prop *next;
	struct prop prop; /* its texts follow in the same memory */
};

static enum err
add(struct mem_prop **list, const struct prop *prop)
{
	struct mem_prop *added = malloc(
	    sizeof(*added) + prop->space.len + prop->name.len + prop->xml.len);
	char *room;

	if (added == NULL)
		return ERR_MEMORY;
	room = (char *)(added + 1);
	added->prop.space = str_put(&room, prop->space);
	added->prop.name = str_put(&room, prop->name);
	added->prop.xml = str_put(&room, prop->xml);
	added->next = *list;
	*list = added;
	return ERR_NONE;
}

static void
take(struct mem_prop **list, const struct prop *prop)
{
	for (; *list != NULL; list = &(*list)->next) {
		struct mem_prop *at = *list;

		if (str_equal(at->prop.space, prop->space) &&
		    str_equal(at->prop.name, prop->name)) {
			*list = at->next;
			free(at);
			return;
		}
	}
}

static size_t
count_of(const struct mem_prop *list)
{
	size_t count = 0;

	for (; list != NULL; list = list->next)
		count++;
	return count;
}

static enum err
apply(struct mem_prop **list, const struct prop_change *change)
{
	const struct prop *prop = &change->prop;

	if (prop->space.len + prop->name.len > PROP_SIZE_MAX)
		return ERR_LIMIT;
	take(list, prop);
	if (change->is_removed)
		return ERR_NONE;
	return prop->xml.len > PROP_SIZE_MAX ? ERR_LIMIT : add(list, prop);
}

enum err
mem_prop_change(
    struct mem_prop **list, const struct prop_change *changes, size_t count)
{
	struct mem_prop *changed = NULL;
	enum err err;

	err = mem_prop_copy(*list, &changed);
	for (size_t i = 0; i < count && err == ERR_NONE; i++)
		err = apply(&changed, &changes[i]);
	if (err == ERR_NONE && count_of(changed) > PROP_COUNT_MAX)
		err = ERR_LIMIT;
	if (err != ERR_NONE) {
		mem_prop_free(changed);
		return err;
	}
	mem_prop_free(*list);
	*list = changed;
	return ERR_NONE;
}

enum err
mem_prop_each(const struct mem_prop *list,
    enum err (*see)(void *context, const struct prop *prop), void *context)
{
	for (; list != NULL; list = list->next) {
		enum err err = see(context, &list->prop);

		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

enum err
mem_prop_copy(const struct mem_prop *list, struct mem_prop **out_list)
{
	struct mem_prop *copy = NULL;
	enum err err = ERR_NONE;

	for (; list != NULL && err == ERR_NONE; list = list->next)
		err = add(&copy, &list->prop);
	if (err != ERR_NONE) {
		mem_prop_free(copy);
		return err;
	}
	*out_list = copy;
	return ERR_NONE;
}

void
mem_prop_free(struct mem_prop *list)
{
	while (list != NULL) {
		struct mem_prop *next = list->next;

		free(list);
		list = next;
	}
}
