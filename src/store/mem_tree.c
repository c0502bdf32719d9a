/*
 * mem_tree.c - see mem_tree.h.
 */
#include "store/mem_tree.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/uri.h"
#include "store/fs_name.h"
#include "store/mem_prop.h"

enum { NANOSECONDS = 1000000000 };

int64_t
mem_tree_now_ns(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return now.tv_sec * NANOSECONDS + now.tv_nsec;
}

bool
mem_tree_holds(struct str a, struct str b)
{
	if (a.len == 1 || str_equal(a, b))
		return true;
	return str_starts(b, a) && b.data[a.len] == '/';
}

struct mem_node *
mem_tree_find(const struct mem_tree *tree, struct str path)
{
	for (struct mem_node *at = tree->nodes; at != NULL; at = at->next)
		if (str_equal(at->path, path))
			return at;
	return NULL;
}

enum err
mem_tree_check_place(const struct mem_tree *tree, struct str path)
{
	const struct mem_node *parent;
	size_t at = path.len;
	enum err err;

	CHECK(path.len > 1);
	if (path.len > PATH_SIZE_MAX || fs_name_path_is_reserved(path))
		return ERR_NAME;
	while (path.data[at - 1] != '/')
		at--;
	err = fs_name_check_new(str_from(path, at));
	if (err != ERR_NONE)
		return err;
	parent = mem_tree_find(tree, str_make(path.data, at == 1 ? 1 : at - 1));
	if (parent == NULL || !parent->is_collection)
		return ERR_PARENT;
	return ERR_NONE;
}

static void
node_free(struct mem_node *node)
{
	if (node->fd != -1)
		(void)close(node->fd); /* nothing is written to it */
	mem_prop_free(node->props);
	free(node);
}

struct mem_node *
mem_tree_make(struct mem_tree *tree, struct str path)
{
	struct mem_node **at = &tree->nodes;
	struct mem_node *node = calloc(1, sizeof(*node) + path.len);

	if (node == NULL)
		return NULL;
	memcpy(node + 1, path.data, path.len);
	node->path = str_make((const char *)(node + 1), path.len);
	node->fd = -1;
	node->serial = ++tree->serial;
	node->created_ns = node->modified_ns = mem_tree_now_ns();
	while (*at != NULL)
		at = &(*at)->next;
	*at = node;
	return node;
}

void
mem_tree_drop(struct mem_tree *tree, struct str path)
{
	struct mem_node **at = &tree->nodes;

	while (*at != NULL) {
		struct mem_node *node = *at;

		if (mem_tree_holds(path, node->path)) {
			*at = node->next;
			node_free(node);
		} else {
			at = &node->next;
		}
	}
}

static enum err
copy_node(struct mem_tree *tree, const struct mem_node *from, struct str path)
{
	struct mem_node *to = mem_tree_make(tree, path);

	if (to == NULL)
		return ERR_MEMORY;
	to->is_collection = from->is_collection;
	to->size = from->size;
	to->modified_ns = from->modified_ns;
	if (from->fd != -1) {
		to->fd = fcntl(from->fd, F_DUPFD_CLOEXEC, 0);
		if (to->fd == -1)
			return ERR_MEMORY;
	}
	return mem_prop_copy(from->props, &to->props);
}

/* From the member up to the source: each has to be let in. */
enum err
mem_tree_admit(const struct mem_node *node, const struct copy_options *options)
{
	struct str path = node->path;

	if (!mem_tree_holds(options->source, path) ||
	    (options->is_shallow && !str_equal(options->source, path)))
		return ERR_ABSENT;
	if (options->admit == NULL || str_equal(options->source, path))
		return ERR_NONE;
	for (struct str at = uri_path_parent(path);
	     !str_equal(at, options->source); at = uri_path_parent(at))
		if (options->admit(options->context, at, true) != ERR_NONE)
			return ERR_ABSENT; /* its collection says so */
	return options->admit(options->context, path, node->is_collection);
}

enum err
mem_tree_copy(struct mem_tree *tree, const struct copy_options *options)
{
	struct str source = options->source;
	struct str destination = options->destination;
	char path[2 * PATH_SIZE_MAX];
	enum err err = ERR_NONE;

	for (const struct mem_node *at = tree->nodes;
	     at != NULL && err == ERR_NONE; at = at->next) {
		size_t rest;

		if (mem_tree_admit(at, options) != ERR_NONE)
			continue;
		rest = at->path.len - source.len;
		memcpy(path, destination.data, destination.len);
		memcpy(
		    path + destination.len, at->path.data + source.len, rest);
		err =
		    copy_node(tree, at, str_make(path, destination.len + rest));
	}
	if (err != ERR_NONE)
		mem_tree_drop(tree, destination);
	return err;
}

void
mem_tree_resource(const struct mem_node *node, struct resource *out_resource)
{
	*out_resource = (struct resource){
		.is_collection = node->is_collection,
		.has_props = node->props != NULL,
		.size = node->size,
		.disk_size = node->size,
		.modified_ns = node->modified_ns,
		.created_ns = node->created_ns,
	};
	if (!node->is_collection)
		(void)snprintf(out_resource->etag, sizeof(out_resource->etag),
		    "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", node->serial,
		    node->size, (uint64_t)node->modified_ns);
}

enum err
mem_tree_init(struct mem_tree *tree)
{
	struct mem_node *root;

	*tree = (struct mem_tree){ .serial = 0 };
	root = mem_tree_make(tree, str_of("/"));
	if (root == NULL)
		return ERR_MEMORY;
	root->is_collection = true;
	return ERR_NONE;
}

void
mem_tree_done(struct mem_tree *tree)
{
	mem_tree_drop(tree, str_of("/"));
}
