/*
 * mem_prop.h - the properties of one resource of the mem store: a list.
 */
#ifndef MEM_PROP_H
#define MEM_PROP_H

#include "dav/store.h"

struct mem_prop;

/* All or nothing.  ERR_LIMIT. */
enum err mem_prop_change(struct mem_prop **list,
    const struct prop_change *changes, size_t count) MUST_CHECK;
enum err mem_prop_each(const struct mem_prop *list,
    enum err (*see)(void *context, const struct prop *prop),
    void *context) MUST_CHECK;
enum err mem_prop_copy(
    const struct mem_prop *list, struct mem_prop **out_list) MUST_CHECK;
void mem_prop_free(struct mem_prop *list);

#endif
