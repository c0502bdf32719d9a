/*
 * mem_tree.h - the resources of the mem store: one list of whole paths.
 *
 * Each resource stands after its collection.  Not for two threads at once.
 */
#ifndef MEM_TREE_H
#define MEM_TREE_H

#include "dav/store.h"

struct mem_prop;

struct mem_node {
	struct mem_node *next;
	struct str path; /* follows in the same memory */
	bool is_collection;
	int fd; /* a memfd that is written no more; -1 for a collection */
	uint64_t size;
	uint64_t serial; /* of its content */
	int64_t modified_ns;
	int64_t created_ns;
	struct mem_prop *props;
};

struct mem_tree {
	struct mem_node *nodes; /* the root first */
	uint64_t serial;
};

enum err mem_tree_init(struct mem_tree *tree) MUST_CHECK;
void mem_tree_done(struct mem_tree *tree);

struct mem_node *mem_tree_find(const struct mem_tree *tree, struct str path);

/* Whether something may be put there: ERR_NAME, ERR_PARENT. */
enum err mem_tree_check_place(
    const struct mem_tree *tree, struct str path) MUST_CHECK;

/* A new resource, or a resource in place of the old: NULL: no memory. */
struct mem_node *mem_tree_make(struct mem_tree *tree, struct str path);

/* It goes, and all below it. */
void mem_tree_drop(struct mem_tree *tree, struct str path);

/*
 * Whether a copy takes that node along.  ERR_ABSENT: it is not in the source,
 * or is left out; else how it fails.
 */
enum err mem_tree_admit(
    const struct mem_node *node, const struct copy_options *options) MUST_CHECK;

/* Both paths are not the root, and nothing is at the destination. */
enum err mem_tree_copy(
    struct mem_tree *tree, const struct copy_options *options) MUST_CHECK;

bool mem_tree_holds(struct str a, struct str b); /* b is a or lies in it */
int64_t mem_tree_now_ns(void);
void mem_tree_resource(
    const struct mem_node *node, struct resource *out_resource);

#endif
